"""The network of airbench94 (Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU").

After Page's ResNet-9 for speed on small images: a 2x2 convolution, then groups that pool after
their first convolution, so that most of the work is done on few pixels. An image takes about three
times the work of ResNet-20, in layers wide enough to keep a processor's vector units busy, and far
fewer epochs are needed.

As in the paper, but for these: the first convolution is learned and not set to whiten patches; ReLU
in place of GELU, which costs more time than the convolutions where no kernel fuses it; the usual
initialisation, and scales that are learned in the normalisation.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras

from training.architectures.images import NetworkContext
from training.architectures.layers import (
    conv_block,
    convolution,
    halve,
    image_input,
    initializer,
    logits,
    normalised,
    penalty,
)

STEM_FILTERS = 24
# Logits that begin small: the last layer's input is divided by this.
LOGITS_DIVISOR = 9


def build_airbench(
    context: NetworkContext,
    *,
    filters: Sequence[int] = (64, 256, 256),
    activation: str = "relu",
    dropout: float = 0.0,
) -> keras.Model:
    """Builds the network.

    Args:
        context: Shapes, classes, pixel statistics and penalties.
        filters: Of each group of two 3x3 convolutions; every group halves the size.
        activation: After each convolution.
        dropout: Share dropped before the last layer, 0 to 1.

    Returns:
        uint8 images `[batch, height, width, channels]` to logits `[batch, classes]`.
    """
    image, x = image_input(context)
    x = keras.layers.Conv2D(
        STEM_FILTERS,
        2,
        padding="valid" if min(context.input_shape[:2]) > 1 else "same",
        kernel_initializer=initializer(activation),
        kernel_regularizer=penalty(context),
        name="stem",
    )(x)
    x = keras.layers.Activation(activation, name="stem_activation")(x)
    for number, count in enumerate(filters, start=1):
        name = f"group{number}"
        x = convolution(x, context, filters=count, name=f"{name}_conv1")
        x = halve(x, name=f"{name}_pool")
        x = normalised(x, activation, name=f"{name}_conv1")
        x = conv_block(x, context, filters=count, activation=activation, name=f"{name}_conv2")
    x = keras.layers.GlobalMaxPooling2D(name="head_pool")(x)
    x = keras.layers.Rescaling(1 / LOGITS_DIVISOR, name="head_scale")(x)
    if dropout:
        x = keras.layers.Dropout(dropout, name="head_dropout")(x)
    return keras.Model(image, logits(x, context), name="airbench")
