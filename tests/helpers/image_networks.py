"""What image networks are built with in tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from training.architectures.images import NetworkContext
from training.architectures.options import ModelOptions
from training.tasks.image_classification.recipe import ImageRecipe

OPTIONS: Mapping[str, Any] = ImageRecipe.kinds["model.architecture"]


def context(
    shape: tuple[int, int, int] = (8, 8, 1), classes: int = 10, **penalties: float
) -> NetworkContext:
    channels = shape[2]
    return NetworkContext(shape, classes, (100.0,) * channels, (900.0,) * channels, **penalties)


def options(architecture: str, **values: Any) -> ModelOptions:
    made: ModelOptions = OPTIONS[architecture](architecture=architecture, **values)
    return made


def images(shape: tuple[int, int, int], count: int = 4) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).integers(0, 256, (count, *shape), dtype=np.uint8)
