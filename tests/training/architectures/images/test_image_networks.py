"""Every architecture goes through one table: shapes, parameters, learning, saving."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest

from tests.helpers.image_networks import context, images, options
from training.architectures.images import BUILDERS, build_network
from training.architectures.options import Activation, ModelOptions

# What starts from weights, and needs room for them, has
# tests/training/architectures/images/test_pretrained.py.
FROM_SCRATCH = [name for name in BUILDERS if name != "pretrained"]
# Small enough for a test, where the defaults are not; dropout off where weights must all move.
SMALL: dict[str, dict[str, Any]] = {
    "alexnet": {"hidden": [16]},
    "vgg": {"depth": 11, "hidden": [16]},
    "inception": {},
    "airbench": {"filters": [8, 16]},
    "resnet": {"depth": 20},
}

# airbench divides what its last layer sees, and takes larger steps, and more of them.
LEARNING_RATES = {"airbench": 0.5}
STEPS = {"airbench": 8}


def small(architecture: str, **values: Any) -> ModelOptions:
    return options(architecture, **{**SMALL.get(architecture, {}), **values})


@pytest.fixture(scope="module", params=FROM_SCRATCH)
def built(request: pytest.FixtureRequest) -> keras.Model:
    """A network of each architecture; read it, do not change it."""
    return build_network(small(request.param), context())


def first(outputs: Any) -> Any:
    """The network's own logits, whatever auxiliary heads there are."""
    return outputs[0] if isinstance(outputs, list) else outputs


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


@pytest.mark.slow
@pytest.mark.parametrize("architecture", FROM_SCRATCH)
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 31, 3)])
def test_shapes_of_any_size(architecture: str, shape: tuple[int, int, int]) -> None:
    network = build_network(small(architecture), context(shape, classes=3))
    assert network.input_shape == (None, *shape)
    assert network.inputs[0].dtype == "uint8"
    outputs = network(images(shape, 5), training=False)
    for logits in outputs if isinstance(outputs, list) else [outputs]:
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
    (
        options("airbench", filters=[4]),
        (4 * 24 + 24) + (9 * 24 * 4 + 16) + (9 * 4 * 4 + 16) + (4 * 10 + 10),
    ),
]


@pytest.mark.parametrize(("model", "count"), PARAMETERS)
def test_parameters(model: ModelOptions, count: int) -> None:
    network = build_network(model, context())
    assert network.count_params() == count


def test_auxiliary_heads_are_further_outputs() -> None:
    network = build_network(options("inception"), context())
    assert [output.shape for output in network.outputs] == [(None, 10)] * 3


@pytest.mark.parametrize(
    "architecture",
    [
        pytest.param(name, marks=pytest.mark.slow) if name == "inception" else name
        for name in FROM_SCRATCH
    ],
)
def test_training_lowers_the_loss_and_reaches_every_weight(architecture: str) -> None:
    keras.utils.set_random_seed(0)
    network = build_network(small(architecture, dropout=0.0), context(classes=3))
    before = [weight.numpy().copy() for weight in network.trainable_weights]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rate = LEARNING_RATES.get(architecture, 0.02)
    optimizer = keras.optimizers.SGD(rate, momentum=0.9)
    # A few steps take less long than to trace one.
    network.compile(optimizer, [loss] * len(network.outputs), run_eagerly=True)
    x, y = images((8, 8, 1), 12), np.arange(12) % 3
    targets = [y] * len(network.outputs)
    steps = STEPS.get(architecture, 4)
    losses = [np.ravel(network.train_on_batch(x, targets))[0] for _ in range(steps)]
    assert min(losses[1:]) < 0.8 * losses[0]
    for weight, old in zip(network.trainable_weights, before, strict=True):
        assert not np.array_equal(weight.numpy(), old), weight.path


@pytest.mark.slow
def test_a_saved_network_answers_the_same(built: keras.Model, tmp_path: Path) -> None:
    x = images((8, 8, 1))
    built.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert np.array_equal(first(built(x, training=False)), first(loaded(x, training=False)))


def test_the_input_is_normalised_by_the_training_images(built: keras.Model) -> None:
    normalization = built.get_layer("normalization")
    x = np.array([100, 130, 70], np.uint8).reshape(3, 1, 1, 1).repeat(8, 1).repeat(8, 2)
    assert normalization(x)[:, 0, 0, 0].numpy().tolist() == [0, 1, -1]


@pytest.mark.parametrize("architecture", FROM_SCRATCH)
def test_penalties_reach_every_kernel(architecture: str) -> None:
    network = build_network(small(architecture), context(l1=0.01, l2=0.02))
    kernels = [w for w in network.trainable_weights if w.path.endswith("kernel")]
    expected = sum(
        0.01 * np.abs(k.numpy()).sum() + 0.02 * np.square(k.numpy()).sum() for k in kernels
    )
    assert float(sum(network.losses)) == pytest.approx(float(expected), rel=1e-4)


def test_without_penalties_there_is_no_loss_of_its_own(built: keras.Model) -> None:
    assert built.losses == []


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
