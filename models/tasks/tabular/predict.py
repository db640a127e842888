"""Ask a model of tables: from rows as numbers to classes or numbers that people read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict  # pydantic reads it for OpenAPI, and wants this one

from models.artifact.loading import LoadedModel
from models.card import ModelCard
from models.classification import ClassPrediction, class_predictions
from models.errors import UnusableRow


class NumberPrediction(TypedDict):
    """A predicted number, in the units of the training data."""

    value: float


def table_outputs(model: LoadedModel, table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Asks a model of tables.

    Args:
        model: A loaded model of the task `tabular`.
        table: float32 `[rows, columns]`, see `models.tasks.tabular.rows.rows_to_array`.

    Returns:
        float32 `[rows, labels]`, probabilities; or `[rows, 1]` where the target is a number.
    """
    card = model.card
    outputs: NDArray[np.float32] = model.runner({card.input.kind: table})[card.outputs[0].name]
    return outputs


def row_predictions(
    card: ModelCard, outputs: NDArray[np.float32], *, first_row: int = 1
) -> Sequence[ClassPrediction] | Sequence[NumberPrediction]:
    """The answers for `table_outputs`, one for each row.

    Raises:
        UnusableRow: A row's numbers are so large that the network's arithmetic gave up.
    """
    lost = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
    if lost.size:
        raise UnusableRow(
            f"row {first_row + int(lost[0])}: its numbers are too large, the model has no answer"
        )
    if card.predicts_number:
        return number_predictions(outputs)
    return class_predictions(outputs, card.labels)


def number_predictions(values: NDArray[np.floating[Any]]) -> list[NumberPrediction]:
    """The predicted numbers, with the digits that tell a float32 from its neighbours and no more.

    Args:
        values: float `[batch, 1]`.
    """
    written = values[:, 0].astype(np.float32).astype(str)
    return [NumberPrediction(value=value) for value in written.astype(np.float64).tolist()]
