"""What the report of a text classifier shows beside what all classifiers share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import binomtest

from models.texts.words import ReadingRule
from training.classification.metrics import classification_metrics
from training.data.texts.excerpts import excerpt
from training.data.texts.length_bins import bin_labels, length_bins
from training.report.page import BLUE, GREY, ORANGE, ReportSection, render, svg
from training.tasks.text_classification.word_weights import WordWeights

TEMPLATES = Path(__file__).parent / "templates"
MOST_ERRORS = 40
MOST_CLASSES = 12
MOST_WORDS = 20  # of a class
_HEAD, _TAIL = 280, 140  # characters of a text

Probabilities = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class MistakenText:
    """A text that was classified wrongly.

    Attributes:
        number: Its place in the test part, from 0.
        text: As it is shown.
        truth: The true label.
        predicted: The label that was given.
        confidence: The probability of that label, 0 to 1.
    """

    number: int
    text: str
    truth: str
    predicted: str
    confidence: float


@dataclass(frozen=True)
class TextSet:
    """How a model does on one of the sets that the test part is made of.

    Attributes:
        name: Of the set.
        texts: In its test part.
        metrics: See `classification_metrics`.
        low: The lower end of the accuracy's 95 % interval.
        high: The upper end.
    """

    name: str
    texts: int
    metrics: dict[str, float]
    low: float
    high: float


@dataclass(frozen=True)
class WeighedWord:
    """A word that moves answers to a class.

    Attributes:
        word: As it is shown.
        texts: From how many texts it was taken out.
        weight: How far the class's log-odds fell.
        error: The standard error of that mean.
        share: The weight as a share of the class's largest, 0 to 1.
    """

    word: str
    texts: int
    weight: float
    error: float
    share: float


def errors_section(
    texts: Sequence[str],
    labels: Sequence[str],
    probabilities: Probabilities,
    truth: Labels,
    most: int = MOST_ERRORS,
) -> ReportSection:
    """The errors that the model was most sure of.

    Args:
        texts: Of the test part; only those that are shown are read.
        labels: Names of the classes.
        probabilities: float `[examples, classes]`.
        truth: int64 `[examples]`.
        most: How many to show.
    """
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != truth)
    confidence = probabilities[wrong, predicted[wrong]]
    mistakes = [
        MistakenText(
            number=number,
            text=excerpt(texts[number], _HEAD, _TAIL),
            truth=excerpt(labels[truth[number]]),
            predicted=excerpt(labels[predicted[number]]),
            confidence=float(probabilities[number, predicted[number]]),
        )
        for number in wrong[np.argsort(-confidence, kind="stable")[:most]].tolist()
    ]
    body = render(
        TEMPLATES / "worst_errors.html", mistakes=mistakes, errors=len(wrong), examples=len(truth)
    )
    return ReportSection("Worst errors", body)


def word_counts(rule: ReadingRule, texts: Iterable[str]) -> NDArray[np.int64]:
    """How many words of each text are read, and one more where it has more: int64 `[texts]`."""
    readings = (rule.read(text) for text in texts)
    return np.array([len(some.words) + some.truncated for some in readings], np.int64)


def length_section(
    lengths: NDArray[np.int64], probabilities: Probabilities, truth: Labels, longest: int
) -> ReportSection:
    """Accuracy by length, and how many texts are too long to be read whole.

    Args:
        lengths: int64 `[examples]`, in words; those above `longest` are all alike, so that
            `word_counts` is enough.
        probabilities: float `[examples, classes]`, of the test part.
        truth: int64 `[examples]`.
        longest: The most words that are read.
    """
    right = probabilities.argmax(axis=1) == truth
    truncated = int(np.sum(lengths > longest))
    body = render(
        TEMPLATES / "lengths.html",
        figure=_accuracy_by_length(lengths, right, longest),
        truncated=truncated,
        examples=len(truth),
        longest=longest,
    )
    return ReportSection("Short and long texts", body)


def origins_section(
    probabilities: Probabilities, truth: Labels, origins: NDArray[np.int64], names: Sequence[str]
) -> list[ReportSection]:
    """How it does on each set that the test part is made of; nothing where all is of one.

    Args:
        probabilities: float `[examples, classes]`.
        truth: int64 `[examples]`.
        origins: int64 `[examples]`, indices into the names.
        names: Of the sets.
    """
    present = np.unique(origins)
    if len(present) < 2:
        return []
    sets = [
        _text_set(excerpt(names[place]), probabilities[origins == place], truth[origins == place])
        for place in present
    ]
    return [ReportSection("Test sets", render(TEMPLATES / "sets.html", sets=sets))]


def words_section(labels: Sequence[str], weights: WordWeights) -> ReportSection:
    """The words that weigh most for each class.

    Args:
        labels: Names of the classes; of many, the first dozen are shown.
        weights: Measured on the test part.
    """
    body = render(
        TEMPLATES / "words.html",
        classes=[
            (excerpt(label), _heaviest(weights, place))
            for place, label in enumerate(labels[:MOST_CLASSES])
        ],
        all_classes=len(labels),
        measured=len(weights.words),
        sample=weights.sample,
    )
    return ReportSection("Words that weigh most", body)


def _interval(right: int, examples: int) -> tuple[float, float]:
    """95 % of a share (Wilson 1927), 0 to 1."""
    ends = binomtest(right, examples).proportion_ci(0.95, "wilson")
    return float(ends.low), float(ends.high)


def _accuracy_by_length(
    lengths: NDArray[np.int64], right: NDArray[np.bool_], longest: int
) -> Markup:
    bins = length_bins(lengths, longest)
    accuracies = np.array([right[places].mean() for places in bins])
    ends = np.array([_interval(int(right[places].sum()), len(places)) for places in bins])
    colours = [ORANGE if lengths[places[0]] > longest else BLUE for places in bins]
    figure = Figure(figsize=(max(3.5, 1.15 * len(bins) + 0.6), 3.8), layout="constrained")
    axes = figure.subplots()
    across = range(len(bins))
    axes.bar(across, accuracies, color=colours, width=0.7)
    spread = np.abs(ends.T - accuracies)
    axes.errorbar(across, accuracies, spread, fmt="none", ecolor=GREY, capsize=4)
    for place, accuracy in enumerate(accuracies):
        colour = "white" if accuracy > 0.1 else "black"
        axes.text(place, 0.03, f"{accuracy:.3f}", ha="center", color=colour)
    axes.set_xticks(across, bin_labels(lengths, bins, longest))
    axes.set(title="accuracy by length, test part", ylabel="accuracy", ylim=(0, 1))
    axes.set(xlabel="words, and number of texts")
    return svg(figure)


def _text_set(name: str, probabilities: Probabilities, truth: Labels) -> TextSet:
    metrics = classification_metrics(probabilities, truth)
    right = int(np.sum(probabilities.argmax(axis=1) == truth))
    return TextSet(name, len(truth), metrics, *_interval(right, len(truth)))


def _heaviest(weights: WordWeights, label: int) -> list[WeighedWord]:
    means = weights.means[:, label]
    order = np.argsort(-means, kind="stable")[:MOST_WORDS]
    return [
        WeighedWord(
            word=excerpt(weights.words[place]),
            texts=int(weights.texts[place]),
            weight=float(means[place]),
            error=float(weights.errors[place, label]),
            share=float(means[place] / means[order[0]]),
        )
        for place in order
        if means[place] > 0
    ]
