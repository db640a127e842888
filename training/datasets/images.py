"""Labelled images in memory: one array for each part of a data set."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.card import ImageInput
from training.datasets.splits import content_groups, stratified_split
from training.recipe import Data


@dataclass(frozen=True)
class ImageSplit:
    """One part of a data set.

    Attributes:
        images: uint8 `[examples, height, width, channels]`.
        labels: int64 `[examples]`, indices into the data set's labels.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: NDArray[np.intp]) -> ImageSplit:
        return ImageSplit(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class ImageDataset:
    """A data set, split in three; no picture stands in two of them.

    Attributes:
        name: As recipes call it.
        labels: Names of the classes.
        input: What a network for it takes.
        licence: Under which terms the data may be used.
        source: Where it comes from.
    """

    name: str
    labels: tuple[str, ...]
    input: ImageInput
    licence: str
    source: str
    train: ImageSplit
    validation: ImageSplit
    test: ImageSplit

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 over every example of every part, in order."""
        digest = hashlib.sha256()
        for part in (self.train, self.validation, self.test):
            for array in (part.images, part.labels):
                digest.update(str((array.shape, array.dtype.str)).encode())
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def split_by_recipe(
    everything: ImageSplit, data: Data
) -> tuple[ImageSplit, ImageSplit, ImageSplit]:
    """Splits examples into training, validation and test parts as a recipe asks."""
    groups = content_groups(everything.images)
    rest, test = stratified_split(
        everything.labels, groups, data.test_fraction, np.random.default_rng(data.split_seed)
    )
    kept, validation = stratified_split(
        everything.labels[rest],
        groups[rest],
        data.validation_fraction,
        np.random.default_rng(data.split_seed + 1),
    )
    return (
        everything.take(rest[kept]),
        everything.take(rest[validation]),
        everything.take(test),
    )
