from __future__ import annotations

import io

import keras
import numpy as np
import pytest
from rich.console import Console

from training.classification.losses import (
    build_accuracy,
    build_loss,
    stack_heads,
    without_auxiliary_heads,
)
from training.data.catalogue import load_dataset
from training.fitting.fit import fit
from training.fitting.progress import Progress
from training.recipe import Fit
from training.recipe.loading import load_recipe


def test_auxiliary_heads_count_for_three_tenths() -> None:
    # Of four classes, a head that knows nothing loses log 4, one that is sure and right nothing.
    targets = np.eye(4, dtype=np.float32)[[2]]
    sure, ignorant = np.array([0.0, 0.0, 1000.0, 0.0]), np.zeros(4)
    loss = build_loss(3, Fit())
    for heads, expected in [
        ([ignorant, sure, sure], np.log(4)),
        ([sure, ignorant, ignorant], 0.6 * np.log(4)),
        ([ignorant, ignorant, sure], 1.3 * np.log(4)),
    ]:
        stacked = np.stack(heads)[np.newaxis].astype(np.float32)
        assert float(loss(targets, stacked)) == pytest.approx(expected, abs=1e-5)


def test_parts_that_learn_for_themselves_count_in_full() -> None:
    targets = np.eye(4, dtype=np.float32)[[2]]
    loss = build_loss(3, Fit(), auxiliary_weight=1)
    assert float(loss(targets, np.zeros((1, 3, 4)))) == pytest.approx(3 * np.log(4))


def test_the_squared_error_is_that_of_the_probabilities() -> None:
    # Of four classes all equally likely: 9/16 for the true one, 1/16 for each of the others.
    targets = np.eye(4, dtype=np.float32)[[2]]
    fit = Fit(loss="mean_squared_error")
    assert float(build_loss(1, fit)(targets, np.zeros((1, 4)))) == pytest.approx(0.75)
    assert float(build_loss(3, fit)(targets, np.zeros((1, 3, 4)))) == pytest.approx(0.75 * 1.6)
    smooth = fit.model_copy(update={"label_smoothing": 1 / 3})
    sure = np.array([[0.0, 0.0, 1000.0, 0.0]], np.float32)
    # The target is 3/4 for the true one, 1/12 for each of the others.
    assert float(build_loss(1, smooth)(targets, sure)) == pytest.approx(1 / 16 + 3 / 144)


def test_the_accuracy_is_that_of_the_first_head() -> None:
    accuracy = build_accuracy(2)
    right, wrong = [0.0, 1.0], [1.0, 0.0]
    accuracy.update_state(np.array([[0.0, 1.0]] * 2), np.array([[right, wrong], [wrong, right]]))
    assert float(accuracy.result()) == 0.5


def test_a_network_with_heads_trains_and_is_left_with_one() -> None:
    recipe = load_recipe("digits-mlp", {"fit.epochs": 2, "augment": {}})
    dataset = load_dataset(recipe.data)
    image = keras.Input((8, 8, 1), dtype="uint8", name="image")
    hidden = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    outputs = [keras.layers.Dense(10, name=name)(hidden) for name in ("logits", "auxiliary")]
    network = keras.Model(image, outputs)
    before = [weight.numpy() for weight in network.trainable_weights]
    result = fit(
        network, recipe, dataset, progress=Progress(Console(file=io.StringIO()), quiet=True)
    )
    assert set(result.history[0]) >= {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert not any(
        np.array_equal(old, new.numpy())
        for old, new in zip(before, network.trainable_weights, strict=True)
    )
    served = without_auxiliary_heads(network)
    x = dataset.test.images[:3]
    assert len(served.outputs) == 1
    assert served.count_params() == 650
    assert np.array_equal(served(x), network(x)[0])


def test_one_head_is_left_alone() -> None:
    image = keras.Input((2,))
    network = keras.Model(image, keras.layers.Dense(3)(image))
    assert without_auxiliary_heads(network) is network
    assert stack_heads(network.outputs[0]) is network.outputs[0]
