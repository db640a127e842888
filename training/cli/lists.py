"""`okazu recipes | datasets | models | augment`: what there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from models.artifact.catalog import ModelCatalog
from models.card import read_card
from models.errors import InvalidSetting, ModelDamaged
from models.settings import ModelSettings
from training.architectures.options import ModelOptions
from training.cli.console import make_table, output, print_json, start_training
from training.cli.options import JsonOption, RecipeArgument, SetOption, ZooOption, parse_input_size
from training.data.messages import messages
from training.tasks.image_classification.recipe import ImageRecipe

app = typer.Typer()


@app.command()
def recipes() -> None:
    """List the recipes that come with Okazu."""
    from training.recipe.loading import load_recipe, shipped_recipes

    table = make_table("recipe", "data", "architecture", "what it is")
    for name in shipped_recipes():
        recipe = load_recipe(name)
        architecture = recipe.model.architecture
        table.add_row(name, recipe.data.dataset, architecture, recipe.description)
    output.print(table)


@app.command()
def datasets() -> None:
    """List the data sets that recipes can name."""
    from training.data.catalogue import datasets as known_datasets
    from training.data.files.local_copies import local_copy

    table = make_table("data set", "task", "what it is", "licence", "needs a download")
    for name, (task, info) in known_datasets().items():
        here = local_copy(name)
        needs = "no" if info.offline else f"no, in {here}" if here else f"yes, {info.home}"
        table.add_row(name, task, info.description, info.licence, needs)
    output.print(table)


@app.command()
def models(
    architectures: Annotated[
        bool, typer.Option("--architectures", help="List what recipes can build instead.")
    ] = False,
    input_size: Annotated[
        str, typer.Option("--input", metavar="HxWxC", help="With --architectures: of the images.")
    ] = "224x224x3",
    classes: Annotated[
        int, typer.Option(min=2, max=100_000, help="With --architectures: number of labels.")
    ] = 1000,
    zoo: ZooOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the exported models, or with --architectures what can be trained."""
    if architectures:
        _list_architectures(parse_input_size(input_size), classes, as_json)
    else:
        _list_models(ModelCatalog.of(ModelSettings.read(zoo=zoo)), as_json)


def _list_models(catalog: ModelCatalog, as_json: bool) -> None:
    rows = list_models(catalog)
    if as_json:
        print_json({"models": rows})
        return
    table = make_table("model", "zoo", "versions", "score", "parameters", "what it is")
    for row in rows:
        table.add_row(
            row["name"],
            row["zoo"],
            ", ".join(map(str, row["versions"])),
            _score(row),
            f"{row['parameters']:,}" if "parameters" in row else "",
            row.get("description") or f"damaged: {row['problem']}",
        )
    output.print(table if rows else f"no models {catalog.where} yet; see `okazu export`")


def list_models(catalog: ModelCatalog) -> list[dict[str, Any]]:
    """The newest version of every model, sorted by name; a damaged one hides no other.

    Returns:
        `{"name", "zoo", "versions", "task", "description", "accuracy", "r2", "bleu", "parameters",
        "labels"}` each, or `{"name", "zoo", "versions", "problem"}`; `zoo` is "own" or "shipped".
    """
    return [_row(catalog, name) for name in catalog.names()]


def _row(catalog: ModelCatalog, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "zoo": catalog.zoo_of(name), "versions": []}
    try:
        row["versions"] = catalog.versions(name)
        card = read_card(catalog.find(name).path)
    except ModelDamaged as error:
        return {**row, "problem": str(error)}
    return {
        **row,
        "task": card.task,
        "description": card.description,
        "accuracy": card.evaluation.metrics.get("accuracy"),
        "r2": card.evaluation.metrics.get("r2"),
        "bleu": card.evaluation.metrics.get("bleu"),
        "parameters": card.parameters,
        "labels": card.labels,
    }


def _score(row: dict[str, Any]) -> str:
    """Accuracy; the share of the variance where a number is predicted, BLEU of a translator."""
    if row.get("accuracy") is not None:
        return f"{row['accuracy']:.2%}"
    if row.get("bleu") is not None:
        return f"BLEU {row['bleu']:.1f}"
    return "" if row.get("r2") is None else f"R² {row['r2']:.3f}"


def _list_architectures(shape: tuple[int, int, int], classes: int, as_json: bool) -> None:
    start_training()
    rows = []
    table = make_table("model", "parameters", "multiply-adds", "options")
    with messages.status("building each of them"):
        for row in list_architectures(shape, classes):
            rows.append(row)
            cost = f"{row['multiply_adds'] / 1e6:,.1f} M"
            table.add_row(row["model"], f"{row['parameters']:,}", cost, ", ".join(row["options"]))
    if as_json:
        print_json({"input": shape, "classes": classes, "architectures": rows})
    else:
        output.print(table)


def list_architectures(shape: tuple[int, int, int], classes: int) -> Iterator[dict[str, Any]]:
    """Every image architecture in every depth, with its default options.

    Args:
        shape: Of the images, `(height, width, channels)`.
        classes: Number of labels.

    Yields:
        `{"model", "options", "parameters", "multiply_adds"}`; parameters are those that train.
    """
    from training.architectures.cost import multiply_adds, trainable_parameters
    from training.architectures.images import NetworkContext, build_network

    channels = shape[2]
    context = NetworkContext(shape, classes, (0.0,) * channels, (1.0,) * channels)
    for options in _variants():
        try:
            network = build_network(options, context)
        except InvalidSetting:
            continue  # it takes no images that small
        yield {
            "model": f"{options.architecture} {getattr(options, 'depth', '')}".strip(),
            "options": [name for name in type(options).model_fields if name != "architecture"],
            "parameters": trainable_parameters(network),
            "multiply_adds": multiply_adds(network),
        }


def _variants() -> Iterator[ModelOptions]:
    for name, kind in ImageRecipe.kinds["model.architecture"].items():
        depth = kind.model_fields.get("depth")
        # Weights are not needed to count them.
        fixed = {"architecture": name} | ({"weights": "none"} if name == "pretrained" else {})
        for choice in [{"depth": d} for d in get_args(depth.annotation)] if depth else [{}]:
            # Each kind of section there is an architecture's options.
            yield cast(ModelOptions, kind.model_validate({**fixed, **choice}))


@app.command()
def augment(
    recipe: RecipeArgument,
    output_file: Annotated[Path, typer.Option("--output", help="The PNG file to write.")] = Path(
        "augmented.png"
    ),
    set_: SetOption = None,
) -> None:
    """Draw what the network will see: training images, each followed by augmented ones."""
    from training.recipe.loading import load_recipe, parse_overrides

    loaded = load_recipe(recipe, parse_overrides(set_ or []))
    if not isinstance(loaded, ImageRecipe):
        raise InvalidSetting(f"{recipe}: expected a recipe of images, it is for {loaded.task}")
    start_training()
    from training.cli.augment import draw_sheet

    draw_sheet(loaded, output_file)
    output.print(f"wrote {output_file}")
