"""Residual networks (He et al. 2016, "Deep Residual Learning for Image Recognition").

Two families, as in the paper. Depths 20 to 110 are those of section 4.2 for small images: one 3x3
convolution, three stages of 16, 32 and 64 filters, shortcuts without parameters. Depths 18, 34 and
50 are those of table 1 for large ones, with projection shortcuts; for images below 64 pixels their
beginning (7x7 convolution and pooling, which divide the size by four) becomes one 3x3 convolution.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from training.architectures.images import NetworkContext
from training.architectures.layers import (
    conv_block,
    image_input,
    is_small,
    logits,
)

# depth -> blocks in each of the three stages of two convolutions: depth = 6n + 2
SMALL_DEPTHS = {20: 3, 32: 5, 44: 7, 56: 9, 110: 18}
SMALL_FILTERS = (16, 32, 64)
# depth -> blocks in each of the four stages, and whether they are bottlenecks
LARGE_DEPTHS = {18: ((2, 2, 2, 2), False), 34: ((3, 4, 6, 3), False), 50: ((3, 4, 6, 3), True)}
LARGE_FILTERS = (64, 128, 256, 512)
BOTTLENECK_EXPANSION = 4


def build_resnet(
    context: NetworkContext,
    *,
    depth: int = 20,
    width: float = 1.0,
    activation: str = "relu",
    dropout: float = 0.0,
) -> keras.Model:
    """Builds a residual network.

    Args:
        context: Shapes, classes, pixel statistics and penalties.
        depth: 20, 32, 44, 56 or 110 for small images; 18, 34 or 50 for large ones.
        width: Multiplies the filters of every layer (Zagoruyko and Komodakis 2016).
        activation: After each convolution and each addition.
        dropout: Share dropped before the last layer, 0 to 1.

    Returns:
        uint8 images `[batch, height, width, channels]` to logits `[batch, classes]`.
    """
    image, x = image_input(context)
    if depth in SMALL_DEPTHS:
        x = _small_stages(x, context, SMALL_DEPTHS[depth], width, activation)
    else:
        blocks, bottleneck = LARGE_DEPTHS[depth]
        x = _large_stages(x, context, blocks, bottleneck, width, activation)
    x = keras.layers.GlobalAveragePooling2D(name="head_pool")(x)
    if dropout:
        x = keras.layers.Dropout(dropout, name="head_dropout")(x)
    return keras.Model(image, logits(x, context), name=f"resnet{depth}")


def _small_stages(
    x: keras.KerasTensor, context: NetworkContext, blocks: int, width: float, activation: str
) -> keras.KerasTensor:
    x = conv_block(
        x, context, filters=_scaled(SMALL_FILTERS[0], width), activation=activation, name="stem"
    )
    for stage, filters in enumerate(SMALL_FILTERS, start=1):
        for block in range(1, blocks + 1):
            x = _basic_block(
                x,
                context,
                filters=_scaled(filters, width),
                strides=2 if stage > 1 and block == 1 else 1,
                projection=False,
                activation=activation,
                name=f"stage{stage}_block{block}",
            )
    return x


def _large_stages(
    x: keras.KerasTensor,
    context: NetworkContext,
    blocks: tuple[int, ...],
    bottleneck: bool,
    width: float,
    activation: str,
) -> keras.KerasTensor:
    stem: dict[str, Any] = {
        "filters": _scaled(LARGE_FILTERS[0], width),
        "activation": activation,
        "name": "stem",
    }
    if is_small(context):
        x = conv_block(x, context, **stem)
    else:
        x = conv_block(x, context, kernel_size=7, strides=2, **stem)
        x = keras.layers.MaxPooling2D(3, 2, padding="same", name="stem_pool")(x)
    build = _bottleneck_block if bottleneck else _basic_block
    for stage, (count, filters) in enumerate(zip(blocks, LARGE_FILTERS, strict=True), start=1):
        for block in range(1, count + 1):
            x = build(
                x,
                context,
                filters=_scaled(filters, width),
                strides=2 if stage > 1 and block == 1 else 1,
                projection=True,
                activation=activation,
                name=f"stage{stage}_block{block}",
            )
    return x


def _basic_block(
    x: keras.KerasTensor,
    context: NetworkContext,
    *,
    filters: int,
    strides: int,
    projection: bool,
    activation: str,
    name: str,
) -> keras.KerasTensor:
    """Two 3x3 convolutions and a shortcut around them (figure 5, left)."""
    y = conv_block(
        x, context, filters=filters, strides=strides, activation=activation, name=f"{name}_conv1"
    )
    y = conv_block(y, context, filters=filters, activation=None, name=f"{name}_conv2")
    shortcut = _shortcut(x, context, filters, strides, projection, name)
    total = keras.layers.Add(name=f"{name}_add")([shortcut, y])
    return keras.layers.Activation(activation, name=f"{name}_activation")(total)


def _bottleneck_block(
    x: keras.KerasTensor,
    context: NetworkContext,
    *,
    filters: int,
    strides: int,
    projection: bool,
    activation: str,
    name: str,
) -> keras.KerasTensor:
    """1x1, 3x3 and 1x1 convolutions and a shortcut around them (figure 5, right)."""
    wide = filters * BOTTLENECK_EXPANSION
    y = conv_block(
        x,
        context,
        filters=filters,
        kernel_size=1,
        strides=strides,
        activation=activation,
        name=f"{name}_conv1",
    )
    y = conv_block(y, context, filters=filters, activation=activation, name=f"{name}_conv2")
    y = conv_block(y, context, filters=wide, kernel_size=1, activation=None, name=f"{name}_conv3")
    shortcut = _shortcut(x, context, wide, strides, projection, name)
    total = keras.layers.Add(name=f"{name}_add")([shortcut, y])
    return keras.layers.Activation(activation, name=f"{name}_activation")(total)


def _shortcut(
    x: keras.KerasTensor,
    context: NetworkContext,
    filters: int,
    strides: int,
    projection: bool,
    name: str,
) -> keras.KerasTensor:
    """The identity, or option A (subsampled, zeros for the new channels) or B (projection)."""
    channels = x.shape[-1]
    if strides == 1 and channels == filters:
        return x
    if projection:
        return conv_block(
            x,
            context,
            filters=filters,
            kernel_size=1,
            strides=strides,
            activation=None,
            name=f"{name}_shortcut",
        )
    if strides > 1:
        x = keras.layers.MaxPooling2D(1, strides, padding="same", name=f"{name}_subsample")(x)
    before = (filters - channels) // 2
    after = filters - channels - before
    return ops.pad(x, ((0, 0), (0, 0), (0, 0), (before, after)))


def _scaled(filters: int, width: float) -> int:
    return max(1, round(filters * width))
