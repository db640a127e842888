"""Attention: with several heads to itself or to a source, and additive.

Caches of what has been attended to have a slot for each token that a beam search has kept. A
hypothesis sees the slots of its own tokens only, which is the bias's business, so a cache is never
put in another order.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops


class MultiHead(keras.layers.Layer):  # type: ignore[misc]
    """Scaled dot-product attention with several heads (Vaswani et al. 2017, section 3.2).

    Args:
        dimensions: Of vectors in and out, a multiple of `heads`.
        heads: Which share the dimensions.
        dropout: Share of the weights dropped.
        kernel_regularizer: Of every kernel.
        options: Of any layer.
    """

    def __init__(
        self,
        dimensions: int,
        heads: int,
        dropout: float = 0.0,
        kernel_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.dimensions = dimensions
        self.heads = heads
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")
        self.output_projection = self._dense(dimensions, "output")

    def _dense(self, units: int, name: str) -> keras.layers.Dense:
        return keras.layers.Dense(
            units, kernel_regularizer=self.kernel_regularizer, dtype=self.dtype_policy, name=name
        )

    def build(self, input_shape: Any) -> None:
        del input_shape
        for layer in self._projections():
            layer.build((None, None, self.dimensions))

    def _projections(self) -> list[keras.layers.Dense]:
        return [self.output_projection]

    @property
    def _scale(self) -> float:
        return float((self.dimensions // self.heads) ** -0.5)

    def _by_head(self, x: Any) -> Any:
        """`[batch, length, dimensions]` to `[batch, heads, length, dimensions / heads]`."""
        if x.shape[1] == 1:  # the same numbers in the same order
            return ops.reshape(x, (-1, self.heads, 1, self.dimensions // self.heads))
        return ops.transpose(self._parts(x), (0, 2, 1, 3))

    def _keys(self, x: Any) -> Any:
        """`[batch, length, dimensions]` to `[batch, heads, dimensions / heads, length]`."""
        return ops.transpose(self._parts(x), (0, 2, 3, 1))

    def _parts(self, x: Any) -> Any:
        batch, length, dimensions = ops.shape(x)
        return ops.reshape(x, (batch, length, self.heads, dimensions // self.heads))

    def _attend(
        self, query: Any, keys: Any, values: Any, bias: Any, training: bool = False
    ) -> tuple[Any, Any]:
        """The values' weighted means.

        Args:
            query: `[batch, queries, dimensions]`, scaled by `_scale`.
            keys: `[batch, heads, dimensions / heads, length]`.
            values: `[batch, heads, length, dimensions / heads]`.
            bias: float32, added to the scores `[batch, heads, queries, length]`.
            training: Whether weights are dropped.

        Returns:
            `[batch, queries, dimensions]`, and float32 weights of the scores' shape.
        """
        batch, length, _ = ops.shape(query)
        scores = ops.cast(ops.matmul(self._by_head(query), keys), "float32")
        weights = _softmax(scores + ops.cast(bias, "float32"))
        kept = self.dropout(ops.cast(weights, self.compute_dtype), training=training)
        x = ops.transpose(ops.matmul(kept, values), (0, 2, 1, 3))
        return self.output_projection(ops.reshape(x, (batch, length, self.dimensions))), weights


class SelfAttention(MultiHead):
    """Attention of a sequence to itself."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.projection = self._dense(3 * self.dimensions, "query_key_value")

    def _projections(self) -> list[keras.layers.Dense]:
        return [self.projection, self.output_projection]

    def call(self, x: Any, bias: Any, training: bool = False) -> Any:
        """`[batch, length, dimensions]` to the same shape; float32 `bias` as of `_attend`."""
        query, keys, values = ops.split(self.projection(x), 3, axis=-1)
        keys, values = self._keys(keys), self._by_head(values)
        return self._attend(query * self._scale, keys, values, bias, training)[0]

    def empty(self, batch: Any, slots: Any) -> Any:
        """A cache: `[batch, heads, slots, dimensions / heads]`."""
        shape = (batch, self.heads, slots, self.dimensions // self.heads)
        return ops.zeros(shape, dtype=self.compute_dtype)

    def step(self, x: Any, cache: Any, places: Any, bias: Any) -> tuple[Any, Any]:
        """One token of each of the hypotheses.

        Args:
            x: `[batch, hypotheses, dimensions]`.
            cache: Keys and values, see `empty`.
            places: int32 `[batch, heads, hypotheses, 3]`: sentence, head, and the slot to write to.
            bias: float32 `[batch, 1, hypotheses, slots]`.

        Returns:
            `x`'s successor, and the cache with the token written in.
        """
        # One scale for all, so that runtimes make it part of the projection.
        scale = np.repeat(np.array([self._scale, 1, 1], np.float32), self.dimensions)
        query, key, value = ops.split(self.projection(x) * scale, 3, axis=-1)
        keys, values = cache
        keys = ops.scatter_update(keys, places, self._by_head(key))
        values = ops.scatter_update(values, places, self._by_head(value))
        x, _ = self._attend(query, ops.swapaxes(keys, -1, -2), values, bias)
        return x, (keys, values)


class CrossAttention(MultiHead):
    """Attention of a target to its source."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.query = self._dense(self.dimensions, "query")
        self.projection = self._dense(2 * self.dimensions, "key_value")

    def _projections(self) -> list[keras.layers.Dense]:
        return [self.query, self.projection, self.output_projection]

    def memory(self, source: Any) -> tuple[Any, Any]:
        """Keys and values, see `_attend`, of a source `[batch, source length, dimensions]`."""
        keys, values = ops.split(self.projection(source), 2, axis=-1)
        return self._keys(keys), self._by_head(values)

    def call(self, x: Any, memory: Any, bias: Any, training: bool = False) -> tuple[Any, Any]:
        """`[batch, length, dimensions]` to the same shape, and the weights of each head."""
        keys, values = memory
        return self._attend(self.query(x) * self._scale, keys, values, bias, training)


class AdditiveAttention(keras.layers.Layer):  # type: ignore[misc]
    """The source's vectors, weighted by `v . tanh(W s + U h)` (Bahdanau et al. 2015, A.1.2).

    Args:
        units: Of the hidden layer.
        kernel_regularizer: Of every kernel.
        options: Of any layer.
    """

    def __init__(self, units: int, kernel_regularizer: Any = None, **options: Any) -> None:
        super().__init__(**options)
        regularizer = keras.regularizers.get(kernel_regularizer)
        common = {"kernel_regularizer": regularizer, "dtype": self.dtype_policy}
        self.units = units
        self.query = keras.layers.Dense(units, use_bias=False, name="query", **common)
        self.key = keras.layers.Dense(units, name="key", **common)
        self.score = keras.layers.Dense(1, use_bias=False, name="score", **common)

    def build(self, input_shape: Any) -> None:
        state, source = input_shape
        self.query.build(state)
        self.key.build(source)
        self.score.build((None, None, self.units))

    def call(self, states: Any, keys: Any, memory: Any, bias: Any) -> tuple[Any, Any]:
        """What several states of the decoder see of the source.

        Args:
            states: `[batch, states, units of the decoder]`.
            keys: What `key` gives of the memory, `[batch, source length, units]`.
            memory: `[batch, source length, dimensions]`.
            bias: float32 `[batch, source length]`, LOWEST at padding.

        Returns:
            `[batch, states, dimensions]`, and float32 weights `[batch, states, source length]`.
        """
        hidden = ops.tanh(ops.expand_dims(self.query(states), 2) + ops.expand_dims(keys, 1))
        scores = ops.cast(ops.squeeze(self.score(hidden), -1), "float32")
        weights = _softmax(scores + ops.cast(ops.expand_dims(bias, 1), "float32"))
        return ops.matmul(ops.cast(weights, self.compute_dtype), memory), weights


class AttentiveCell(keras.layers.Layer):  # type: ignore[misc]
    """A cell that attends to the source before it takes a step (Bahdanau et al. 2015, A.2.2).

    What it attends to comes with its states, and stays.

    Call: `[batch, dimensions]` and states (the cell's, then keys, memory and bias as
    `AdditiveAttention` takes them) to the cell's output beside what it saw, `[batch, 3 units]`.
    """

    def __init__(self, cell: keras.layers.Layer, attention: AdditiveAttention, **options: Any):
        super().__init__(**options)
        self.cell = cell
        self.attention = attention
        sizes = cell.state_size if isinstance(cell.state_size, list) else [cell.state_size]
        self.state_size = [*sizes, None, None, None]
        self.output_size = 3 * cell.units

    def build(self, input_shape: Any) -> None:
        units = self.cell.units
        self.cell.build((None, input_shape[-1] + 2 * units))
        self.attention.build([(None, None, units), (None, None, 2 * units)])

    def call(self, x: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        del training
        *own, keys, memory, bias = states
        seen, _ = self.attention(ops.expand_dims(own[0], 1), keys, memory, bias)
        output, own = self.step(x, own, ops.squeeze(seen, 1))
        return output, [*own, keys, memory, bias]

    def step(self, x: Any, states: list[Any], seen: Any) -> tuple[Any, list[Any]]:
        """One step after attention: `[batch, dimensions]` and `[batch, 2 units]`."""
        output, states = self.cell(ops.concatenate([x, seen], axis=-1), states)
        return ops.concatenate([output, seen], axis=-1), list(states)


def _softmax(scores: Any) -> Any:
    """Over the last axis; Keras' own warns where that has one place, as with one id to see."""
    return ops.ones_like(scores) if scores.shape[-1] == 1 else ops.softmax(scores)
