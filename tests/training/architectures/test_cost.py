from __future__ import annotations

import keras
import pytest

from tests.helpers.image_networks import context, options
from training.architectures.cost import multiply_adds, trainable_parameters
from training.architectures.images import build_network


def test_worked_out_by_hand() -> None:
    image = keras.Input((6, 4, 3))
    x = keras.layers.Conv2D(8, 3, padding="same", strides=2)(image)  # 3x2 places
    x = keras.layers.Conv2D(8, 1, groups=4)(x)
    network = keras.Model(image, keras.layers.Dense(5)(keras.layers.Flatten()(x)))
    assert multiply_adds(network) == 6 * 9 * 3 * 8 + 6 * 8 * 2 + 48 * 5
    assert trainable_parameters(network) == (216 + 8) + (16 + 8) + (240 + 5)


@pytest.mark.parametrize(
    ("model", "size", "classes", "billions"),
    [
        (options("resnet", depth=50), 224, 1000, 3.8),  # He et al. 2016, table 1
        (options("resnet", depth=20), 32, 10, 0.0406),
        (options("pretrained", weights="none"), 224, 1000, 0.3),  # Sandler et al. 2018, table 4
        (options("vgg", depth=16, batch_normalization=False), 224, 1000, 15.5),
    ],
)
def test_the_papers_figures(model: object, size: int, classes: int, billions: float) -> None:
    network = build_network(model, context((size, size, 3), classes))  # type: ignore[arg-type]
    assert multiply_adds(network) == pytest.approx(billions * 1e9, rel=0.02)
