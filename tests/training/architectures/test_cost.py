from __future__ import annotations

import keras
import pytest

from tests.helpers.image_networks import context, options
from training.architectures.cost import multiply_adds, trainable_parameters
from training.architectures.images import build_network
from training.architectures.options import ModelOptions


def test_worked_out_by_hand() -> None:
    image = keras.Input((6, 4, 3))
    x = keras.layers.Conv2D(8, 3, padding="same", strides=2)(image)  # 3x2 places
    x = keras.layers.Conv2D(8, 1, groups=4)(x)
    network = keras.Model(image, keras.layers.Dense(5)(keras.layers.Flatten()(x)))
    assert multiply_adds(network) == 6 * 9 * 3 * 8 + 6 * 8 * 2 + 48 * 5
    assert trainable_parameters(network) == (216 + 8) + (16 + 8) + (240 + 5)


# Weights and biases; where a paper rounds, the count of its own code.
@pytest.mark.parametrize(
    ("model", "size", "classes", "count", "billions"),
    [
        # He et al. 2016, tables 1 and 6: 25.6 M, 0.27 M and 0.46 M
        (options("resnet", depth=50), 224, 1000, 25_557_032, 3.8),
        (options("resnet", depth=20), 32, 10, 269_722, 0.0406),
        (options("resnet", depth=32), 32, 10, 464_154, 0.0689),
        # 60 M, 138 M and about 7 M
        (options("alexnet", batch_normalization=False), 224, 1000, 60_965_224, None),
        pytest.param(
            options("vgg", depth=16, batch_normalization=False),
            224,
            1000,
            138_357_544,
            15.5,
            marks=pytest.mark.slow,
        ),
        (
            options("inception", batch_normalization=False, auxiliary_heads=False),
            224,
            1000,
            6_998_552,
            None,
        ),
        # Sandler et al. 2018, table 4
        (options("pretrained", weights="none"), 224, 1000, None, 0.3),
    ],
)
def test_the_papers_figures(
    model: ModelOptions, size: int, classes: int, count: int | None, billions: float | None
) -> None:
    network = build_network(model, context((size, size, 3), classes))
    assert count is None or trainable_parameters(network) == count
    if billions is not None:
        assert multiply_adds(network) == pytest.approx(billions * 1e9, rel=0.02)
