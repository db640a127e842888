"""Pictures of noise: data of the right shape for benchmarks that need no data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.card import ImageInput

if TYPE_CHECKING:
    from training.data.images.image_split import ImageDataset


def noise_dataset(shape: tuple[int, int, int], classes: int, examples: int) -> ImageDataset:
    """uint8 noise of `shape`, random labels; all three parts are the same."""
    from training.data.images.image_split import ImageDataset, ImageSplit

    height, width, channels = shape
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (examples, *shape), dtype=np.uint8)
    split = ImageSplit(pixels, random.integers(classes, size=examples))
    return ImageDataset(
        name="noise",
        labels=tuple(map(str, range(classes))),
        input=ImageInput(height=height, width=width, mode="L" if channels == 1 else "RGB"),
        licence="",
        source="",
        train=split,
        validation=split,
        test=split,
    )
