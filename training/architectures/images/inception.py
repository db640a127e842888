"""GoogLeNet (Szegedy et al. 2015, "Going Deeper with Convolutions", table 1).

Local response normalisation is left out, as in AlexNet. For images below 64 pixels the beginning,
which divides the size by eight, becomes one 3x3 convolution of 192 filters. The auxiliary
classifiers (section 5) are further outputs while the network trains; saved is the first alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras

from training.architectures.images import NetworkContext
from training.architectures.layers import (
    conv_block,
    dense_block,
    halve,
    image_input,
    is_small,
    logits,
)


class Module(NamedTuple):
    """Filters of one inception module, in the columns of table 1."""

    name: str
    one: int
    three_reduce: int
    three: int
    five_reduce: int
    five: int
    pool: int


MODULES = (
    (
        Module("inception3a", 64, 96, 128, 16, 32, 32),
        Module("inception3b", 128, 128, 192, 32, 96, 64),
    ),
    (
        Module("inception4a", 192, 96, 208, 16, 48, 64),
        Module("inception4b", 160, 112, 224, 24, 64, 64),
        Module("inception4c", 128, 128, 256, 24, 64, 64),
        Module("inception4d", 112, 144, 288, 32, 64, 64),
        Module("inception4e", 256, 160, 320, 32, 128, 128),
    ),
    (
        Module("inception5a", 256, 160, 320, 32, 128, 128),
        Module("inception5b", 384, 192, 384, 48, 128, 128),
    ),
)
AUXILIARY_AFTER = ("inception4a", "inception4d")
AUXILIARY_DROPOUT = 0.7


def build_inception(
    context: NetworkContext,
    *,
    activation: str = "relu",
    batch_normalization: bool = True,
    dropout: float = 0.4,
    auxiliary_heads: bool = True,
) -> keras.Model:
    """Builds GoogLeNet.

    Args:
        context: Shapes, classes, pixel statistics and penalties.
        activation: After each convolution.
        batch_normalization: Whether to normalise before each activation.
        dropout: Share dropped before the last layer, 0 to 1.
        auxiliary_heads: Whether two classifiers in the middle help the gradient while training.

    Returns:
        uint8 images `[batch, height, width, channels]` to logits `[batch, classes]`; with auxiliary
        heads to three of them, the network's own first.
    """
    block: dict[str, Any] = {"activation": activation, "batch_normalization": batch_normalization}
    image, x = image_input(context)
    x = _stem(x, context, block)
    heads = []
    for number, modules in enumerate(MODULES, start=3):
        for module in modules:
            x = _module(x, context, module, block)
            if auxiliary_heads and module.name in AUXILIARY_AFTER:
                heads.append(_auxiliary_head(x, context, module.name, activation))
        if number < 5:
            x = halve(x, name=f"pool{number}", overlapping=True)
    x = keras.layers.GlobalAveragePooling2D(name="head_pool")(x)
    if dropout:
        x = keras.layers.Dropout(dropout, name="head_dropout")(x)
    outputs = [logits(x, context), *heads]
    return keras.Model(image, outputs if heads else outputs[0], name="inception")


def _stem(
    x: keras.KerasTensor, context: NetworkContext, block: dict[str, Any]
) -> keras.KerasTensor:
    if is_small(context):
        return conv_block(x, context, filters=192, name="conv2", **block)
    x = conv_block(x, context, filters=64, kernel_size=7, strides=2, name="conv1", **block)
    x = halve(x, name="pool1", overlapping=True)
    x = conv_block(x, context, filters=64, kernel_size=1, name="conv2_reduce", **block)
    x = conv_block(x, context, filters=192, name="conv2", **block)
    return halve(x, name="pool2", overlapping=True)


def _module(
    x: keras.KerasTensor, context: NetworkContext, module: Module, block: dict[str, Any]
) -> keras.KerasTensor:
    """Four branches side by side, joined along the channels (figure 2b)."""

    def convolution(
        inputs: keras.KerasTensor, filters: int, kernel_size: int, name: str
    ) -> keras.KerasTensor:
        return conv_block(
            inputs,
            context,
            filters=filters,
            kernel_size=kernel_size,
            name=f"{module.name}_{name}",
            **block,
        )

    one = convolution(x, module.one, 1, "1x1")
    three = convolution(
        convolution(x, module.three_reduce, 1, "3x3_reduce"), module.three, 3, "3x3"
    )
    five = convolution(convolution(x, module.five_reduce, 1, "5x5_reduce"), module.five, 5, "5x5")
    pooled = keras.layers.MaxPooling2D(3, 1, padding="same", name=f"{module.name}_pool")(x)
    pool = convolution(pooled, module.pool, 1, "pool_projection")
    return keras.layers.Concatenate(name=f"{module.name}_join")([one, three, five, pool])


def _auxiliary_head(
    x: keras.KerasTensor, context: NetworkContext, after: str, activation: str
) -> keras.KerasTensor:
    name = f"auxiliary_{after}"
    size = min(5, *x.shape[1:3])
    x = keras.layers.AveragePooling2D(size, min(3, size), name=f"{name}_pool")(x)
    x = conv_block(
        x, context, filters=128, kernel_size=1, activation=activation, batch_normalization=False,
        name=f"{name}_conv",
    )  # fmt: skip
    x = dense_block(
        keras.layers.Flatten(name=f"{name}_flatten")(x),
        context,
        units=1024,
        activation=activation,
        batch_normalization=False,
        dropout=AUXILIARY_DROPOUT,
        name=name,
    )
    return logits(x, context, name=f"{name}_logits")
