"""Code shared by all classifiers: from input tensors to labels and probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict  # pydantic reads it for OpenAPI, and wants this one

from models.artifact.loading import LoadedModel


class ClassPrediction(TypedDict):
    """The most probable class, and the calibrated probability of each, 0 to 1."""

    label: str
    score: float
    scores: dict[str, float]


def class_probabilities(model: LoadedModel, batch: NDArray[Any]) -> NDArray[np.float32]:
    """Asks a classifier.

    Args:
        model: Of a classification task.
        batch: As the card's input says; images are uint8 `[batch, height, width, channels]`.

    Returns:
        float32 `[batch, labels]`.
    """
    outputs = model.runner({model.card.input.kind: batch})
    probabilities: NDArray[np.float32] = outputs[model.card.outputs[0].name]
    return probabilities


def class_predictions(
    probabilities: NDArray[np.floating[Any]], labels: Sequence[str]
) -> list[ClassPrediction]:
    """The best label of each example with the scores of all.

    Args:
        probabilities: float `[batch, len(labels)]`.
        labels: Names of the classes.
    """
    best = np.argmax(probabilities, axis=1).tolist()
    # Made float64 first, since a rounded float32 is written with all its digits.
    rounded = np.round(probabilities.astype(np.float64), 6).tolist()
    return [
        ClassPrediction(
            label=labels[index], score=row[index], scores=dict(zip(labels, row, strict=True))
        )
        for index, row in zip(best, rounded, strict=True)
    ]
