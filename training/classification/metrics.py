"""Classification metrics under their usual names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.examples import expect_examples

CALIBRATION_BINS = 15


def classification_metrics(
    probabilities: NDArray[np.floating[Any]], labels: NDArray[np.int64]
) -> dict[str, float]:
    """Scores predicted probabilities.

    Args:
        probabilities: float `[examples, classes]`, rows that sum to 1.
        labels: int64 `[examples]`.

    Returns:
        `accuracy`, `loss` (mean negative log-likelihood, nats), `top_5_accuracy` where there are
        more than five classes, `macro_f1` (see `ClassScores`) and `expected_calibration_error`, all
        as fractions.

    Raises:
        OkazuError: There are no examples, or not as many labels.
    """
    expect_examples(probabilities, labels)
    examples, classes = probabilities.shape
    of_truth = probabilities[np.arange(examples), labels].astype(np.float64)
    predicted = probabilities.argmax(axis=1)
    metrics = {
        "accuracy": float(np.mean(predicted == labels)),
        "loss": float(-np.mean(np.log(np.maximum(of_truth, 1e-12)))),
    }
    if classes > 5:
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :5]
        metrics["top_5_accuracy"] = float(np.mean((best == labels[:, np.newaxis]).any(axis=1)))
    metrics["macro_f1"] = class_scores(predicted, labels, classes).macro_f1
    metrics["expected_calibration_error"] = expected_calibration_error(probabilities, labels)
    return metrics


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and F1 of each class.

    A class that is neither the truth nor the answer of any example has no scores: they are NaN.
    One that is only ever answered, or never, has 0 where the quotient is 0 / 0.

    Attributes:
        precision: float64 `[classes]`.
        recall: float64 `[classes]`.
        f1: float64 `[classes]`.
        examples: int64 `[classes]`, of which the class is the truth.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    examples: NDArray[np.int64]

    @property
    def macro_f1(self) -> float:
        """The mean of F1 over the classes that have one, as scikit-learn takes it."""
        return float(np.nanmean(self.f1))


def class_scores(
    predicted: NDArray[np.integer[Any]], labels: NDArray[np.int64], classes: int
) -> ClassScores:
    """Scores each class.

    Computed here because scikit-learn is not installed where models are only used.

    Args:
        predicted: int `[examples]`.
        labels: int64 `[examples]`.
        classes: How many there are.

    Raises:
        OkazuError: There are no examples, or not as many labels.
    """
    expect_examples(predicted, labels)
    right = np.bincount(labels[predicted == labels], minlength=classes)
    answers = np.bincount(predicted, minlength=classes)
    examples = np.bincount(labels, minlength=classes)
    there = (answers > 0) | (examples > 0)
    precision, recall, f1 = (
        np.where(there, numerator / np.maximum(denominator, 1), np.nan)
        for numerator, denominator in (
            (right, answers),
            (right, examples),
            (2 * right, answers + examples),
        )
    )
    return ClassScores(precision, recall, f1, examples)


def accuracy_by_origin(
    probabilities: NDArray[np.floating[Any]],
    labels: NDArray[np.int64],
    origins: NDArray[np.int64],
    names: Sequence[str],
) -> dict[str, float]:
    """`accuracy_<name>` for each origin that has examples; nothing where all are of one.

    Args:
        probabilities: float `[examples, classes]`.
        labels: int64 `[examples]`.
        origins: int64 `[examples]`, indices into the names.
        names: Of the sets that the examples come from.

    Raises:
        OkazuError: There are no examples, or not as many labels.
    """
    expect_examples(probabilities, labels)
    right = probabilities.argmax(axis=1) == labels
    present = np.unique(origins)
    if len(present) < 2:
        return {}
    return {f"accuracy_{names[place]}": float(right[origins == place].mean()) for place in present}


@dataclass(frozen=True)
class ReliabilityBins:
    """Answers of like confidence, put into 15 equal bins; those without answers are left out.

    A bin holds confidences above its lower edge, up to its upper one (Guo et al. 2017, section 2).

    Attributes:
        places: int64 `[bins]`, which of the 15 they are, from 0.
        accuracy: float64 `[bins]`.
        confidence: float64 `[bins]`, the mean.
        examples: int64 `[bins]`.
    """

    places: NDArray[np.int64]
    accuracy: NDArray[np.float64]
    confidence: NDArray[np.float64]
    examples: NDArray[np.int64]

    @property
    def calibration_error(self) -> float:
        """How far confidence is from accuracy, on average (Guo et al. 2017, eq. 3)."""
        gaps = np.abs(self.accuracy - self.confidence) * self.examples
        return float(gaps.sum() / self.examples.sum())


def reliability_bins(
    probabilities: NDArray[np.floating[Any]], labels: NDArray[np.int64]
) -> ReliabilityBins:
    """Puts answers into bins of like confidence.

    Args:
        probabilities: float `[examples, classes]`.
        labels: int64 `[examples]`.

    Raises:
        OkazuError: There are no examples, or not as many labels.
    """
    expect_examples(probabilities, labels)
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1)[1:-1]
    bins = np.digitize(confidence, edges, right=True)
    counts = np.bincount(bins, minlength=CALIBRATION_BINS)
    places = np.flatnonzero(counts)
    accuracy, mean = (
        np.bincount(bins, weights=values, minlength=CALIBRATION_BINS)[places] / counts[places]
        for values in (right, confidence)
    )
    return ReliabilityBins(places, accuracy, mean, counts[places])


def expected_calibration_error(
    probabilities: NDArray[np.floating[Any]], labels: NDArray[np.int64]
) -> float:
    """The calibration error over 15 equal bins; see `reliability_bins`."""
    return reliability_bins(probabilities, labels).calibration_error
