"""Regions of a text: windows of words whose vectors depend on the word's place in the window.

Johnson and Zhang 2015, "Effective Use of Word Order for Text Categorization with Convolutional
Neural Networks", section 2.2 (seq-CNN): a convolution over one-hot vectors of words. Its kernel is
large and a text needs few rows of it, so that here rows are looked up and summed.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from models.texts.tokenizers import PADDING, UNKNOWN

# What stands for windows in which there is no word: no feature is found there.
_LOWEST = -1e30


@keras.saving.register_keras_serializable("okazu")
class Regions(keras.layers.Layer):  # type: ignore[misc]
    """How much of each feature the window has that has most of it, 0 at least; in float32.

    A window may reach beyond the text. What stands there counts for nothing, and nor does a word
    that is not known. In training the gradient is computed for the windows that won, and the rows
    of the batch's words alone: three times as fast as letting Keras derive it.

    Args:
        tokens: All ids are below it.
        words: In a window.
        filters: Number of features.
        word_dropout: Share of the words that are taken for unknown ones in training.
        options: Of any layer.

    Call: int32 ids `[batch, length]` to float32 `[batch, filters]`.
    """

    def __init__(
        self, tokens: int, words: int, filters: int, *, word_dropout: float = 0.0, **options: Any
    ) -> None:
        super().__init__(**{**options, "dtype": "float32"})
        self.tokens, self.words, self.filters = tokens, words, filters
        self.word_dropout = word_dropout
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, input_shape: Any) -> None:
        del input_shape
        self.tables = [
            self.add_weight(
                (self.tokens, self.filters),
                initializer=_first_rows if place else _first_rows_with_lowest,
                name=f"table{place}",
            )
            for place in range(self.words)
        ]
        self.bias = self.add_weight((self.filters,), initializer="zeros", name="bias")

    def call(self, ids: Any, training: bool | None = None) -> Any:
        if training:
            most = self._most_to_learn_from(self._without_some(ids))
        else:
            most = ops.max(_sums(self.tables, _windows(ids, self.words)), axis=1)
        return ops.relu(most + self.bias)

    def _without_some(self, ids: Any) -> Any:
        chance = keras.random.uniform(ops.shape(ids), dtype="float32", seed=self.seed_generator)
        return ops.where(chance < self.word_dropout, ops.minimum(ids, UNKNOWN), ids)

    def _most_to_learn_from(self, ids: Any) -> Any:
        rows, ids = _rows_in_use(self.tables, ids)
        windows = _windows(ids, self.words)
        sums = _sums([ops.stop_gradient(of_place) for of_place in rows], windows)
        winner = ops.argmax(sums, axis=1)
        begins = ops.expand_dims(ops.arange(ops.shape(ids)[0]) * ops.shape(windows[0])[1], -1)
        found = [
            _picked(of_place, ops.take(ops.reshape(words, (-1,)), begins + winner, axis=0))
            for of_place, words in zip(rows, windows, strict=True)
        ]
        return sum(found[1:], found[0])

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, int]:
        return input_shape[0], self.filters

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "tokens": self.tokens,
            "words": self.words,
            "filters": self.filters,
            "word_dropout": self.word_dropout,
        }


def _first_rows(shape: Any, dtype: Any) -> Any:
    """Small random rows, but 0 for padding and for words that are not known."""
    rows = keras.random.normal((shape[0] - 2, shape[1]), stddev=0.01, dtype=dtype)
    return ops.pad(rows, ((2, 0), (0, 0)))


def _first_rows_with_lowest(shape: Any, dtype: Any) -> Any:
    """As `_first_rows`, but for padding what loses against every window with a word in it."""
    lowest = np.zeros(shape, dtype)
    lowest[PADDING] = _LOWEST
    return _first_rows(shape, dtype) + lowest


def _windows(ids: Any, words: int) -> list[Any]:
    """The ids `[batch, windows]` at each place of all windows that reach into the text.

    Beyond the text stands the id of unknown words, and at the first place of a window in which
    there is no word that of padding.
    """
    beyond = ((0, 0), (words - 1, words - 1))
    real = ops.cast(ops.not_equal(ids, PADDING), "int32")
    padded = ops.pad(ops.maximum(ids, UNKNOWN), beyond, constant_values=UNKNOWN)
    places = [slice(place, place - words + 1 or None) for place in range(words)]
    windows = [padded[:, place] for place in places]
    real = ops.pad(real, beyond)
    count = sum(real[:, place] for place in places)
    windows[0] = ops.where(count > 0, windows[0], PADDING)
    return windows


def _sums(tables: list[Any], windows: list[Any]) -> Any:
    """What stands in all windows, `[batch, windows, filters]`."""
    found = [ops.take(table, ids, axis=0) for table, ids in zip(tables, windows, strict=True)]
    return sum(found[1:], found[0])


def _rows_in_use(tables: list[Any], ids: Any) -> tuple[list[Any], Any]:
    """The rows of tables that ids use, and the ids by the numbers of these rows.

    Those of padding and of unknown words keep their numbers, and nothing is learned of them.
    """
    if keras.backend.backend() != "tensorflow":
        used, numbers = ops.arange(tables[0].shape[0]), ids
        rows = [ops.convert_to_tensor(table) for table in tables]
    else:
        import tensorflow as tf

        both = tf.concat([[PADDING, UNKNOWN], tf.reshape(ids, [-1])], axis=0)
        used, numbers = tf.unique(both)
        numbers = tf.reshape(numbers[2:], tf.shape(ids))
        # Of the variables themselves: Keras' `take` would copy the whole tables.
        rows = [tf.gather(table.value, used) for table in tables]
    known = ops.expand_dims(used > UNKNOWN, -1)
    return [ops.where(known, row, ops.stop_gradient(row)) for row in rows], numbers


def _picked(rows: Any, numbers: Any) -> Any:
    """Of each column of `[rows, filters]` the number in the row that is named, `[batch, filters]`.

    It is what `take_along_axis` does, which TensorFlow's oneDNN would write to the console about.
    """
    if keras.backend.backend() != "tensorflow":
        return ops.take_along_axis(rows, numbers, axis=0)
    import tensorflow as tf

    columns = tf.broadcast_to(tf.range(rows.shape[1])[tf.newaxis], tf.shape(numbers))
    return tf.gather_nd(rows, tf.stack([numbers, columns], axis=-1))
