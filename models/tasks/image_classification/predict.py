"""Ask a model of images: from pixels to the most probable labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict  # pydantic reads it for OpenAPI, and wants this one

from models.artifact.loading import LoadedModel
from models.classification import class_probabilities


class LabelScore(TypedDict):
    """A label and its calibrated probability, 0 to 1."""

    label: str
    score: float


def classify(model: LoadedModel, batch: NDArray[Any], top_k: int) -> list[list[LabelScore]]:
    """The most probable labels of each example, best first; see `class_probabilities`."""
    return top_labels(class_probabilities(model, batch), model.card.labels, top_k)


def top_labels(
    probabilities: NDArray[np.floating[Any]], labels: Sequence[str], top_k: int
) -> list[list[LabelScore]]:
    """The most probable labels of each example, best first; ties keep the labels' order.

    Args:
        probabilities: float `[batch, len(labels)]`.
        labels: Names of the classes.
        top_k: How many to return; more than there are gives all.
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top_k]
    scores = np.take_along_axis(probabilities, order, axis=1)
    return [
        [
            LabelScore(label=labels[index], score=round(score, 6))
            for index, score in zip(indices, row, strict=True)
        ]
        for indices, row in zip(order.tolist(), scores.tolist(), strict=True)
    ]
