"""The layers that networks for texts share: the mask, the vectors of ids, what sums up a text."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from models.texts.tokenizers import PADDING
from training.architectures.layers import penalty
from training.architectures.texts import TextContext

EMBEDDING = "embedding"
_LOWEST = -1e30


def text_input() -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The input, and which of its ids are real.

    Returns:
        int32 and bool, both `[batch, length]`.
    """
    text = keras.Input((None,), dtype="int32", name="text")
    return text, RealIds(name="mask")(text)


def embedded(
    text: keras.KerasTensor,
    context: TextContext,
    *,
    dimensions: int,
    dropout: float = 0.0,
    scale: float = 0.05,
) -> keras.KerasTensor:
    """The vectors of ids, `[batch, length]` to `[batch, length, dimensions]`.

    Args:
        text: int32 ids.
        context: Says how many ids there are.
        dimensions: Of each vector.
        dropout: Share of the dimensions that are dropped, the same ones at all positions of a text
            (Gal and Ghahramani 2016, "A Theoretically Grounded Application of Dropout in Recurrent
            Neural Networks"; so Miyato et al. 2017 on their embeddings).
        scale: First values are uniform between minus and plus this.
    """
    vectors = keras.layers.Embedding(
        context.tokens,
        dimensions,
        embeddings_initializer=keras.initializers.RandomUniform(-scale, scale),
        dtype="float32",  # in 16 bits the whole table would be cast in every step
        name=EMBEDDING,
    )(text)
    return keras.layers.SpatialDropout1D(dropout, name="embedding_dropout")(vectors)


def text_logits(x: keras.KerasTensor, context: TextContext, dropout: float) -> keras.KerasTensor:
    """Dropout and the last layer, `[batch, features]` to float32 `[batch, classes]`."""
    x = keras.layers.Dropout(dropout, name="dropout")(x)
    return keras.layers.Dense(
        context.classes, kernel_regularizer=penalty(context), dtype="float32", name="logits"
    )(x)


def pooled(
    x: keras.KerasTensor,
    mask: keras.KerasTensor,
    pooling: str,
    context: TextContext,
    name: str = "pooling",
) -> keras.KerasTensor:
    """What sums up a text, `[batch, length, dimensions]` to `[batch, dimensions]`.

    Args:
        x: Of which that of padding is left out.
        mask: bool `[batch, length]`, see `text_input`.
        pooling: `last`, `max`, `mean` or `attention`.
        context: With the penalties.
        name: Of the layer.
    """
    if pooling == "attention":
        return AttentionPooling(kernel_regularizer=penalty(context), name=name)([x, mask])
    return MaskedPooling(pooling, name=name)([x, mask])


@keras.saving.register_keras_serializable("okazu")
class RealIds(keras.layers.Layer):  # type: ignore[misc]
    """Which ids are no padding: int32 `[batch, length]` to bool of the same shape."""

    def call(self, ids: Any) -> Any:
        return ops.not_equal(ids, PADDING)

    def compute_output_spec(self, ids: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(ids.shape, dtype="bool")


@keras.saving.register_keras_serializable("okazu")
class ZeroPadding(keras.layers.Layer):  # type: ignore[misc]
    """Sets the vectors of padding to 0, so that what looks at neighbours finds nothing there.

    Call: `[batch, length, dimensions]` and bool `[batch, length]` to the former's shape.
    """

    def call(self, inputs: Any) -> Any:
        x, mask = inputs
        return _where(ops.expand_dims(mask, -1), x, 0)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[0]


class Pooling(keras.layers.Layer):  # type: ignore[misc]
    """From `[batch, length, dimensions]` and bool `[batch, length]` to one vector a text."""

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, int]:
        batch, _, dimensions = input_shape[0]
        return batch, dimensions


@keras.saving.register_keras_serializable("okazu")
class MaskedPooling(Pooling):
    """The last, the greatest or the mean of a text's vectors, padding left out.

    The mean is taken in float32: bfloat16 cannot count beyond 256. A text of nothing but padding
    gives 0.

    Args:
        pooling: `last`, `max` or `mean`.
        options: Of any layer.
    """

    def __init__(self, pooling: str, **options: Any) -> None:
        super().__init__(**options)
        self.pooling = pooling

    def call(self, inputs: Any) -> Any:
        x, mask = inputs
        return getattr(self, f"_{self.pooling}")(x, mask)

    @staticmethod
    def _last(x: Any, mask: Any) -> Any:
        positions = ops.arange(ops.shape(mask)[1], dtype="int32")
        places = ops.where(mask, positions, -1)
        last = ops.max(places, axis=1, keepdims=True)
        return MaskedPooling._sum(x, ops.logical_and(mask, ops.equal(places, last)))

    @staticmethod
    def _max(x: Any, mask: Any) -> Any:
        greatest = ops.max(_where(ops.expand_dims(mask, -1), x, _LOWEST), axis=1)
        return _where(ops.any(mask, axis=1, keepdims=True), greatest, 0)

    @staticmethod
    def _mean(x: Any, mask: Any) -> Any:
        count = ops.sum(ops.cast(mask, "float32"), axis=1, keepdims=True)
        total = MaskedPooling._sum(ops.cast(x, "float32"), mask)
        return ops.cast(total / ops.maximum(count, 1), x.dtype)

    @staticmethod
    def _sum(x: Any, mask: Any) -> Any:
        return ops.sum(x * ops.cast(ops.expand_dims(mask, -1), x.dtype), axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "pooling": self.pooling}


@keras.saving.register_keras_serializable("okazu")
class AttentionPooling(Pooling):
    """The mean of a text's vectors, weighted by what is learned to matter.

    Yang et al. 2016, "Hierarchical Attention Networks for Document Classification", equations 5 to
    7: the weights are the softmax of `u . tanh(W h + b)`. It is taken in float32.

    Args:
        kernel_regularizer: Of `W` and `u`.
        options: Of any layer.
    """

    def __init__(self, kernel_regularizer: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, input_shape: Any) -> None:
        dimensions = input_shape[0][-1]
        regularizer = self.kernel_regularizer
        self.kernel = self.add_weight(
            (dimensions, dimensions), name="kernel", regularizer=regularizer
        )
        self.bias = self.add_weight((dimensions,), initializer="zeros", name="bias")
        self.context_kernel = self.add_weight(
            (dimensions, 1), name="context_kernel", regularizer=regularizer
        )

    def call(self, inputs: Any) -> Any:
        x, mask = inputs
        mask = ops.expand_dims(mask, -1)
        hidden = ops.tanh(ops.matmul(x, self.kernel) + self.bias)
        scores = ops.cast(ops.matmul(hidden, self.context_kernel), "float32")
        scores = _where(mask, scores, _LOWEST)
        weights = ops.exp(scores - ops.max(scores, axis=1, keepdims=True))
        weights = weights * ops.cast(mask, "float32")
        # Where there is anything, the greatest weight is 1.
        weights = weights / ops.maximum(ops.sum(weights, axis=1, keepdims=True), 1)
        return ops.cast(ops.sum(ops.cast(x, "float32") * weights, axis=1), x.dtype)

    def get_config(self) -> dict[str, Any]:
        regularizer = keras.regularizers.serialize(self.kernel_regularizer)
        return {**super().get_config(), "kernel_regularizer": regularizer}


def _where(condition: Any, x: Any, other: float) -> Any:
    """`x` where the condition holds, elsewhere a number, in the dtype of `x`."""
    return ops.where(condition, x, ops.cast(other, x.dtype))
