"""The blocks of a transformer's encoder and decoder."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from training.architectures.seq2seq.attention import CrossAttention, SelfAttention
from training.architectures.seq2seq.layers import LayerNormalization


class SubLayer(keras.layers.Layer):  # type: ignore[misc]
    """What is around attention and feed-forward networks: normalisation, dropout and the sum.

    Args:
        dimensions: Of the vectors.
        normalization: `pre` or `post`.
        dropout: Share of units dropped before the sum.
        options: Of any layer.
    """

    def __init__(self, dimensions: int, normalization: str, dropout: float, **options: Any) -> None:
        super().__init__(**options)
        self.dimensions = dimensions
        self.before = normalization == "pre"
        self.normalization = LayerNormalization(
            epsilon=1e-6, dtype=self.dtype_policy, name="normalization"
        )
        self.dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")

    def build(self, input_shape: Any) -> None:
        del input_shape
        self.normalization.build((None, None, self.dimensions))

    def enter(self, x: Any) -> Any:
        """What the sub-layer is to be called with."""
        return self.normalization(x) if self.before else x

    def fold_into(self, layer: keras.layers.Dense) -> None:
        """Puts scale and offset of the normalisation before it into a layer."""
        gamma, beta = self.normalization.get_weights()
        kernel, bias = layer.get_weights()
        layer.set_weights([gamma[:, None] * kernel, bias + beta @ kernel])
        self.normalization.set_weights([np.ones_like(gamma), np.zeros_like(beta)])

    def leave(self, x: Any, y: Any, training: bool = False) -> Any:
        """The sum of what went in and what came out."""
        x = x + self.dropout(y, training=training)
        return x if self.before else self.normalization(x)


class FeedForward(keras.layers.Layer):  # type: ignore[misc]
    """Two dense layers with a ReLU between (Vaswani et al. 2017, section 3.3)."""

    def __init__(
        self,
        dimensions: int,
        units: int,
        dropout: float = 0.0,
        kernel_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        common = {"kernel_regularizer": kernel_regularizer, "dtype": self.dtype_policy}
        self.dimensions = dimensions
        self.units = units
        self.hidden = keras.layers.Dense(units, activation="relu", name="hidden", **common)
        self.dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")
        self.out = keras.layers.Dense(dimensions, name="out", **common)

    def build(self, input_shape: Any) -> None:
        del input_shape
        self.hidden.build((None, None, self.dimensions))
        self.out.build((None, None, self.units))

    def call(self, x: Any, training: bool = False) -> Any:
        return self.out(self.dropout(self.hidden(x), training=training))


class _Block(keras.layers.Layer):  # type: ignore[misc]
    """Self-attention and a feed-forward network; see `transformer.build_transformer`."""

    def __init__(
        self,
        *,
        dimensions: int,
        heads: int,
        feed_forward: int,
        normalization: str,
        dropout: float,
        attention_dropout: float,
        feed_forward_dropout: float,
        kernel_regularizer: Any,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        regularizer = keras.regularizers.get(kernel_regularizer)
        self._around = (dimensions, normalization, dropout)
        self._attention = (dimensions, heads, attention_dropout, regularizer)
        self.attention = SelfAttention(
            *self._attention, dtype=self.dtype_policy, name="self_attention"
        )
        self.around_attention = self._sub_layer("around_self_attention")
        self.feed_forward = FeedForward(
            dimensions,
            feed_forward,
            feed_forward_dropout,
            regularizer,
            dtype=self.dtype_policy,
            name="feed_forward",
        )
        self.around_feed_forward = self._sub_layer("around_feed_forward")

    def _sub_layer(self, name: str) -> SubLayer:
        return SubLayer(*self._around, dtype=self.dtype_policy, name=name)

    def build(self, input_shape: Any) -> None:
        for layer in self._layers_within():
            layer.build(input_shape)

    def _layers_within(self) -> list[keras.layers.Layer]:
        return [
            self.attention,
            self.around_attention,
            self.feed_forward,
            self.around_feed_forward,
        ]

    def fold_normalization(self) -> None:
        """See `transformer.fold_normalization`."""
        self.around_attention.fold_into(self.attention.projection)
        self.around_feed_forward.fold_into(self.feed_forward.hidden)

    def _fed_forward(self, x: Any, training: bool = False) -> Any:
        around = self.around_feed_forward
        return around.leave(x, self.feed_forward(around.enter(x), training=training), training)


class EncoderBlock(_Block):
    """Call: `[batch, length, dimensions]` and float32 `[batch, 1, 1, length]` to the former."""

    def call(self, x: Any, bias: Any, training: bool = False) -> Any:
        around = self.around_attention
        x = around.leave(x, self.attention(around.enter(x), bias, training=training), training)
        return self._fed_forward(x, training)


class DecoderBlock(_Block):
    """A block that attends to the source too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.source_attention = CrossAttention(
            *self._attention, dtype=self.dtype_policy, name="source_attention"
        )
        self.around_source_attention = self._sub_layer("around_source_attention")

    def _layers_within(self) -> list[keras.layers.Layer]:
        return [*super()._layers_within(), self.source_attention, self.around_source_attention]

    def fold_normalization(self) -> None:
        super().fold_normalization()
        self.around_source_attention.fold_into(self.source_attention.query)

    def call(
        self, x: Any, past: Any, source: Any, source_bias: Any, training: bool = False
    ) -> tuple[Any, Any]:
        """All positions at once.

        Args:
            x: `[batch, length, dimensions]`.
            past: float32 `[length, length]`, LOWEST at what is not to be seen.
            source: `[batch, source length, dimensions]`.
            source_bias: float32 `[batch, 1, 1, source length]`.
            training: Whether units are dropped.

        Returns:
            `x`'s successor, and the source's weights `[batch, heads, length, source length]`.
        """
        around = self.around_attention
        x = around.leave(x, self.attention(around.enter(x), past, training=training), training)
        memory = self.source_attention.memory(source)
        return self._seen(x, memory, source_bias, training)

    def step(
        self, x: Any, cache: Any, places: Any, bias: Any, memory: Any, source_bias: Any
    ) -> tuple[Any, Any]:
        """One position; see `SelfAttention.step` and `CrossAttention.memory`."""
        around = self.around_attention
        y, cache = self.attention.step(around.enter(x), cache, places, bias)
        return self._seen(around.leave(x, y), memory, source_bias)[0], cache

    def _seen(
        self, x: Any, memory: Any, source_bias: Any, training: bool = False
    ) -> tuple[Any, Any]:
        around = self.around_source_attention
        y, weights = self.source_attention(around.enter(x), memory, source_bias, training=training)
        return self._fed_forward(around.leave(x, y, training), training), weights

    def empty(self, batch: Any, slots: Any) -> Any:
        """A cache of keys or values; see `SelfAttention.empty`."""
        return self.attention.empty(batch, slots)

    @property
    def empty_shape(self) -> tuple[int | None, ...]:
        """A cache's shape, as far as it is always the same."""
        attention = self.attention
        return None, attention.heads, None, attention.dimensions // attention.heads
