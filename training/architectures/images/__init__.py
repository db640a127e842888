"""The networks: one family per file, each a function that returns a Functional Keras model.

Every network takes uint8 images `[batch, height, width, channels]` and returns float32 logits
`[batch, classes]`; scaling the input is its own first layer. A network may have further outputs of
the same kind, auxiliary heads, which help while it trains and are dropped afterwards.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training.architectures.options import ModelOptions

if TYPE_CHECKING:
    import keras

# architecture -> its builder, imported when it is needed
BUILDERS = {
    "mlp": ("training.architectures.images.mlp", "build_mlp"),
    "cnn": ("training.architectures.images.cnn", "build_cnn"),
    "alexnet": ("training.architectures.images.alexnet", "build_alexnet"),
    "vgg": ("training.architectures.images.vgg", "build_vgg"),
    "inception": ("training.architectures.images.inception", "build_inception"),
    "airbench": ("training.architectures.images.airbench", "build_airbench"),
    "resnet": ("training.architectures.images.resnet", "build_resnet"),
    "pretrained": ("training.architectures.images.pretrained", "build_pretrained"),
}


@dataclass(frozen=True)
class NetworkContext:
    """What a builder needs beside its own options.

    Attributes:
        input_shape: `(height, width, channels)`.
        classes: Number of logits.
        pixel_mean: Mean of the training images for each channel, 0 to 255.
        pixel_variance: Variance of the same.
        l1: L1 penalty on every kernel.
        l2: L2 penalty on every kernel.
    """

    input_shape: tuple[int, int, int]
    classes: int
    pixel_mean: tuple[float, ...]
    pixel_variance: tuple[float, ...]
    l1: float = 0.0
    l2: float = 0.0


def build_network(options: ModelOptions, context: NetworkContext) -> keras.Model:
    """Builds the network that a recipe's `model` section describes."""
    module, function = BUILDERS[options.architecture]
    builder = getattr(importlib.import_module(module), function)
    arguments: dict[str, Any] = options.model_dump(exclude={"architecture"})
    network: keras.Model = builder(context, **arguments)
    return network
