"""Every image architecture that a recipe can build, with what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast, get_args

from models.errors import InvalidSetting
from training.architectures.options import ModelOptions
from training.tasks.image_classification.recipe import ImageRecipe


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
