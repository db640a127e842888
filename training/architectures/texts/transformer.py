"""A small encoder of the transformer family (Vaswani et al. 2017)."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from training.architectures.layers import penalty
from training.architectures.texts import TextContext
from training.architectures.texts.layers import embedded, pooled, text_input, text_logits


def build_transformer(
    context: TextContext,
    *,
    dimensions: int = 128,
    layers: int = 2,
    heads: int = 4,
    feed_forward: int = 256,
    activation: str = "gelu",
    pooling: str = "mean",
    embedding_dropout: float = 0.0,
    dropout: float = 0.1,
) -> keras.Model:
    """Builds an encoder that normalises before each sub-layer (Xiong et al. 2020).

    Args:
        context: Ids, classes and penalties.
        dimensions: Of each id's vector and of every layer.
        layers: Blocks of self-attention and a feed-forward network.
        heads: Of attention, which share the dimensions among them.
        feed_forward: Units inside the feed-forward network.
        activation: Inside the feed-forward network.
        pooling: What sums up a text: `max`, `mean` or `attention`.
        embedding_dropout: Share of the vectors' dimensions dropped, for a whole text at once.
        dropout: Share of units dropped after each sub-layer, and before the last layer.

    Returns:
        int32 ids `[batch, length]` to logits `[batch, classes]`.
    """
    text, mask = text_input()
    x = embedded(text, context, dimensions=dimensions, dropout=embedding_dropout)
    x = Positions(name="positions")(x)
    attended = keras.layers.Reshape((1, -1), name="attended")(mask)
    for number in range(1, layers + 1):
        x = _block(
            x, attended, context, dimensions, heads, feed_forward, activation, dropout, number
        )
    x = keras.layers.LayerNormalization(name="normalization")(x)
    x = pooled(x, mask, pooling, context)
    return keras.Model(text, text_logits(x, context, dropout), name="transformer")


def _block(
    x: keras.KerasTensor,
    attended: keras.KerasTensor,
    context: TextContext,
    dimensions: int,
    heads: int,
    feed_forward: int,
    activation: str,
    dropout: float,
    number: int,
) -> keras.KerasTensor:
    """Self-attention and the feed-forward network, each with what went in added to it.

    `[batch, length, dimensions]` to the same shape; `attended` is bool `[batch, 1, length]`.
    """
    name = f"block{number}"
    y = keras.layers.LayerNormalization(name=f"{name}_attention_normalization")(x)
    y = keras.layers.MultiHeadAttention(
        heads, dimensions // heads, kernel_regularizer=penalty(context), name=f"{name}_attention"
    )(y, y, attention_mask=attended)
    x = _added(x, y, dropout, f"{name}_attention")
    y = keras.layers.LayerNormalization(name=f"{name}_feed_forward_normalization")(x)
    y = _dense(feed_forward, context, f"{name}_feed_forward1", activation)(y)
    y = _dense(dimensions, context, f"{name}_feed_forward2")(y)
    return _added(x, y, dropout, f"{name}_feed_forward")


def _dense(
    units: int, context: TextContext, name: str, activation: str | None = None
) -> keras.layers.Dense:
    return keras.layers.Dense(
        units, activation=activation, kernel_regularizer=penalty(context), name=name
    )


def _added(
    x: keras.KerasTensor, y: keras.KerasTensor, dropout: float, name: str
) -> keras.KerasTensor:
    y = keras.layers.Dropout(dropout, name=f"{name}_dropout")(y)
    return keras.layers.Add(name=f"{name}_sum")([x, y])


@keras.saving.register_keras_serializable("okazu")
class Positions(keras.layers.Layer):  # type: ignore[misc]
    """Scales vectors and adds sines and cosines of their positions (Vaswani et al. 2017, 3.4, 3.5).

    They are computed, so a text may be of any length. First come the sines of all frequencies, then
    the cosines.

    Call: `[batch, length, dimensions]` to the same shape.
    """

    def build(self, input_shape: Any) -> None:
        dimensions = input_shape[-1]
        half = (dimensions + 1) // 2
        self._frequencies = np.exp(-math.log(10_000) * np.arange(half) / half).astype(np.float32)

    def call(self, x: Any) -> Any:
        dimensions = x.shape[-1]
        places = ops.expand_dims(ops.arange(ops.shape(x)[1], dtype="float32"), -1)
        angles = places * self._frequencies
        waves = ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)[:, :dimensions]
        return x * math.sqrt(dimensions) + ops.cast(waves, x.dtype)
