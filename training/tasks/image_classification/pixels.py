"""Statistics of images."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from training.data.images.image_split import ImageSplit

_STATISTICS_IMAGES = 60_000
_STATISTICS_PIXELS = 1 << 22


def pixel_statistics(split: ImageSplit) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and variance of each channel, over as many images as say enough."""
    rows = np.arange(0, len(split), math.ceil(len(split) / _STATISTICS_IMAGES))
    height, width, channels = split.images.shape[1:]
    # A few at a time: as float64 the images take eight times their room.
    parts = np.array_split(rows, math.ceil(len(rows) * height * width / _STATISTICS_PIXELS))
    total = len(rows) * height * width

    def pixels() -> Iterator[np.ndarray[Any, Any]]:
        return (split.images[part].reshape(-1, channels).astype(np.float64) for part in parts)

    mean = np.sum([part.sum(axis=0) for part in pixels()], axis=0) / total
    squares = np.sum([np.square(part - mean).sum(axis=0) for part in pixels()], axis=0)
    return tuple(mean.tolist()), tuple((squares / total).tolist())
