"""The pieces that every image network begins and ends with."""

from __future__ import annotations

import keras

from training.architectures import NetworkContext


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


def logits(x: keras.KerasTensor, context: NetworkContext) -> keras.KerasTensor:
    """The last layer, `[batch, classes]`; float32 whatever the layers before compute in."""
    return keras.layers.Dense(
        context.classes, kernel_regularizer=penalty(context), dtype="float32", name="logits"
    )(x)


def penalty(context: NetworkContext) -> keras.Regularizer | None:
    """The recipe's L1 and L2 penalties, or None where there are none."""
    if not context.l1 and not context.l2:
        return None
    return keras.regularizers.L1L2(context.l1, context.l2)


def dense_block(
    x: keras.KerasTensor,
    context: NetworkContext,
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
        x = keras.layers.BatchNormalization(name=f"{name}_normalization")(x)
    x = keras.layers.Activation(activation, name=f"{name}_activation")(x)
    return keras.layers.Dropout(dropout, name=f"{name}_dropout")(x) if dropout else x


def initializer(activation: str) -> str:
    """He et al. 2015 for activations like ReLU, Glorot and Bengio 2010 for the saturating ones."""
    saturating = ("tanh", "sigmoid", "softplus", "linear")
    if activation == "selu":
        return "lecun_normal"
    return "glorot_uniform" if activation in saturating else "he_normal"
