from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_recall_fscore_support

from models.errors import OkazuError
from training.classification.calibration import calibrated_probabilities, fit_temperature
from training.classification.metrics import (
    accuracy_by_origin,
    class_scores,
    classification_metrics,
    expected_calibration_error,
    reliability_bins,
)
from training.classification.scores import classification_sections
from training.data.texts.length_bins import length_bins
from training.tasks.tabular.metrics import regression_metrics
from training.tasks.tabular.permutation_importance import permutation_importance
from training.tasks.translation.metrics import (
    bleu,
    sentence_scores,
    signatures,
    translation_metrics,
)


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
        scores = class_scores(predicted, labels, classes)
        expected = f1_score(labels, predicted, average="macro", zero_division=0)
        assert scores.macro_f1 == pytest.approx(expected, rel=1e-15)
        table = precision_recall_fscore_support(
            labels, predicted, labels=range(classes), zero_division=0
        )
        occurs = np.isin(np.arange(classes), np.union1d(labels, predicted))
        for ours, theirs in zip((scores.precision, scores.recall, scores.f1), table, strict=False):
            np.testing.assert_allclose(ours, np.where(occurs, theirs, np.nan), rtol=1e-15)


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


def test_few_examples_that_are_all_right_leave_the_temperature_near_1() -> None:
    """Of them alone the colder the better: the likelihood would have it at its bound."""
    labels = np.arange(15) % 3
    assert 0.9 < fit_temperature(np.eye(3)[labels] * 5, labels) < 1
    assert fit_temperature(np.eye(3)[labels] * 50, labels) == pytest.approx(1, abs=1e-4)


def test_one_sure_mistake_among_few_does_not_heat_to_the_bound() -> None:
    labels = np.arange(15) % 3
    logits = np.eye(3)[labels] * 8
    logits[0] = [0, 8, 0]
    assert 1 < fit_temperature(logits, labels) < 2


def test_thousands_of_examples_overrule_the_prior() -> None:
    random = np.random.default_rng(1)
    logits = random.normal(size=(5_000, 2)) * 3
    probabilities = calibrated_probabilities(logits, 1.6)
    labels = (random.random(5_000) < probabilities[:, 1]).astype(np.int64)

    def loss(temperature: float) -> float:
        chosen = calibrated_probabilities(logits, temperature)[np.arange(5_000), labels]
        return float(-np.log(chosen).mean())

    likeliest = min(np.linspace(1.2, 2, 801), key=loss)
    assert fit_temperature(logits, labels) == pytest.approx(likeliest, rel=0.01)


def test_macro_f1_is_the_mean_of_the_classes_that_occur() -> None:
    """Class 2 is never the truth but answered once; class 3 is neither."""
    answers = np.eye(4)[[0, 1, 2, 1]]
    labels = np.array([0, 1, 1, 0])
    scores = class_scores(answers.argmax(axis=1), labels, 4)
    np.testing.assert_allclose(scores.f1, [2 / 3, 1 / 2, 0, np.nan])
    np.testing.assert_allclose(scores.precision, [1, 1 / 2, 0, np.nan])
    np.testing.assert_allclose(scores.recall, [1 / 2, 1 / 2, 0, np.nan])
    assert scores.examples.tolist() == [2, 2, 0, 0]
    macro_f1 = classification_metrics(answers, labels)["macro_f1"]
    assert macro_f1 == scores.macro_f1 == pytest.approx((2 / 3 + 1 / 2) / 3)
    assert macro_f1 == pytest.approx(f1_score(labels, answers.argmax(axis=1), average="macro"))


def test_the_reports_table_has_the_macro_f1_and_no_scores_of_what_does_not_occur() -> None:
    answers = np.eye(4)[[0, 1, 2, 1]]
    sections = classification_sections(("a", "b", "c", "d"), answers, np.array([0, 1, 1, 0]))
    [table] = [section.body for section in sections if section.title == "Classes"]
    rows = [re.findall("<td>(.*?)</td>", row, re.DOTALL) for row in table.split("<tr>")[2:]]
    assert rows[2] == ["c", "0.000", "0.000", "0.000", "0"]
    assert rows[3] == ["d", "–", "–", "–", "0"]
    assert rows[4][3] == "0.389"


def test_a_confidence_on_an_edge_is_in_the_bin_below() -> None:
    """0.6 is the upper edge of the ninth of 15 bins; the error is made of the same bins."""
    probabilities = np.array([[0.6, 0.4], [0.6, 0.4], [0.61, 0.39]])
    bins = reliability_bins(probabilities, np.array([0, 1, 0]))
    assert bins.places.tolist() == [8, 9]
    assert bins.examples.tolist() == [2, 1]
    np.testing.assert_allclose(bins.accuracy, [0.5, 1])
    np.testing.assert_allclose(bins.confidence, [0.6, 0.61])
    assert bins.calibration_error == pytest.approx((2 * 0.1 + 0.39) / 3)


@pytest.mark.parametrize(
    "measure",
    [
        lambda: classification_metrics(np.zeros((0, 3)), np.zeros(0, np.int64)),
        lambda: class_scores(np.zeros(0, np.int64), np.zeros(0, np.int64), 3),
        lambda: expected_calibration_error(np.zeros((0, 3)), np.zeros(0, np.int64)),
        lambda: accuracy_by_origin(
            np.zeros((0, 3)), np.zeros(0, np.int64), np.zeros(0, np.int64), ["a"]
        ),
        lambda: fit_temperature(np.zeros((0, 3)), np.zeros(0, np.int64)),
        lambda: regression_metrics(np.zeros(0), np.zeros(0)),
        lambda: translation_metrics([], []),
        lambda: bleu([], []),
        lambda: sentence_scores([], []),
        lambda: signatures([]),
        lambda: length_bins(np.zeros(0, np.int64)),
        lambda: permutation_importance(lambda *_: 0.0, np.zeros((0, 2), np.float32), np.zeros(0)),
    ],
)
def test_no_examples_are_refused_in_one_line(measure: Callable[[], object]) -> None:
    with pytest.raises(OkazuError, match=r"expected at least one example .*, received none"):
        measure()


def test_answers_and_truth_are_of_the_same_examples() -> None:
    with pytest.raises(OkazuError, match="an answer for each of 3 examples, received 2"):
        classification_metrics(np.eye(3)[:2], np.arange(3))
    with pytest.raises(OkazuError, match="each of 1 examples, received 2"):
        regression_metrics(np.zeros(2), np.zeros(1))


@pytest.mark.parametrize("value", [0.1, 1e9 + 0.1, -3.3, 0.0])
def test_a_constant_target_has_no_r2_whatever_is_left_by_rounding(value: float) -> None:
    truth = np.full(1001, value)
    truth[0] = value * 3 / 3
    metrics = regression_metrics(truth + 1, truth)
    assert "r2" not in metrics
    assert metrics["baseline_root_mean_squared_error"] == 0
    assert metrics["mean_squared_error"] == pytest.approx(1)


def test_small_differences_of_large_targets_are_no_rounding() -> None:
    truth = 1.7e12 + np.arange(5.0)  # milliseconds since 1970
    assert regression_metrics(truth, truth)["r2"] == 1
