"""The multi-layer perceptron (Rumelhart et al. 1986)."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from training.architectures.images import NetworkContext
from training.architectures.layers import hidden_layers, image_input, logits


def build_mlp(
    context: NetworkContext,
    *,
    hidden: Sequence[int] = (256, 128),
    activation: str = "relu",
    batch_normalization: bool = False,
    dropout: float = 0.2,
) -> keras.Model:
    """Builds a multi-layer perceptron.

    Args:
        context: Shapes, classes, pixel statistics and penalties.
        hidden: Units of each hidden layer.
        activation: After each hidden layer.
        batch_normalization: Whether to normalise before each activation.
        dropout: Share of units dropped after each hidden layer, 0 to 1.

    Returns:
        uint8 images `[batch, height, width, channels]` to logits `[batch, classes]`.
    """
    image, x = image_input(context)
    x = keras.layers.Flatten(name="flatten")(x)
    x = hidden_layers(
        x,
        context,
        hidden=hidden,
        activation=activation,
        batch_normalization=batch_normalization,
        dropout=dropout,
    )
    return keras.Model(image, logits(x, context), name="mlp")
