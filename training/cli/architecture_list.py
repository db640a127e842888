"""What `okazu models` tells: of exported models, and of those that recipes can build."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast, get_args

from models.artifact.catalog import ModelCatalog
from models.card import read_card
from models.errors import InvalidSetting, ModelDamaged
from training.architectures.options import ModelOptions
from training.tasks.image_classification.recipe import ImageRecipe


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
