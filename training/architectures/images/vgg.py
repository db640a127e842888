"""VGG networks (Simonyan and Zisserman 2015): 3x3 convolutions, five stages, dense layers.

For images below 64 pixels the two dense layers of 4,096 units, which hold nine tenths of the
weights and see a single pixel there, become one of 512.
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

# depth -> convolutions in each stage (table 1, configurations A, B, D and E)
DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
FILTERS = (64, 128, 256, 512, 512)
HIDDEN, SMALL_HIDDEN = (4096, 4096), (512,)


def build_vgg(
    context: NetworkContext,
    *,
    depth: int = 16,
    hidden: Sequence[int] | None = None,
    activation: str = "relu",
    batch_normalization: bool = True,
    dropout: float = 0.5,
) -> keras.Model:
    """Builds a VGG network.

    Args:
        context: Shapes, classes, pixel statistics and penalties.
        depth: 11, 13, 16 or 19 layers with weights.
        hidden: Units of the dense layers, or None for the sizes above.
        activation: After each convolution and dense layer.
        batch_normalization: Not in the paper, and what makes 16 and 19 train from the start.
        dropout: Share dropped after each dense layer, 0 to 1.

    Returns:
        uint8 images `[batch, height, width, channels]` to logits `[batch, classes]`.
    """
    image, x = image_input(context)
    for stage, (count, filters) in enumerate(zip(DEPTHS[depth], FILTERS, strict=True), start=1):
        for index in range(1, count + 1):
            x = conv_block(
                x,
                context,
                filters=filters,
                activation=activation,
                batch_normalization=batch_normalization,
                name=f"stage{stage}_conv{index}",
            )
        x = halve(x, name=f"stage{stage}_pool")
    x = keras.layers.Flatten(name="flatten")(x)
    if hidden is None:
        hidden = SMALL_HIDDEN if is_small(context) else HIDDEN
    x = hidden_layers(
        x,
        context,
        hidden=hidden,
        activation=activation,
        batch_normalization=False,
        dropout=dropout,
    )
    return keras.Model(image, logits(x, context), name=f"vgg{depth}")
