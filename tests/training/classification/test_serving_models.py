"""What is exported decodes by itself: probabilities and numbers in the target's units."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from models.card import TableColumn, TableInput
from training.architectures.float32 import in_float32
from training.classification.serving import serving_classifier
from training.recipe.loading import load_recipe
from training.run.records import DataRecord, Examples, TargetRecord
from training.tasks.tabular.recipe import TabularRecipe
from training.tasks.tabular.task import TASK


def identity(width: int) -> keras.Model:
    x = keras.Input((width,))
    dense = keras.layers.Dense(width, kernel_initializer="identity", name="logits")
    return keras.Model(x, dense(x))


def test_a_classifier_divides_its_logits_by_the_temperature() -> None:
    """Nine to one at a temperature of 2 is three to one."""
    served = serving_classifier(identity(2), temperature=2.0)
    found = np.asarray(served(np.array([[0.0, math.log(9)]], np.float32))["probabilities"])
    np.testing.assert_allclose(found, [[0.25, 0.75]], rtol=1e-5)


def test_a_number_is_served_in_the_targets_units() -> None:
    data = DataRecord(
        name="x",
        examples=Examples(train=1, validation=1, test=1),
        fingerprint="",
        licence="",
        source="",
        labels=(),
        input=TableInput(columns=[TableColumn(name="x", type="number", missing=False)]),
        target=TargetRecord(name="y", kind="number", mean=40.0, deviation=10.0),
    )
    recipe = load_recipe("table-csv", {"data.path": "x.csv", "data.target_column": "y"})
    assert isinstance(recipe, TabularRecipe)
    served = TASK.serving_model(identity(1), recipe, data, temperature=1.0)
    found = np.asarray(served(np.array([[0.0], [1.5], [-1.0]], np.float32))["value"])
    assert found.ravel().tolist() == [40, 55, 30]


def test_a_network_of_16_bits_is_normalised_alike_in_32() -> None:
    x = keras.Input((2,))
    normalised = keras.layers.Normalization(dtype="mixed_bfloat16")
    normalised.adapt(np.array([[0.0, 10.0], [2.0, 30.0]], np.float32))
    served = in_float32(keras.Model(x, normalised(x)))
    found = np.asarray(served(np.array([[2.0, 10.0]], np.float32)))
    assert found.dtype == np.float32
    assert found.tolist() == [[pytest.approx(1), pytest.approx(-1)]]
