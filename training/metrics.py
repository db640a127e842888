"""Classification metrics under their usual names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        more than five classes, `macro_f1` and `expected_calibration_error`, all as fractions.
    """
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
    metrics["macro_f1"] = macro_f1(predicted, labels)
    metrics["expected_calibration_error"] = expected_calibration_error(probabilities, labels)
    return metrics


def macro_f1(predicted: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """Mean F1 score of the classes that are predicted or true somewhere, each counted once.

    Computed here because scikit-learn is not installed where models are only used.

    Args:
        predicted: int64 `[examples]`.
        labels: int64 `[examples]`.
    """
    classes = max(predicted.max(), labels.max()) + 1
    right = np.bincount(labels[predicted == labels], minlength=classes)
    total = np.bincount(predicted, minlength=classes) + np.bincount(labels, minlength=classes)
    present = total > 0
    return float(np.mean(2 * right[present] / total[present]))


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
    """
    right = probabilities.argmax(axis=1) == labels
    present = np.unique(origins)
    if len(present) < 2:
        return {}
    return {f"accuracy_{names[place]}": float(right[origins == place].mean()) for place in present}


def expected_calibration_error(
    probabilities: NDArray[np.floating[Any]], labels: NDArray[np.int64]
) -> float:
    """How far confidence is from accuracy, averaged over 15 equal bins (Guo et al. 2017, eq. 3)."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1)[1:-1]
    bins = np.digitize(confidence, edges, right=True)
    gaps = [
        abs(right[bins == number].mean() - confidence[bins == number].mean())
        * (bins == number).sum()
        for number in np.unique(bins)
    ]
    return float(sum(gaps) / len(labels))
