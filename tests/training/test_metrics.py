from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import f1_score

from training.calibration import calibrated_probabilities, fit_temperature
from training.metrics import classification_metrics, expected_calibration_error, macro_f1


def test_metrics_worked_out_by_hand() -> None:
    probabilities = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.5, 0.2, 0.3], [0.1, 0.1, 0.8]])
    metrics = classification_metrics(probabilities, np.array([0, 1, 2, 2]))
    assert metrics["accuracy"] == 0.75
    assert metrics["loss"] == pytest.approx(-sum(map(math.log, (0.8, 0.6, 0.3, 0.8))) / 4)
    # F1: class 0 has one of two right (2/3), class 1 is perfect, class 2 misses one of two (2/3).
    assert metrics["macro_f1"] == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert "top_5_accuracy" not in metrics


@pytest.mark.parametrize("classes", [2, 3, 40])
def test_macro_f1_is_that_of_scikit_learn(classes: int) -> None:
    """Also where classes are never predicted, never true, or neither."""
    generator = np.random.default_rng(classes)
    for size in (1, 7, 500):
        labels = generator.integers(0, classes, size)
        predicted = np.where(generator.random(size) < 0.6, labels, classes - 1)
        expected = f1_score(labels, predicted, average="macro", zero_division=0)
        assert macro_f1(predicted, labels) == pytest.approx(expected, rel=1e-15)


def test_top_5() -> None:
    probabilities = np.array([[0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.05]] * 2)
    assert classification_metrics(probabilities, np.array([4, 6]))["top_5_accuracy"] == 0.5


def test_calibration_error_of_one_bin() -> None:
    # Ten answers of confidence 0.9, seven of them right: off by 0.2.
    probabilities = np.tile([0.9, 0.1], (10, 1))
    labels = np.array([0] * 7 + [1] * 3)
    assert expected_calibration_error(probabilities, labels) == pytest.approx(0.2)


def test_calibration_error_is_weighted_by_bins() -> None:
    probabilities = np.array([[0.9, 0.1]] * 3 + [[0.6, 0.4]])
    labels = np.array([0, 0, 0, 1])
    assert expected_calibration_error(probabilities, labels) == pytest.approx(
        0.75 * 0.1 + 0.25 * 0.6
    )


def test_perfect_and_certain_is_calibrated() -> None:
    assert expected_calibration_error(np.eye(4), np.arange(4)) == 0


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_data_is_found(true_temperature: float) -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 5)) * 2
    probabilities = calibrated_probabilities(logits, true_temperature)
    labels = np.array([random.choice(5, p=row) for row in probabilities])
    assert fit_temperature(logits, labels) == pytest.approx(true_temperature, rel=0.06)


def test_a_split_without_mistakes_gives_a_bounded_temperature() -> None:
    assert 0.25 <= fit_temperature(np.eye(3) * 20, np.arange(3)) <= 4
