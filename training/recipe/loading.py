"""Reading recipes: a shipped name or a YAML file, overrides, and errors that name the key."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from models.errors import InvalidSetting
from models.settings import plain_message
from models.tasks import task_names
from training.recipe import Choice, Kinds, Range, Recipe
from training.tasks import recipe_class

SHIPPED = Path(__file__).parents[1] / "recipes"


def shipped_recipes() -> list[str]:
    """Names of the recipes that come with Okazu."""
    return sorted(path.stem for path in SHIPPED.glob("*/*.yaml"))


def load_recipe(reference: str | Path, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """Loads a recipe.

    Args:
        reference: A shipped name, or the path of a YAML file.
        overrides: Dotted path -> value, as `parse_overrides` returns.

    Raises:
        InvalidSetting: There is no such recipe, or something in it is refused.
    """
    path = _find(str(reference))
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"{path}: the recipe cannot be read ({error})") from None
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise InvalidSetting(f"{path}: expected YAML; {reason}") from None
    if not isinstance(content, dict):
        raise InvalidSetting(f"{path}: expected a mapping of recipe fields")
    return recipe_from(content, overrides or {}, str(reference))


def _find(reference: str) -> Path:
    path = Path(reference)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        if not path.is_file():
            raise InvalidSetting(f"there is no recipe file {path}")
        return path
    shipped = {path.stem: path for path in SHIPPED.glob("*/*.yaml")}
    if reference not in shipped:
        known = ", ".join(sorted(shipped))
        raise InvalidSetting(f"no recipe {reference!r}; expected a YAML file or one of: {known}")
    return shipped[reference]


def parse_overrides(settings: Iterable[str]) -> dict[str, Any]:
    """Parses `--set` arguments; values are YAML (`3`, `[64, 32]`, `{name: cosine}`, `null`).

    Raises:
        InvalidSetting: An argument is not `path=value`.
    """
    overrides = {}
    for setting in settings:
        path, separator, value = setting.partition("=")
        if not separator or not path.strip():
            raise InvalidSetting(f"--set: expected PATH=VALUE, received {setting!r}")
        try:
            overrides[path.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise InvalidSetting(f"--set {path}: {value!r} is not a YAML value") from None
    return overrides


def recipe_from(content: dict[str, Any], overrides: Mapping[str, Any], source: str) -> Recipe:
    """Validates a recipe's content with overrides; see `load_recipe`."""
    content = copy.deepcopy(content)
    if "task" in overrides:
        content["task"] = overrides["task"]
    schema = _schema(content, source)
    # The kind of a section comes first: it decides which fields there are to override.
    for path in sorted(overrides, key=lambda path: path not in schema.kinds):
        _set(content, path, overrides[path], schema.kinds)
    try:
        recipe = schema.model_validate(content)
    except ValidationError as error:
        raise InvalidSetting(f"{source}: {_explain(error, content, schema.kinds)}") from None
    _check_search(recipe, source)
    return recipe


def _schema(content: dict[str, Any], source: str) -> type[Recipe]:
    """The class of recipe that `task` asks for."""
    if "task" not in content:
        known = ", ".join(task_names())
        raise InvalidSetting(f"{source}: task: Field required; expected one of: {known}")
    try:
        return recipe_class(content["task"])
    except InvalidSetting as error:
        raise InvalidSetting(f"{source}: {error}") from None


def override(recipe: Recipe, overrides: Mapping[str, Any]) -> Recipe:
    """Returns the recipe with other values at some dotted paths, validated as ever."""
    return recipe_from(dump(recipe), overrides, recipe.name)


def dump(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain data, every field resolved."""
    content = recipe.model_dump(mode="json")
    space = content.pop("search")  # last, as people write it
    return {**content, "search": space}


def to_yaml(recipe: Recipe) -> str:
    """The recipe as a YAML file that `okazu train` takes."""
    return yaml.safe_dump(dump(recipe), sort_keys=False, allow_unicode=True)


def _set(content: dict[str, Any], path: str, value: Any, kinds: Kinds) -> None:
    *sections, last = path.split(".")
    here = content
    for depth, name in enumerate(sections, start=1):
        if here.get(name) is None:
            here[name] = {}
        here = here[name]
        if not isinstance(here, dict):
            where = ".".join(sections[:depth])
            raise InvalidSetting(f"--set {path}: {where} is a value, it has no fields")
    here[last] = value
    kind = kinds.get(path, {}).get(value) if isinstance(value, str) else None
    if kind:
        # Of another optimizer, schedule or architecture, only the fields that both have stay, to be
        # set and to be searched.
        for name in here.keys() - kind.model_fields.keys():
            del here[name]
        section = ".".join(sections)
        for searched in list(content.get("search") or {}):
            before, _, name = searched.rpartition(".")
            if before == section and name not in kind.model_fields:
                del content["search"][searched]


def _explain(error: ValidationError, content: Any, kinds: Kinds) -> str:
    problem = error.errors()[0]
    where = _path(problem["loc"], content)
    message = plain_message(problem["msg"])
    count = error.error_count()
    more = f" (and {count - 1} more)" if count > 1 else ""
    tags = [tag for tag in kinds if tag.rpartition(".")[0] == where]
    if tags and not isinstance(problem["input"], dict):
        example = f"{tags[0]}={problem['input']}"
        return (
            f"{where}: expected a section, received {problem['input']!r}; did you mean {example}?"
        )
    if problem["type"] in ("missing", "value_error", "union_tag_not_found"):
        return f"{where}: {message}{more}" if where else f"{message}{more}"
    return f"{where}: {message}; received {problem['input']!r}{more}"


def _path(location: tuple[int | str, ...], content: Any) -> str:
    # pydantic puts the tag of a union into the location (model.cnn.dropout): leave it out.
    parts: list[str] = []
    here = content
    for index, part in enumerate(location):
        inside = isinstance(here, dict) and part in here
        is_tag = not inside and isinstance(here, dict) and part in here.values()
        if is_tag or (not inside and index < len(location) - 1 and not isinstance(part, int)):
            continue
        parts.append(str(part))
        here = here[part] if inside else None
    return ".".join(parts)


def _check_search(recipe: Recipe, source: str) -> None:
    base = {**dump(recipe), "search": {}}
    for path, space in recipe.search.items():
        for value in _extremes(space):
            try:
                recipe_from(base, {path: value}, source)
            except InvalidSetting as error:
                reason = str(error).removeprefix(f"{source}: ")
                raise InvalidSetting(f"{source}: search.{path}: {reason}") from None


def _extremes(space: Choice | Range) -> list[Any]:
    return space.values if isinstance(space, Choice) else [space.min, space.max]
