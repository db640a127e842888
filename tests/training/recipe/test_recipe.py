"""Recipes: what is accepted, and how clearly the rest is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.errors import InvalidSetting
from models.tasks import task_names
from training.recipe.loading import (
    dump,
    load_recipe,
    override,
    parse_overrides,
    recipe_from,
    shipped_recipes,
    to_yaml,
)
from training.tasks import recipe_class


@pytest.mark.parametrize("name", shipped_recipes())
def test_every_shipped_recipe_is_valid_and_named_after_its_file(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.description
    assert recipe.search


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_resolved_recipe_reads_back_the_same(name: str, tmp_path: Path) -> None:
    recipe = load_recipe(name)
    path = tmp_path / "recipe.yaml"
    path.write_text(to_yaml(recipe))
    assert load_recipe(path) == recipe


def test_overrides_reach_any_field() -> None:
    overrides = parse_overrides(
        [
            "fit.epochs=5",
            "fit.optimizer={name: sgd, nesterov: true}",
            "model.filters=[4, 8]",
            "fit.early_stopping.patience=3",
            "fit.optimizer.learning_rate=1e-2",
            "description=a=b",
        ]
    )
    recipe = load_recipe("digits-cnn", overrides)
    assert recipe.fit.epochs == 5
    assert recipe.fit.optimizer.name == "sgd"
    assert recipe.fit.optimizer.learning_rate == 0.01
    assert dump(recipe)["model"]["filters"] == [4, 8]
    assert recipe.fit.early_stopping is not None
    assert recipe.fit.early_stopping.patience == 3
    assert recipe.description == "a=b"


def test_another_kind_of_section_keeps_what_both_have() -> None:
    resolved = dump(load_recipe("digits-cnn"))
    changes = {"fit.optimizer.momentum": 0.5, "fit.optimizer.name": "sgd"}
    recipe = recipe_from(resolved, {**changes, "fit.schedule.name": "cosine"}, "mine")
    assert dump(recipe)["fit"]["optimizer"] == {
        "learning_rate": 0.003,
        "name": "sgd",
        "momentum": 0.5,
        "nesterov": False,
        "weight_decay": 0.0,
    }
    assert recipe.fit.schedule.name == "cosine"
    mlp = recipe_from(resolved, {"model.architecture": "mlp"}, "mine")
    assert mlp.model.architecture == "mlp"
    assert dump(mlp)["model"]["dropout"] == 0.3


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a kind for its section": (
        {"fit.optimizer": "adam"},
        "fit.optimizer: expected a section, .* did you mean fit.optimizer.name=adam",
    ),
    "unknown key": ({"fit.epoch": 3}, "fit: unknown key 'epoch'; expected one of: epochs, batch"),
    "unknown section": ({"fitt": {}}, "unknown key 'fitt'"),
    "wrong type": ({"fit.epochs": "many"}, "fit.epochs: .*valid integer.*received 'many'"),
    "out of range": ({"model.dropout": 1.5}, "model.dropout: .*less than 1; received 1.5"),
    "nested list": ({"model.filters": [8, 0]}, "model.filters.1: .*received 0"),
    "unknown choice": ({"model.activation": "rrelu"}, "model.activation: .*'relu'.*'rrelu'"),
    "unknown architecture": ({"model.architecture": "rnn"}, "model: .*'mlp', 'cnn'"),
    "another optimizer's field": ({"fit.optimizer.momentum": 0.9}, "fit.optimizer: unknown key"),
    "nesterov alone": (
        {"fit.optimizer": {"name": "sgd", "momentum": 0, "nesterov": True}},
        "fit.optimizer: nesterov needs a momentum",
    ),
    "endless warm-up": (
        {"fit.schedule": {"name": "cosine", "warmup_epochs": 60}},
        "schedule.warmup_epochs: expected less than epochs",
    ),
    "a field of a value": ({"fit.epochs.max": 3}, "fit.epochs is a value"),
    "a seed too large": ({"fit.seed": 2**32}, "fit.seed"),
    "a name that is no name": ({"name": "../../x"}, "name: .*pattern"),
    "search of nothing": (
        {"search": {"fit.foo": {"values": [1]}}},
        "search.fit.foo: .*unknown key",
    ),
    "search out of range": (
        {"search": {"model.dropout": {"min": 0, "max": 2}}},
        "search.model.dropout: .*received 2",
    ),
    "search upside down": (
        {"search": {"model.dropout": {"min": 0.5, "max": 0.1}}},
        "expected min below max",
    ),
    "search of a number": ({"search": {"fit.l2": 3}}, r"search.fit.l2\S*: .*received 3"),
    "log of nothing": (
        {"search": {"fit.l2": {"min": 0, "max": 0.1, "scale": "log"}}},
        "needs min above 0",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_named(case: str) -> None:
    overrides, message = REFUSED[case]
    with pytest.raises(InvalidSetting, match=message) as refused:
        load_recipe("digits-cnn", overrides)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(("digits-cnn: ", "--set "))


@pytest.mark.parametrize("field", ["name", "task", "data", "model"])
def test_a_missing_section_is_named(field: str) -> None:
    content = dump(load_recipe("digits-cnn"))
    del content[field]
    with pytest.raises(InvalidSetting, match=f"{field}: Field required"):
        recipe_from(content, {}, "mine.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a mapping"),
        ("[1, 2]", "expected a mapping"),
        ("a: b: c", "expected YAML"),
        ("a: !!python/object:os.system {}", "expected YAML"),
    ],
)
def test_what_is_no_recipe_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    with pytest.raises(InvalidSetting, match=message):
        load_recipe(path)


def test_a_missing_recipe_is_answered_with_those_there_are() -> None:
    with pytest.raises(InvalidSetting, match="digits-cnn, digits-mlp"):
        load_recipe("digits-rnn")
    with pytest.raises(InvalidSetting, match="no recipe file"):
        load_recipe("nowhere.yaml")


@pytest.mark.parametrize("setting", ["fit.epochs", "=3", "fit.epochs=[1"])
def test_a_malformed_set_is_refused(setting: str) -> None:
    with pytest.raises(InvalidSetting, match="--set"):
        parse_overrides([setting])


def test_override_leaves_the_original_alone() -> None:
    recipe = load_recipe("digits-mlp")
    changed = override(recipe, {"fit.l1": 0.001, "model.hidden": [32]})
    assert changed.fit.l1 == 0.001
    assert recipe.fit.l1 == 0
    assert dump(override(changed, {"fit.l1": 0, "model.hidden": [256, 128]})) == dump(recipe)


def test_every_field_of_a_recipe_can_be_searched_by_its_path() -> None:
    """Whatever a resolved recipe holds, `search` may name, and nothing is declared twice."""
    recipe = load_recipe("digits-cnn")

    def paths(content: Any, prefix: str = "") -> list[tuple[str, Any]]:
        if not isinstance(content, dict):
            return [(prefix, content)]
        return [
            found
            for key, value in content.items()
            for found in paths(value, f"{prefix}.{key}" if prefix else key)
        ]

    fields = paths(
        {k: v for k, v in dump(recipe).items() if k in ("data", "model", "augment", "fit")}
    )
    assert len(fields) > 30
    space = {path: {"values": [value]} for path, value in fields}
    assert set(recipe_from({**dump(recipe), "search": space}, {}, "all").search) == set(space)


@pytest.mark.parametrize("task", task_names())
def test_the_schema_has_no_field_without_a_default_but_the_four(task: str) -> None:
    fields = recipe_class(task).model_fields.items()
    required = [name for name, field in fields if field.is_required()]
    assert required == ["name", "task", "data", "model"]


def test_what_another_architecture_lacks_is_not_searched_either() -> None:
    other = load_recipe("text-csv", {"model.architecture": "fasttext"})
    assert "model.alpha" in load_recipe("text-csv").search
    assert "model.alpha" not in other.search
    assert {"model.dropout", "fit.batch_size"} <= other.search.keys()
