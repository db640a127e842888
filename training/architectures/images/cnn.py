"""The plain convolutional network: stages of convolutions and pooling, then dense layers.

After LeNet-5 (LeCun et al. 1998), with today's small kernels, normalisation and dropout.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras

from training.architectures.images import NetworkContext
from training.architectures.layers import conv_block, halve, hidden_layers, image_input, logits


def build_cnn(
    context: NetworkContext,
    *,
    filters: Sequence[int] = (32, 64),
    convolutions: int = 2,
    kernel_size: int = 3,
    pooling: str = "max",
    head: str = "flatten",
    hidden: Sequence[int] = (128,),
    activation: str = "relu",
    batch_normalization: bool = True,
    dropout: float = 0.3,
) -> keras.Model:
    """Builds a convolutional network.

    Args:
        context: Shapes, classes, pixel statistics and penalties.
        filters: Of each stage; every stage but one that is already a single pixel halves the size.
        convolutions: In each stage.
        kernel_size: Side of the square kernels, pixels.
        pooling: `max` or `average`, at the end of each stage.
        head: `flatten` or `global_average`, between the stages and the dense layers.
        hidden: Units of each dense layer.
        activation: After each convolution and dense layer.
        batch_normalization: Whether to normalise before each activation.
        dropout: Share dropped after each stage and dense layer, 0 to 1.

    Returns:
        uint8 images `[batch, height, width, channels]` to logits `[batch, classes]`.
    """
    image, x = image_input(context)
    for number, count in enumerate(filters, start=1):
        for index in range(1, convolutions + 1):
            x = conv_block(
                x,
                context,
                filters=count,
                kernel_size=kernel_size,
                activation=activation,
                batch_normalization=batch_normalization,
                name=f"stage{number}_conv{index}",
            )
        x = halve(x, name=f"stage{number}_pool", pooling=pooling)
        if dropout:
            x = keras.layers.Dropout(dropout, name=f"stage{number}_dropout")(x)
    x = _head(x, head)
    x = hidden_layers(
        x,
        context,
        hidden=hidden,
        activation=activation,
        batch_normalization=batch_normalization,
        dropout=dropout,
    )
    return keras.Model(image, logits(x, context), name="cnn")


def _head(x: keras.KerasTensor, head: str) -> keras.KerasTensor:
    if head == "global_average":
        return keras.layers.GlobalAveragePooling2D(name="head_pool")(x)
    return keras.layers.Flatten(name="flatten")(x)
