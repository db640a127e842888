"""Batches for Keras' fit: order decided by the seed and the epoch alone.

So an epoch can be repeated, or a training resumed at any of them, exactly.
"""

from __future__ import annotations

import functools
import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from training.recipe import Fit

VALIDATION_BATCH = 256
# Batches that are made ready while others are trained on.
_PREFETCHED = 2

# Inputs, which may be several, targets, and maybe weights.
Batch = tuple[Any, ...]
# Changes inputs and targets of a batch at random, mixes them for example.
Change = Callable[[Any, NDArray[np.float32], np.random.Generator], tuple[Any, NDArray[np.float32]]]


class Inputs(Protocol):
    """Examples in memory or on disk, `[examples, ...]`, read by index or slice."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: Any, /) -> Any: ...


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """What `fit` trains and validates on.

    Attributes:
        free_length: Whether ids, int32 `[batch, length]`, differ in length from batch to batch.
    """

    free_length = False

    def __init__(self) -> None:
        super().__init__(workers=0)


class ShuffledBatches(Batches):
    """Batches that are put together anew in each epoch; there are as many in each.

    Args:
        seed: With the epoch alone it decides what is in them.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed
        self.epoch = 0

    @property
    def epoch(self) -> int:
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = epoch
        self._batches = self.drawn(np.random.default_rng([self._seed, epoch]))

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Batch:
        random = np.random.default_rng([self._seed, self._epoch, index])
        return self.batch(self._batches[index], random)

    @abstractmethod
    def drawn(self, random: np.random.Generator) -> Sequence[NDArray[np.intp]]:
        """The examples of each batch of an epoch."""

    @abstractmethod
    def batch(self, chosen: NDArray[np.intp], random: np.random.Generator) -> Batch:
        """Inputs, targets and maybe weights of the chosen examples."""


class EvenBatches(ShuffledBatches):
    """Batches of one size; what does not fill a batch waits for another epoch's order.

    Args:
        examples: How many there are.
        batch_size: Examples in a batch; all of them, where they are fewer.
        seed: Decides the order.
    """

    def __init__(self, examples: int, batch_size: int, seed: int) -> None:
        self._examples = examples
        self._batch_size = min(batch_size, examples)
        super().__init__(seed)

    def drawn(self, random: np.random.Generator) -> Sequence[NDArray[np.intp]]:
        order = random.permutation(self._examples)
        used = order[: self._examples - self._examples % self._batch_size]
        return [*self.arranged(used, random).reshape(-1, self._batch_size)]

    def arranged(self, order: NDArray[np.intp], random: np.random.Generator) -> NDArray[np.intp]:
        """The order of an epoch, from a random one, which fills batches."""
        del random
        return order


class TrainingBatches(EvenBatches):
    """Batches of examples that are all of one shape.

    Args:
        inputs: `[examples, ...]`.
        targets: float32 `[examples, outputs]`.
        batch_size: Examples in a batch.
        seed: Decides the order and the changes.
        class_weights: float32 `[outputs]`, or None for no weights at all.
        change: Applied to each batch.

    Yields:
        Inputs `[batch, ...]` and targets `[batch, outputs]`; with class weights also float32
        weights `[batch]`.
    """

    def __init__(
        self,
        inputs: Inputs,
        targets: NDArray[np.float32],
        batch_size: int,
        seed: int,
        *,
        class_weights: NDArray[np.float32] | None = None,
        change: Change | None = None,
    ) -> None:
        super().__init__(len(targets), batch_size, seed)
        self._inputs, self._targets = inputs, targets
        self._class_weights, self._change = class_weights, change

    def batch(self, chosen: NDArray[np.intp], random: np.random.Generator) -> Batch:
        inputs, targets = self._inputs[chosen], self._targets[chosen]
        if self._change:
            inputs, targets = self._change(inputs, targets, random)
        if self._class_weights is None:
            return inputs, targets
        return inputs, targets, targets @ self._class_weights


class ValidationBatches(Batches):
    """All examples in order, the last batch as large as what is left; see `TrainingBatches`."""

    def __init__(
        self, inputs: Inputs, targets: NDArray[np.float32], batch_size: int = VALIDATION_BATCH
    ) -> None:
        super().__init__()
        self._inputs, self._targets = inputs, targets
        self._batch_size = batch_size

    def __len__(self) -> int:
        return math.ceil(len(self._targets) / self._batch_size)

    def __getitem__(self, index: int) -> Batch:
        part = slice(index * self._batch_size, (index + 1) * self._batch_size)
        return self._inputs[part], self._targets[part]


def for_keras(batches: Batches) -> Any:
    """What Keras' fit is given: on TensorFlow a `tf.data.Dataset` that is not autotuned.

    Keras makes a dataset of batches by itself, but with autotuning. Its thread sleeps for up to ten
    seconds at a time, and the end of every epoch waits until it wakes.
    """
    if keras.backend.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    dataset = tf.data.Dataset.from_generator(
        lambda: (batches[index] for index in range(len(batches))),
        output_signature=tf.nest.map_structure(
            functools.partial(_spec, free_length=batches.free_length), batches[0]
        ),
    )
    counted = dataset.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return counted.prefetch(_PREFETCHED).with_options(options)


def _spec(array: NDArray[Any], free_length: bool) -> Any:
    """What this array of every batch has in common."""
    import tensorflow as tf

    shape = [None, *array.shape[1:]]
    if free_length and array.dtype == np.int32:
        shape[1] = None
    return tf.TensorSpec(shape, array.dtype)


class FollowEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells the batches which epoch begins."""

    def __init__(self, batches: ShuffledBatches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        del logs
        self._batches.epoch = epoch


def class_weights(fit: Fit, labels: NDArray[np.int64], classes: int) -> NDArray[np.float32] | None:
    """The weights `[classes]` that a recipe asks for, or None for none."""
    return balanced_weights(labels, classes) if fit.class_weights == "balanced" else None


def balanced_weights(labels: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """Weights `[classes]` by which every class counts the same; their mean over examples is 1."""
    counts = np.bincount(labels, minlength=classes)
    present = np.count_nonzero(counts)
    return (len(labels) / (present * np.maximum(counts, 1))).astype(np.float32)


def one_hot(labels: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """float32 `[examples, classes]`."""
    return np.eye(classes, dtype=np.float32)[labels]
