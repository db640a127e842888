"""What networks for translation share: their inputs, the table of vectors, positions."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from training.architectures.seq2seq import Seq2SeqContext
from training.architectures.texts.layers import RealIds

MASK, EMBEDDING, ENCODER, DECODER = "mask", "embedding", "encoder", "decoder"
LOWEST = -1e9  # added to what is to have no weight; finite, so that sums of it are no NaN


def seq2seq_network(
    context: Seq2SeqContext,
    encoder: keras.Layer,
    decoder: keras.Layer,
    *,
    dimensions: int,
    name: str,
) -> keras.Model:
    """Joins encoder and decoder by the table of vectors.

    Args:
        context: Says how many ids there are.
        encoder: Vectors `[batch, source length, dimensions]` and mask to what the decoder takes.
        decoder: Vectors `[batch, target length, dimensions]`, mask and the encoder's output to
            vectors of the former's shape.
        dimensions: Of each id's vector.
        name: Of the network.
    """
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    embedding = TokenEmbedding(context.tokens, dimensions, name=EMBEDDING)
    mask = RealIds(name=MASK)(source)
    encoded = encoder([embedding(source), mask])
    decoded = decoder([embedding(target), mask, encoded])
    return keras.Model([source, target], embedding(decoded, reverse=True), name=name)


def attention_bias(mask: Any) -> Any:
    """float32 of the mask's shape: 0 where it holds, LOWEST elsewhere."""
    return ops.where(mask, 0.0, LOWEST)


def waves(places: Any, dimensions: int) -> Any:
    """Sines and cosines of positions (Vaswani et al. 2017, section 3.5).

    First come the sines of all frequencies, then the cosines. They are computed, so there is no
    longest sentence.

    Args:
        places: int32 `[positions]`.
        dimensions: Of a vector.

    Returns:
        float32 `[positions, dimensions]`.
    """
    half = (dimensions + 1) // 2
    frequencies = np.exp(-math.log(10_000) * np.arange(half) / half).astype(np.float32)
    angles = ops.expand_dims(ops.cast(places, "float32"), -1) * frequencies
    return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)[:, :dimensions]


class LayerNormalization(keras.layers.LayerNormalization):  # type: ignore[misc]
    """Keras' own over the last axis (Ba et al. 2016), written so that OpenVINO runs it as one node.

    Keras' own computation becomes seven, of which each step of a search runs all.
    """

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs, "float32")
        centred = x - ops.mean(x, axis=[-1], keepdims=True)
        variance = ops.mean(ops.square(centred), axis=[-1], keepdims=True)
        normalised = centred / ops.sqrt(variance + self.epsilon)
        gamma, beta = (ops.cast(part, "float32") for part in (self.gamma, self.beta))
        return ops.cast(normalised * gamma + beta, self.compute_dtype)


@keras.saving.register_keras_serializable("okazu")
class TokenEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """One table of vectors for the ids that come in and, reversed, for the logits.

    Its vectors have a variance of 1 / dimensions, which suits the logits, and are scaled by the
    root of dimensions on the way in (Vaswani et al. 2017, section 3.4).

    Call: int32 `[batch, length]` to `[batch, length, dimensions]`, or with `reverse=True` the
    latter to float32 logits `[batch, length, tokens]`.

    Args:
        tokens: Rows of the table.
        dimensions: Of each vector.
        options: Of any layer.
    """

    def __init__(self, tokens: int, dimensions: int, **options: Any) -> None:
        super().__init__(**options)
        self.tokens = tokens
        self.dimensions = dimensions

    def build(self, input_shape: Any) -> None:
        del input_shape  # of the ids or of the vectors
        self.table = self.add_weight(
            (self.tokens, self.dimensions),
            initializer=keras.initializers.RandomNormal(stddev=self.dimensions**-0.5),
            name="table",
            autocast=False,  # in 16 bits the whole table would be cast for a few rows
        )

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        if reverse:
            table = ops.cast(self.table, self.compute_dtype)
            return ops.cast(ops.matmul(inputs, ops.transpose(table)), "float32")
        return self.scaled(ops.take(self.table, inputs, axis=0))

    def scaled(self, rows: Any) -> Any:
        """Rows of the table as the vectors that go in."""
        return ops.cast(rows * math.sqrt(self.dimensions), self.compute_dtype)

    def compute_output_spec(self, inputs: Any, reverse: bool = False) -> keras.KerasTensor:
        if reverse:
            return keras.KerasTensor((*inputs.shape[:-1], self.tokens), dtype="float32")
        return keras.KerasTensor((*inputs.shape, self.dimensions), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "tokens": self.tokens, "dimensions": self.dimensions}
