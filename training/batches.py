"""Batches for Keras' fit: order decided by the seed and the epoch alone.

So an epoch can be repeated, or a training resumed at any of them, exactly.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from training.datasets.images import ImageSplit
from training.mixing import mix, mixes
from training.recipe import Recipe


class TrainingBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Shuffled batches of one size; what does not fill a batch waits for another epoch's order.

    Args:
        split: The training part.
        classes: Number of labels.
        recipe: Its batch size, mixing and class weights are used.
        seed: Decides the order and the mixing.

    Yields:
        uint8 images `[batch, height, width, channels]`, float32 labels `[batch, classes]`, one-hot
        unless mixed; with class weights also float32 weights `[batch]`.
    """

    def __init__(self, split: ImageSplit, classes: int, recipe: Recipe, seed: int) -> None:
        super().__init__(workers=0)
        self._split = split
        self._targets = one_hot(split.labels, classes)
        self._augment = recipe.augment
        self._batch_size = min(recipe.fit.batch_size, len(split))
        self._class_weights = (
            balanced_weights(split.labels, classes)
            if recipe.fit.class_weights == "balanced"
            else None
        )
        self._seed = seed
        self.epoch = 0

    @property
    def epoch(self) -> int:
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = epoch
        self._order = np.random.default_rng([self._seed, epoch]).permutation(len(self._split))

    def __len__(self) -> int:
        return len(self._split) // self._batch_size

    def __getitem__(self, index: int) -> tuple[NDArray[Any], ...]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        images, targets = self._split.images[chosen], self._targets[chosen]
        if mixes(self._augment):
            random = np.random.default_rng([self._seed, self._epoch, index])
            images, targets = mix(images, targets, self._augment, random)
        if self._class_weights is None:
            return images, targets
        return images, targets, targets @ self._class_weights


class ValidationBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """All examples in order, the last batch as large as what is left; see `TrainingBatches`."""

    def __init__(self, split: ImageSplit, classes: int, batch_size: int) -> None:
        super().__init__(workers=0)
        self._split = split
        self._targets = one_hot(split.labels, classes)
        self._batch_size = batch_size

    def __len__(self) -> int:
        return math.ceil(len(self._split) / self._batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        part = slice(index * self._batch_size, (index + 1) * self._batch_size)
        return self._split.images[part], self._targets[part]


class FollowEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells the batches which epoch begins."""

    def __init__(self, batches: TrainingBatches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        del logs
        self._batches.epoch = epoch


def balanced_weights(labels: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """Weights `[classes]` by which every class counts the same; their mean over examples is 1."""
    counts = np.bincount(labels, minlength=classes)
    present = np.count_nonzero(counts)
    return (len(labels) / (present * np.maximum(counts, 1))).astype(np.float32)


def one_hot(labels: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """float32 `[examples, classes]`."""
    return np.eye(classes, dtype=np.float32)[labels]
