"""The network for tables, its features and its measures, worked out by hand."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from training.architectures.options import TableMlpOptions
from training.architectures.tables import (
    TableContext,
    TableFeatures,
    build_table_mlp,
    build_table_network,
)
from training.classification.scores import classification_sections
from training.tasks.tabular.data.table_dataset import statistics
from training.tasks.tabular.metrics import regression_metrics
from training.tasks.tabular.permutation_importance import permutation_importance
from training.tasks.tabular.report import importance_section

NAN = float("nan")
# A number, a category of three, a number with missing values.
CONTEXT = TableContext((0, 3, 0), (10.0, 0.0, 4.0), (2.0, 1.0, 0.5), (False, True, True), outputs=2)
ROWS = np.array([[12, 1, 4.5], [8, 0, NAN], [NAN, NAN, 3], [10, 7, 4]], np.float32)


def features() -> TableFeatures:
    return TableFeatures(CONTEXT.categories, CONTEXT.means, CONTEXT.deviations, CONTEXT.missing)


def options(**values: Any) -> TableMlpOptions:
    return TableMlpOptions(architecture="mlp", **values)


def test_features_are_standardised_flagged_and_one_hot() -> None:
    expected = [
        # first and third number; the third is missing; the category
        [1, 1, 0, 0, 1, 0],
        [-1, 0, 1, 1, 0, 0],
        [0, -2, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ]
    layer = features()
    assert np.asarray(layer(ROWS)).tolist() == expected
    assert layer.compute_output_shape((None, 3)) == (None, 6)
    again = TableFeatures.from_config(layer.get_config())
    assert np.asarray(again(ROWS)).tolist() == expected


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_numbers_of_any_size_are_standardised(scale: float) -> None:
    column = (np.random.default_rng(0).normal(3, 2, 500) * scale).astype(np.float32)
    told = statistics(column)
    layer = TableFeatures((0,), (told.mean,), (told.deviation,), (False,))
    standardised = np.asarray(layer(column[:, np.newaxis]))
    assert standardised.mean() == pytest.approx(0, abs=1e-4)
    assert standardised.std() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("column", [[7.1] * 9, [0.0] * 9, [NAN] * 9, [1e-35, 2e-35]])
def test_what_does_not_vary_is_not_divided_by(column: list[float]) -> None:
    assert statistics(np.array(column, np.float32)).deviation == 1


def test_options_and_builder_have_the_same_arguments_and_defaults() -> None:
    parameters = inspect.signature(build_table_mlp).parameters
    expected = {
        name: list(p.default) if isinstance(p.default, tuple) else p.default
        for name, p in parameters.items()
        if name != "context"
    }
    assert options().model_dump(exclude={"architecture"}) == expected


@pytest.mark.parametrize(
    ("model", "count"),
    [
        (options(hidden=[]), 6 * 2 + 2),  # logistic regression
        (options(hidden=[5]), 6 * 5 + 5 + 5 * 2 + 2),
        (options(hidden=[5, 4], batch_normalization=True), 30 + 20 + 20 + 16 + 8 + 2),
    ],
)
def test_parameters(model: TableMlpOptions, count: int) -> None:
    network = build_table_network(model, CONTEXT)
    assert network.count_params() == count
    assert network.input_shape == (None, 3)
    outputs = network(ROWS, training=False)
    assert tuple(outputs.shape) == (4, 2)
    assert np.isfinite(outputs).all()


def test_a_saved_network_answers_the_same(tmp_path: Path) -> None:
    network = build_table_network(options(), CONTEXT)
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert np.array_equal(network(ROWS, training=False), loaded(ROWS, training=False))


def test_features_stay_float32_where_the_network_computes_in_16_bits() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = build_table_network(options(), CONTEXT)
    finally:
        keras.config.set_dtype_policy("float32")
    assert network.get_layer("features").output.dtype == "float32"
    assert network.get_layer("hidden1_dense").compute_dtype == "bfloat16"
    assert network.outputs[0].dtype == "float32"


def test_regression_metrics_worked_out_by_hand() -> None:
    metrics = regression_metrics(np.array([1.0, 2, 6]), np.array([1.0, 4, 4]))
    assert metrics["mean_squared_error"] == metrics["loss"] == pytest.approx(8 / 3)
    assert metrics["root_mean_squared_error"] == pytest.approx((8 / 3) ** 0.5)
    assert metrics["mean_absolute_error"] == pytest.approx(4 / 3)
    # The mean is 3: squares of 4, 1 and 1.
    assert metrics["baseline_root_mean_squared_error"] == pytest.approx(2**0.5)
    assert metrics["r2"] == pytest.approx(1 - 8 / 6)
    assert "r2" not in regression_metrics(np.array([1.0]), np.array([2.0]))


def test_only_columns_that_are_used_are_important() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(3000, 3)).astype(np.float32)
    targets = 2 * rows[:, 0] + rows[:, 1]

    def error(rows: Any, targets: Any) -> float:
        return float(np.mean(np.square(2 * rows[:, 0] + rows[:, 1] - targets)))

    first, second, unused = permutation_importance(error, rows, targets).mean(axis=0)
    # Shuffled, a column of variance 1 is off by twice its variance, times its weight squared.
    assert first == pytest.approx(8, rel=0.1)
    assert second == pytest.approx(2, rel=0.1)
    assert unused == 0


def test_figures_take_names_of_any_kind() -> None:
    """Markup, broken mathematics, other scripts and very long ones; a warning would be an error."""
    names = ["年齢", r"a$b$\frac{", "<script>x\x00", "ü" * 100]
    figure = importance_section(names, np.ones((5, 4)), "the loss").body
    assert "年齢" in figure
    assert "<script>" not in figure
    assert "\x00" not in figure
    assert "ü" * 41 not in figure
    sections = classification_sections(("<b>年", r"a$\frac{$"), np.eye(2), np.array([0, 1]))
    assert not any("<b>" in section.body for section in sections)
