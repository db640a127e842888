"""What an optimizer's steps do to weights, by numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from pydantic import TypeAdapter

from models.card import ImageInput
from training.architectures.normalization import BatchNormalization
from training.data.images.image_split import ImageDataset, ImageSplit
from training.fitting.callbacks import AveragedWeights, BestWeights
from training.fitting.fit import compile_training_model
from training.fitting.optimizers import build_optimizer
from training.recipe import EarlyStopping, Fit, Optimizer
from training.recipe.loading import load_recipe
from training.tasks import task_of


def optimizer_of(options: dict[str, Any], **fit: Any) -> keras.Optimizer:
    optimizer: Any = TypeAdapter(Optimizer).validate_python(options)
    return build_optimizer(Fit(optimizer=optimizer, **fit), steps_per_epoch=7)


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_weights_decay_and_neither_biases_nor_scales_do(name: str) -> None:
    """By 0.1 times the learning rate of 0.5 in each step, where the gradient is 0."""
    x = keras.Input((4, 4, 3))
    y = keras.layers.Conv2D(4, 1, name="convolution")(x)
    y = BatchNormalization(name="batch")(y)
    y = keras.layers.LayerNormalization(name="layer")(y)
    y = keras.layers.GlobalAveragePooling2D()(y)
    model = keras.Model(x, keras.layers.Dense(2, name="dense")(y))
    for weight in model.trainable_variables:
        weight.assign(np.full(weight.shape, 2.0))
    optimizer = optimizer_of({"name": name, "learning_rate": 0.5, "weight_decay": 0.1})
    optimizer.build(model.trainable_variables)
    optimizer.apply([keras.ops.zeros_like(w) for w in model.trainable_variables])
    left = {weight.path: float(np.ravel(weight.numpy())[0]) for weight in model.trainable_variables}
    kernels = {path for path in left if path.endswith("kernel")}
    assert len(kernels) == 2
    assert [left[path] for path in kernels] == pytest.approx([1.9, 1.9])
    assert {left[path] for path in left.keys() - kernels} == {2.0}
    assert {path.rpartition("/")[2] for path in left} == {"kernel", "bias", "gamma", "beta"}


def test_gradients_are_shortened_all_together() -> None:
    """A gradient of (3, 4) is 5 long; at most 1, it is (0.6, 0.8)."""
    weights = [keras.Variable([0.0]), keras.Variable([0.0])]
    optimizer = optimizer_of({"name": "sgd", "learning_rate": 1, "momentum": 0}, clip_norm=1)
    optimizer.build(weights)
    optimizer.apply([keras.ops.array([3.0]), keras.ops.array([4.0])])
    assert [float(weight[0]) for weight in weights] == pytest.approx([-0.6, -0.8])


def averaged_model() -> keras.Model:
    """A weight that went from 0 to -1 and -2; its average went to -1 and half way to -2."""
    x = keras.Input((1,))
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Model(x, layer(x))
    model.compile(optimizer_of({"name": "sgd", "learning_rate": 1, "momentum": 0}, ema=0.5), "mse")
    model.optimizer.build(model.trainable_variables)
    for _ in range(2):
        model.optimizer.apply([keras.ops.ones((1, 1))])
    return model


def test_validation_measures_the_average_and_training_goes_on_with_the_weights() -> None:
    model, averages = averaged_model(), AveragedWeights()
    averages.set_model(model)
    [weight] = model.trainable_variables
    assert float(weight[0, 0]) == -2
    averages.on_test_begin()
    assert float(weight[0, 0]) == -1.5
    averages.on_test_end()
    assert float(weight[0, 0]) == -2


def test_the_weights_that_are_kept_are_those_that_were_measured() -> None:
    best, model = BestWeights(EarlyStopping()), averaged_model()
    best.set_model(model)
    best.on_epoch_end(0, {"val_loss": 1.0})
    assert [float(weight[0, 0]) for weight in best.weights] == [-1.5]


def test_a_schedule_counts_in_epochs_of_the_trainings_batches() -> None:
    """Halved over an epoch of 4 batches, so after 4 steps and after 8."""
    split = ImageSplit(np.zeros((8, 1, 1, 1), np.uint8), np.arange(8) % 2)
    spec = ImageInput(height=1, width=1, mode="L")
    dataset = ImageDataset("x", ("a", "b"), spec, "", "", split, split, split)
    changes = {
        "augment": {},
        "fit.optimizer": {"name": "sgd", "learning_rate": 0.8},
        "fit.schedule": {"name": "exponential", "decay": 0.5},
    }
    recipe = load_recipe("digits-mlp", changes)
    network = task_of(recipe).build_network(recipe, dataset)
    optimizer = compile_training_model(network, recipe, dataset, steps_per_epoch=4).optimizer
    rates = []
    for step in (0, 4, 8):
        optimizer.iterations.assign(step)
        rates.append(float(keras.ops.convert_to_numpy(optimizer.learning_rate)))
    assert rates == pytest.approx([0.8, 0.4, 0.2])
