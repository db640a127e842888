"""What a network costs: its weights, and the multiplications and additions of one answer."""

from __future__ import annotations

import math

import keras


def multiply_adds(network: keras.Model) -> int:
    """Multiply-adds of one example, of the convolutions and dense layers, as papers count them.

    He et al. 2016, table 1, calls them FLOPs: 3.8 * 10^9 for ResNet-50 at 224x224.
    """
    return sum(_layer_cost(layer) for layer in network.layers)


def _layer_cost(layer: keras.Layer) -> int:
    if isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)):
        positions = math.prod(layer.output.shape[1:3])
    elif isinstance(layer, keras.layers.Dense):
        positions = math.prod(layer.output.shape[1:-1])
    else:
        return 0
    return int(positions * math.prod(layer.kernel.shape))


def trainable_parameters(network: keras.Model) -> int:
    """Weights that training changes."""
    return sum(math.prod(weight.shape) for weight in network.trainable_weights)
