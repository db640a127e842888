"""Every architecture goes through one table: shapes, parameters, learning, saving."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest

from training.architectures import BUILDERS, NetworkContext, build_network
from training.architectures.options import Activation, CnnOptions, MlpOptions, ModelOptions

OPTIONS: dict[str, Any] = {"mlp": MlpOptions, "cnn": CnnOptions}


def context(
    shape: tuple[int, int, int] = (8, 8, 1), classes: int = 10, **penalties: float
) -> NetworkContext:
    channels = shape[2]
    return NetworkContext(shape, classes, (100.0,) * channels, (900.0,) * channels, **penalties)


def options(architecture: str, **values: Any) -> ModelOptions:
    made: ModelOptions = OPTIONS[architecture](architecture=architecture, **values)
    return made


def images(shape: tuple[int, int, int], count: int = 4) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).integers(0, 256, (count, *shape), dtype=np.uint8)


@pytest.mark.parametrize("architecture", BUILDERS)
def test_options_and_builder_have_the_same_arguments_and_defaults(architecture: str) -> None:
    module, function = BUILDERS[architecture]
    parameters = inspect.signature(getattr(importlib.import_module(module), function)).parameters
    expected = {
        name: list(p.default) if isinstance(p.default, tuple) else p.default
        for name, p in parameters.items()
        if name != "context"
    }
    assert options(architecture).model_dump(exclude={"architecture"}) == expected


@pytest.mark.parametrize("architecture", BUILDERS)
@pytest.mark.parametrize("shape", [(8, 8, 1), (1, 1, 1), (17, 5, 3), (2, 31, 3)])
def test_shapes_of_any_size(architecture: str, shape: tuple[int, int, int]) -> None:
    network = build_network(options(architecture), context(shape, classes=3))
    assert network.input_shape == (None, *shape)
    assert network.inputs[0].dtype == "uint8"
    logits = network(images(shape, 5), training=False)
    assert tuple(logits.shape) == (5, 3)
    assert logits.dtype == "float32"


# Counted by hand: weights, biases, and four numbers a channel of batch normalisation.
PARAMETERS = [
    (
        options("mlp", hidden=[16], batch_normalization=False),
        64 * 16 + 16 + 16 * 10 + 10,
    ),
    (
        options("mlp", hidden=[16, 8], batch_normalization=True),
        64 * 16 + 4 * 16 + 16 * 8 + 4 * 8 + 8 * 10 + 10,
    ),
    (
        options("cnn", filters=[4, 8], convolutions=1, hidden=[16], batch_normalization=False),
        (9 * 4 + 4) + (9 * 4 * 8 + 8) + (2 * 2 * 8 * 16 + 16) + (16 * 10 + 10),
    ),
    (
        options("cnn", filters=[4], convolutions=2, hidden=[], head="global_average"),
        (9 * 4 + 16) + (9 * 4 * 4 + 16) + (4 * 10 + 10),
    ),
]


@pytest.mark.parametrize(("model", "count"), PARAMETERS)
def test_parameters(model: ModelOptions, count: int) -> None:
    network = build_network(model, context())
    assert network.count_params() == count


@pytest.mark.parametrize("architecture", BUILDERS)
def test_training_lowers_the_loss_and_reaches_every_weight(architecture: str) -> None:
    keras.utils.set_random_seed(0)
    network = build_network(options(architecture, dropout=0.0), context(classes=3))
    before = [weight.numpy().copy() for weight in network.trainable_weights]
    network.compile(
        keras.optimizers.SGD(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    x, y = images((8, 8, 1), 24), np.arange(24) % 3
    losses = [network.train_on_batch(x, y) for _ in range(15)]
    assert losses[-1] < 0.7 * losses[0]
    for weight, old in zip(network.trainable_weights, before, strict=True):
        assert not np.array_equal(weight.numpy(), old), weight.path


@pytest.mark.parametrize("architecture", BUILDERS)
def test_a_saved_network_answers_the_same(architecture: str, tmp_path: Path) -> None:
    network = build_network(options(architecture), context())
    x = images((8, 8, 1))
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert np.array_equal(network(x, training=False), loaded(x, training=False))


@pytest.mark.parametrize("architecture", BUILDERS)
def test_the_input_is_normalised_by_the_training_images(architecture: str) -> None:
    network = build_network(options(architecture), context())
    normalization = network.get_layer("normalization")
    x = np.array([100, 130, 70], np.uint8).reshape(3, 1, 1, 1).repeat(8, 1).repeat(8, 2)
    assert normalization(x)[:, 0, 0, 0].numpy().tolist() == [0, 1, -1]


@pytest.mark.parametrize("architecture", BUILDERS)
def test_penalties_reach_every_kernel(architecture: str) -> None:
    network = build_network(options(architecture), context(l1=0.01, l2=0.02))
    kernels = [w for w in network.trainable_weights if w.path.endswith("kernel")]
    expected = sum(
        0.01 * np.abs(k.numpy()).sum() + 0.02 * np.square(k.numpy()).sum() for k in kernels
    )
    assert float(sum(network.losses)) == pytest.approx(float(expected), rel=1e-4)
    assert build_network(options(architecture), context()).losses == []


@pytest.mark.parametrize("activation", get_args(Activation))
def test_every_activation(activation: str) -> None:
    network = build_network(options("mlp", hidden=[8], activation=activation), context())
    assert np.isfinite(network(images((8, 8, 1)), training=False)).all()


def test_layer_names_are_stable() -> None:
    network = build_network(options("cnn", filters=[4], convolutions=1, hidden=[8]), context())
    assert [layer.name for layer in network.layers] == [
        "image",
        "normalization",
        "stage1_conv1",
        "stage1_conv1_normalization",
        "stage1_conv1_activation",
        "stage1_pool",
        "stage1_dropout",
        "flatten",
        "hidden1_dense",
        "hidden1_normalization",
        "hidden1_activation",
        "hidden1_dropout",
        "logits",
    ]
