"""Classifying with a loaded model: from input tensors to labels with their probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.answers import LabelScore, top_labels
from models.loading import LoadedModel


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


def classify(model: LoadedModel, batch: NDArray[Any], top_k: int) -> list[list[LabelScore]]:
    """The most probable labels of each example, best first; see `class_probabilities`."""
    return top_labels(class_probabilities(model, batch), model.card.labels, top_k)
