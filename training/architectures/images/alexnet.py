"""AlexNet (Krizhevsky et al. 2012, section 3.5): five convolutions, two of them large, three dense.

Local response normalisation is left out: it is what batch normalisation, an option here, replaced.
The two halves of the second, fourth and fifth convolution see only their half of the channels, as
on the paper's two GPUs. For images below 64 pixels the first convolution is 3x3 without a stride,
and the dense layers have 512 units: there is little for 4,096 to look at.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras

from training.architectures.images import NetworkContext
from training.architectures.layers import (
    conv_block,
    halve,
    hidden_layers,
    image_input,
    is_small,
    logits,
)

HIDDEN, SMALL_HIDDEN = (4096, 4096), (512, 512)


def build_alexnet(
    context: NetworkContext,
    *,
    hidden: Sequence[int] | None = None,
    activation: str = "relu",
    batch_normalization: bool = True,
    dropout: float = 0.5,
) -> keras.Model:
    """Builds AlexNet.

    Args:
        context: Shapes, classes, pixel statistics and penalties.
        hidden: Units of the two dense layers, or None for the sizes above.
        activation: After each convolution and dense layer.
        batch_normalization: Whether to normalise before the activations of the convolutions.
        dropout: Share dropped after each dense layer, 0 to 1.

    Returns:
        uint8 images `[batch, height, width, channels]` to logits `[batch, classes]`.
    """
    small = is_small(context)
    image, x = image_input(context)
    # filters, kernel size, stride, groups, pooling afterwards
    layers = (
        (96, 3 if small else 11, 1 if small else 4, 1, True),
        (256, 5, 1, 2, True),
        (384, 3, 1, 1, False),
        (384, 3, 1, 2, False),
        (256, 3, 1, 2, True),
    )
    for number, (filters, kernel_size, strides, groups, pool) in enumerate(layers, start=1):
        x = conv_block(
            x,
            context,
            filters=filters,
            kernel_size=kernel_size,
            strides=strides,
            groups=groups,
            activation=activation,
            batch_normalization=batch_normalization,
            name=f"conv{number}",
        )
        if pool:
            x = halve(x, name=f"pool{number}", overlapping=True)
    x = keras.layers.Flatten(name="flatten")(x)
    if hidden is None:
        hidden = SMALL_HIDDEN if small else HIDDEN
    x = hidden_layers(
        x,
        context,
        hidden=hidden,
        activation=activation,
        batch_normalization=False,
        dropout=dropout,
    )
    return keras.Model(image, logits(x, context), name="alexnet")
