"""The worst errors of an image classifier, for people to look at: wrong, and sure of it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.data.images.image_split import ImageSplit
from training.report.page import ReportSection, render

TEMPLATES = Path(__file__).parent / "templates"
MOST_MISTAKES = 40
MOST_CONFUSIONS = 20
MANY_CLASSES = 20  # with more, a confusion matrix can no longer be read cell by cell
_SHOWN = 128  # pixels on the page, of a picture's longer side
_STORED = 192  # pixels in the file, likewise; screens are often finer than the page's pixels


@dataclass(frozen=True)
class Mistake:
    """A picture that was classified wrongly.

    Attributes:
        number: Its place in the test part, from 0.
        picture: A `data:` address.
        width: Pixels on the page.
        height: Likewise.
        enlarged: Whether a pixel of the picture is a square of several on the page.
        truth: The true label.
        predicted: The label that was given.
        confidence: The probability of that label, 0 to 1.
    """

    number: int
    picture: str
    width: int
    height: int
    enlarged: bool
    truth: str
    predicted: str
    confidence: float


@dataclass(frozen=True)
class Confusion:
    """How often one class was taken for another.

    Attributes:
        truth: The true label.
        predicted: The label that was given.
        examples: How many.
        share: Of the examples of the true label, 0 to 1.
    """

    truth: str
    predicted: str
    examples: int
    share: float


@dataclass(frozen=True)
class WorstErrors:
    """The errors in a test part.

    Attributes:
        examples: In the test part.
        errors: How many of them were classified wrongly.
        mistakes: Some of these, the most confident ones first.
    """

    examples: int
    errors: int
    mistakes: list[Mistake]


def worst_error_sections(
    split: ImageSplit, labels: Sequence[str], probabilities: NDArray[np.floating[Any]]
) -> list[ReportSection]:
    """The report's part on errors; with many classes also which are taken for which.

    Args:
        split: The test part.
        labels: Names of the classes.
        probabilities: float `[examples, classes]`.
    """
    worst = find_worst_errors(split, labels, probabilities)
    sections = [ReportSection("Worst errors", render(TEMPLATES / "worst_errors.html", worst=worst))]
    confusions = frequent_confusions(split.labels, probabilities.argmax(axis=1), labels)
    if len(labels) > MANY_CLASSES and confusions:
        body = render(TEMPLATES / "confusions.html", confusions=confusions)
        sections.append(ReportSection("Most frequent confusions", body))
    return sections


def find_worst_errors(
    split: ImageSplit,
    labels: Sequence[str],
    probabilities: NDArray[np.floating[Any]],
    most: int = MOST_MISTAKES,
) -> WorstErrors:
    """Gathers the worst errors.

    Args:
        split: The test part; only the pictures that are shown are read.
        labels: Names of the classes.
        probabilities: float `[examples, classes]`.
        most: How many pictures to show.
    """
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != split.labels)
    confidence = probabilities[wrong, predicted[wrong]]
    worst = wrong[np.argsort(-confidence, kind="stable")[:most]]
    return WorstErrors(
        examples=len(split),
        errors=len(wrong),
        mistakes=[_mistake(split, labels, probabilities, int(number)) for number in worst],
    )


def _mistake(
    split: ImageSplit, labels: Sequence[str], probabilities: NDArray[Any], number: int
) -> Mistake:
    image = np.asarray(split.images[number])
    predicted = int(probabilities[number].argmax())
    height, width = image.shape[:2]
    scale = _SHOWN / max(height, width)
    enlarged = scale >= 1
    if enlarged:
        scale = int(scale)
    return Mistake(
        number=number,
        picture=_data_address(image, exact=enlarged),
        width=max(1, round(width * scale)),
        height=max(1, round(height * scale)),
        enlarged=enlarged,
        truth=labels[split.labels[number]],
        predicted=labels[predicted],
        confidence=float(probabilities[number, predicted]),
    )


def _data_address(image: NDArray[np.uint8], *, exact: bool) -> str:
    """A WebP picture of uint8 `[height, width, channels]`: every pixel, or reduced and lossy."""
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    if not exact:
        picture.thumbnail((_STORED, _STORED))
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=exact, quality=80)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def frequent_confusions(
    truth: NDArray[np.integer[Any]],
    predicted: NDArray[np.integer[Any]],
    labels: Sequence[str],
    most: int = MOST_CONFUSIONS,
) -> list[Confusion]:
    """Counts which classes are taken for which.

    Args:
        truth: int `[examples]`, indices into the labels.
        predicted: int `[examples]`, likewise.
        labels: Names of the classes.
        most: How many pairs to give, the most frequent first.
    """
    wrong = truth != predicted
    pairs, counts = np.unique(
        np.stack([truth[wrong], predicted[wrong]], axis=1), axis=0, return_counts=True
    )
    of_class = np.bincount(truth, minlength=len(labels))
    return [
        Confusion(
            truth=labels[pairs[row, 0]],
            predicted=labels[pairs[row, 1]],
            examples=int(counts[row]),
            share=float(counts[row] / of_class[pairs[row, 0]]),
        )
        for row in np.argsort(-counts, kind="stable")[:most]
    ]
