"""What all classifiers share, whatever they read: scores, and their part of the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from training.classification.calibration import calibrated_probabilities, fit_temperature
from training.classification.metrics import (
    CALIBRATION_BINS,
    ClassScores,
    class_scores,
    classification_metrics,
    expected_calibration_error,
    reliability_bins,
)
from training.contract.task import Objective, Score
from training.report.page import BLUE, FIGURES, GREY, ReportSection, plain, render, svg

TEMPLATES = Path(__file__).parent / "templates"
OBJECTIVE = Objective("val_accuracy", "max")

_LABELLED_CELLS = 20  # a larger confusion matrix is shown in colours alone

Logits = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]


def score_classifier(
    validation_logits: Logits, validation_labels: Labels, test_logits: Logits, test_labels: Labels
) -> Score:
    """Calibrates on the validation part and measures on the test part.

    Args:
        validation_logits: float `[examples, classes]`.
        validation_labels: int64 `[examples]`.
        test_logits: As above, of the test part.
        test_labels: As above, of the test part.

    Returns:
        The score; its answers are calibrated probabilities, float64 `[examples, classes]`.
    """
    temperature = fit_temperature(validation_logits, validation_labels)
    probabilities = calibrated_probabilities(test_logits, temperature)
    metrics = classification_metrics(probabilities, test_labels)
    metrics["expected_calibration_error_uncalibrated"] = expected_calibration_error(
        calibrated_probabilities(test_logits, 1.0), test_labels
    )
    return Score(metrics, probabilities, temperature)


def classification_sections(
    labels: tuple[str, ...], probabilities: NDArray[np.float64], truth: Labels
) -> list[ReportSection]:
    """Confusion, calibration and a table of the classes.

    Args:
        labels: Names of the classes.
        probabilities: Of the test part, `[examples, classes]`.
        truth: int64 `[examples]`.
    """
    predicted = probabilities.argmax(axis=1)
    scores = class_scores(predicted, truth, len(labels))
    figures = (_confusion(labels, predicted, truth), _calibration(probabilities, truth))
    classes = render(
        TEMPLATES / "classes.html", classes=_per_class(labels, scores), macro_f1=scores.macro_f1
    )
    return [
        ReportSection(
            "Where it is right, and how sure it may be", render(FIGURES, figures=figures)
        ),
        ReportSection("Classes", classes),
    ]


def _per_class(labels: tuple[str, ...], scores: ClassScores) -> list[dict[str, Any]]:
    told = [
        ["–" if np.isnan(score) else f"{score:.3f}" for score in column]
        for column in (scores.precision, scores.recall, scores.f1)
    ]
    columns = zip(labels, *told, scores.examples, strict=True)
    names = ("label", "precision", "recall", "f1", "examples")
    return [dict(zip(names, row, strict=True)) for row in columns]


def _confusion(labels: tuple[str, ...], predicted: NDArray[Any], truth: Labels) -> Markup:
    classes = len(labels)
    counts = confusion_matrix(truth, predicted, labels=range(classes))
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0)
    axes.set(title="confusion, test part", xlabel="predicted", ylabel="true")
    if classes <= _LABELLED_CELLS:
        names = [plain(label) for label in labels]
        axes.set_xticks(range(classes), names, rotation=45 if classes > 2 else 0)
        axes.set_yticks(range(classes), names)
        for row, column in np.argwhere(counts > 0):
            share = counts[row, column] / counts[row].sum()
            colour = "white" if share > 0.5 else "black"
            axes.text(column, row, counts[row, column], ha="center", va="center", color=colour)
    return svg(figure)


def _calibration(probabilities: NDArray[np.float64], truth: Labels) -> Markup:
    bins = reliability_bins(probabilities, truth)
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--")
    middles = (bins.places + 0.5) / CALIBRATION_BINS
    axes.bar(middles, bins.accuracy, width=0.9 / CALIBRATION_BINS, color=BLUE)
    axes.set(title="calibration, test part", xlabel="confidence", ylabel="accuracy")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    return svg(figure)
