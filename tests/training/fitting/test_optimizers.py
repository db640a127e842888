"""Learning-rate schedules, by values worked out by hand."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import TypeAdapter

from training.fitting.optimizers import ScheduledRate, build_optimizer
from training.recipe import Fit, Optimizer, Schedule

EPOCHS, STEPS = 10, 20


def rates(steps: list[int], **schedule: Any) -> list[float]:
    parsed: Any = TypeAdapter(Schedule).validate_python(schedule)
    rate = ScheduledRate(0.1, parsed, EPOCHS, STEPS)
    return [float(rate(step)) for step in steps]


@pytest.mark.parametrize(
    ("schedule", "steps", "expected"),
    [
        ({"name": "constant"}, [0, 199], [0.1, 0.1]),
        ({"name": "constant", "warmup_epochs": 1}, [0, 9, 19, 20], [0.005, 0.05, 0.1, 0.1]),
        ({"name": "step", "every_epochs": 4, "factor": 0.5}, [79, 80, 160], [0.1, 0.05, 0.025]),
        (
            {"name": "exponential", "decay": 0.5},
            [0, 10, 20, 40],
            [0.1, 0.1 * 0.5**0.5, 0.05, 0.025],
        ),
        ({"name": "cosine"}, [0, 100, 200], [0.1, 0.05, 0.0]),
        ({"name": "cosine", "final": 0.2}, [200, 999], [0.02, 0.02]),
        ({"name": "cosine", "warmup_epochs": 2}, [39, 40, 120, 200], [0.1, 0.1, 0.05, 0.0]),
        (
            {"name": "inverse_sqrt", "warmup_epochs": 2},
            [0, 19, 39, 40, 159],
            [0.0025, 0.05, 0.1, 0.1 * (40 / 41) ** 0.5, 0.05],
        ),
        (
            {"name": "inverse_sqrt", "warmup_epochs": 0.01},
            [0, 3],
            [0.1 * 0.2**0.5, 0.1 * 0.05**0.5],
        ),
        (
            {"name": "one_cycle", "start": 0.1, "peak_at": 0.5},
            [0, 50, 100, 150, 200],
            [0.01, 0.055, 0.1, 0.05, 0.0],
        ),
    ],
)
def test_schedules(schedule: dict[str, Any], steps: list[int], expected: list[float]) -> None:
    np.testing.assert_allclose(rates(steps, **schedule), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("options", "name", "attributes"),
    [
        ({"name": "sgd", "momentum": 0}, "SGD", {"momentum": 0.0, "nesterov": False}),
        ({"name": "sgd", "momentum": 0.8}, "SGD", {"momentum": 0.8}),
        (
            {"name": "sgd", "nesterov": True, "weight_decay": 0.1},
            "SGD",
            {"nesterov": True, "weight_decay": 0.1},
        ),
        ({"name": "adagrad"}, "Adagrad", {"initial_accumulator_value": 0.1, "weight_decay": None}),
        (
            {"name": "adagrad", "initial_accumulator_value": 0},
            "Adagrad",
            {"initial_accumulator_value": 0},
        ),
        ({"name": "rmsprop", "rho": 0.8}, "RMSprop", {"rho": 0.8}),
        ({"name": "adam", "beta_1": 0.8}, "Adam", {"beta_1": 0.8}),
        ({"name": "adamw", "weight_decay": 0.02}, "AdamW", {"weight_decay": 0.02}),
    ],
)
def test_optimizers_get_the_recipes_options(
    options: dict[str, Any], name: str, attributes: dict[str, Any]
) -> None:
    recipe_optimizer: Any = TypeAdapter(Optimizer).validate_python(options)
    optimizer = build_optimizer(Fit(optimizer=recipe_optimizer), steps_per_epoch=7)
    assert type(optimizer).__name__ == name
    assert {key: getattr(optimizer, key) for key in attributes} == attributes
    assert float(optimizer.learning_rate) == pytest.approx(recipe_optimizer.learning_rate)


def test_adagrad_of_some_rows_is_that_of_all_of_them() -> None:
    """Of a table, rows of which are looked up, some of them twice; from sums of 0."""
    ids, goals = np.array([3, 1, 3, 7]), np.random.default_rng(0).normal(size=(4, 5))
    first = np.random.default_rng(1).normal(size=(9, 5))
    own: Any = TypeAdapter(Optimizer).validate_python(
        {"name": "adagrad", "learning_rate": 0.3, "initial_accumulator_value": 0}
    )
    ends = []
    for optimizer, whole in (
        (build_optimizer(Fit(optimizer=own), steps_per_epoch=7), False),
        (keras.optimizers.Adagrad(0.3, initial_accumulator_value=0), True),
    ):
        layer = keras.layers.Embedding(9, 5)
        model = keras.Sequential([keras.Input((), dtype="int32"), layer])
        layer.embeddings.assign(first)
        for _ in range(3):
            with tf.GradientTape() as tape:
                error = tf.reduce_mean(tf.square(model(ids) - goals))
            [gradient] = tape.gradient(error, model.trainable_variables)
            assert isinstance(gradient, tf.IndexedSlices)
            gradient = tf.convert_to_tensor(gradient) if whole else gradient
            optimizer.apply([gradient], model.trainable_variables)
        ends.append(layer.embeddings.numpy())
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-5)
    assert not np.allclose(ends[0][ids], first[ids])
    assert np.array_equal(np.delete(ends[0], ids, 0), np.delete(first, ids, 0).astype(np.float32))
