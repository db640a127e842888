"""The pieces that every image network begins and ends with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import keras

from training.architectures.images import NetworkContext
from training.architectures.normalization import BatchNormalization

SMALL_IMAGE = 64  # pixels


class Penalties(Protocol):
    """What layers need to know of a context of any task."""

    @property
    def l1(self) -> float: ...

    @property
    def l2(self) -> float: ...


def image_input(context: NetworkContext) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The input, and the same normalised by the training images' mean and variance.

    Returns:
        uint8 `[batch, height, width, channels]`, and float of the same shape.
    """
    image = keras.Input(context.input_shape, dtype="uint8", name="image")
    normalised = keras.layers.Normalization(
        axis=-1,
        mean=list(context.pixel_mean),
        variance=list(context.pixel_variance),
        name="normalization",
    )(image)
    return image, normalised


def is_small(context: NetworkContext) -> bool:
    """Whether the images are below 64 pixels, so that the papers' strides would leave nothing."""
    return min(context.input_shape[:2]) < SMALL_IMAGE


def logits(
    x: keras.KerasTensor, context: NetworkContext, name: str = "logits"
) -> keras.KerasTensor:
    """The last layer, `[batch, classes]`; float32 whatever the layers before compute in."""
    return keras.layers.Dense(
        context.classes, kernel_regularizer=penalty(context), dtype="float32", name=name
    )(x)


def penalty(context: Penalties) -> keras.Regularizer | None:
    """The recipe's L1 and L2 penalties, or None where there are none."""
    if not context.l1 and not context.l2:
        return None
    return keras.regularizers.L1L2(context.l1, context.l2)


def conv_block(
    x: keras.KerasTensor,
    context: NetworkContext,
    *,
    filters: int,
    kernel_size: int = 3,
    strides: int = 1,
    groups: int = 1,
    activation: str | None,
    batch_normalization: bool = True,
    name: str,
) -> keras.KerasTensor:
    """Convolution, batch normalisation, activation, the size divided by the stride.

    `[batch, height, width, channels]` to `[batch, height / strides, width / strides, filters]`. An
    activation of None is left to the caller, as before an addition.
    """
    x = convolution(
        x,
        context,
        filters=filters,
        kernel_size=kernel_size,
        strides=strides,
        groups=groups,
        activation=activation,
        use_bias=not batch_normalization,
        name=name,
    )
    if batch_normalization:
        return normalised(x, activation, name=name)
    return keras.layers.Activation(activation, name=f"{name}_activation")(x) if activation else x


def convolution(
    x: keras.KerasTensor,
    context: NetworkContext,
    *,
    filters: int,
    kernel_size: int = 3,
    strides: int = 1,
    groups: int = 1,
    activation: str | None = None,
    use_bias: bool = False,
    name: str,
) -> keras.KerasTensor:
    """A convolution alone, initialised for the activation that will follow; see `conv_block`.

    Groups are convolutions of their own, `{name}_group1` and so on, side by side: in one layer
    TensorFlow takes six times as long for them on a CPU.
    """

    def layer(filters: int, name: str) -> keras.layers.Conv2D:
        return keras.layers.Conv2D(
            filters,
            kernel_size,
            strides,
            padding="same",
            use_bias=use_bias,
            kernel_initializer=initializer(activation or "relu"),
            kernel_regularizer=penalty(context),
            name=name,
        )

    if groups == 1:
        return layer(filters, name)(x)
    parts = keras.ops.split(x, groups, axis=-1)
    sides = [
        layer(filters // groups, f"{name}_group{number}")(part)
        for number, part in enumerate(parts, start=1)
    ]
    return keras.layers.Concatenate(name=name)(sides)


def normalised(x: keras.KerasTensor, activation: str | None, *, name: str) -> keras.KerasTensor:
    """Batch normalisation, then the activation if there is one; of the layer called `name`."""
    x = BatchNormalization(name=f"{name}_normalization")(x)
    return keras.layers.Activation(activation, name=f"{name}_activation")(x) if activation else x


def halve(
    x: keras.KerasTensor, name: str, *, pooling: str = "max", overlapping: bool = False
) -> keras.KerasTensor:
    """Pooling that halves the size; a side of one pixel stays.

    Args:
        x: `[batch, height, width, channels]`.
        name: Of the layer.
        pooling: `max` or `average`.
        overlapping: Windows of 3 in place of 2 (Krizhevsky et al. 2012, section 3.4).
    """
    _, height, width, _ = x.shape
    layer = keras.layers.MaxPooling2D if pooling == "max" else keras.layers.AveragePooling2D
    strides = (min(2, height), min(2, width))
    if overlapping and min(height, width) >= 3:
        return layer(3, strides, name=name)(x)
    return layer(strides, name=name)(x)


def dense_block(
    x: keras.KerasTensor,
    context: Penalties,
    *,
    units: int,
    activation: str,
    batch_normalization: bool,
    dropout: float,
    name: str,
) -> keras.KerasTensor:
    """Dense, batch normalisation, activation, dropout: `[batch, features]` to `[batch, units]`."""
    x = keras.layers.Dense(
        units,
        use_bias=not batch_normalization,
        kernel_initializer=initializer(activation),
        kernel_regularizer=penalty(context),
        name=f"{name}_dense",
    )(x)
    if batch_normalization:
        x = BatchNormalization(name=f"{name}_normalization")(x)
    x = keras.layers.Activation(activation, name=f"{name}_activation")(x)
    return keras.layers.Dropout(dropout, name=f"{name}_dropout")(x) if dropout else x


def hidden_layers(
    x: keras.KerasTensor,
    context: Penalties,
    *,
    hidden: Sequence[int],
    activation: str,
    batch_normalization: bool,
    dropout: float,
) -> keras.KerasTensor:
    """Dense blocks one after another, `hidden1` first; see `dense_block`."""
    for number, units in enumerate(hidden, start=1):
        x = dense_block(
            x,
            context,
            units=units,
            activation=activation,
            batch_normalization=batch_normalization,
            dropout=dropout,
            name=f"hidden{number}",
        )
    return x


def initializer(activation: str) -> str:
    """He et al. 2015 for activations like ReLU, Glorot and Bengio 2010 for the saturating ones."""
    saturating = ("tanh", "sigmoid", "softplus", "linear")
    if activation == "selu":
        return "lecun_normal"
    return "glorot_uniform" if activation in saturating else "he_normal"
