"""Labelled images: what every image data set gives to training."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.card import ImageInput
from training.data.splits import content_digests, groups_of, split_rows
from training.recipe import Data


class ImageRows:
    """Some of the images of an array on disk; read when they are asked for.

    Answers to what training does with an array: `len`, `shape`, `images[indices]`.
    """

    def __init__(self, store: NDArray[np.uint8], rows: NDArray[np.intp]) -> None:
        self._store = store
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self._rows), *self._store.shape[1:])

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        return self._store.dtype

    def __getitem__(self, key: Any) -> NDArray[np.uint8]:
        first, *rest = key if isinstance(key, tuple) else (key,)
        images = np.asarray(self._store[self._rows[first]])
        if not rest:
            return images
        before = () if np.ndim(self._rows[first]) == 0 else (slice(None),)
        part: NDArray[np.uint8] = images[(*before, *rest)]
        return part

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        return (self[index] for index in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        del copy  # what comes from disk is a copy already
        return self[:] if dtype is None else self[:].astype(dtype)


Images = NDArray[np.uint8] | ImageRows


@dataclass(frozen=True)
class ImageSplit:
    """One part of a data set.

    Attributes:
        images: uint8 `[examples, height, width, channels]`; in memory, or read by index.
        labels: int64 `[examples]`, indices into the data set's labels.
        known_digests: uint8 `[examples, 32]`, `content_digests` of the images, if known already.
    """

    images: Images
    labels: NDArray[np.int64]
    known_digests: NDArray[np.uint8] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.labels)

    @functools.cached_property
    def digests(self) -> NDArray[np.uint8]:
        """uint8 `[examples, 32]`: equal for equal images."""
        if self.known_digests is not None:
            return self.known_digests
        return content_digests(np.asarray(self.images))

    def take(self, indices: NDArray[np.intp]) -> ImageSplit:
        return ImageSplit(self.images[indices], self.labels[indices], self.digests[indices])


@dataclass(frozen=True)
class ImageDataset:
    """A data set, split in three; no picture stands in two of them.

    Attributes:
        name: As recipes call it.
        labels: Names of the classes.
        input: What a network for it takes.
        licence: Under which terms the data may be used.
        source: Where it comes from.
        notes: What a person should know of how it was read.
    """

    name: str
    labels: tuple[str, ...]
    input: ImageInput
    licence: str
    source: str
    train: ImageSplit
    validation: ImageSplit
    test: ImageSplit
    notes: tuple[str, ...] = ()

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 over every example of every part, in order."""
        sha256 = hashlib.sha256(str(self.input.shape).encode())
        for part in (self.train, self.validation, self.test):
            for array in (part.digests, part.labels):
                sha256.update(str((array.shape, array.dtype.str)).encode())
                sha256.update(np.ascontiguousarray(array).data)
        return sha256.hexdigest()


def split_by_recipe(
    everything: ImageSplit, data: Data
) -> tuple[ImageSplit, ImageSplit, ImageSplit]:
    """Splits examples into training, validation and test parts as a recipe asks."""
    groups = groups_of(everything.digests)
    parts = split_rows(np.arange(len(everything)), everything.labels, groups, data)
    return (
        everything.take(parts.train),
        everything.take(parts.validation),
        everything.take(parts.test),
    )
