"""`POST /predict` as types: for the code, for OpenAPI and for BentoML's client.

Nothing here is validated at run time: requests are checked where they are read, answers are ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from _bentoml_sdk import IODescriptor
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from models.classification import ClassPrediction
from models.tasks.tabular.predict import NumberPrediction

# What a column holds is told by the model's card.
Cell = str | int | float | None


class Predictions(TypedDict):
    """An answer for each row, in the order in which they were sent; `target` is what they are."""

    model: str
    version: int
    target: str
    results: Sequence[ClassPrediction] | Sequence[NumberPrediction]


class PredictForm(IODescriptor):  # type: ignore[misc]
    """`POST /predict` as BentoML's client sees it; `request` reads it."""

    rows: list[dict[str, Cell]] = Field(description="at least one, values by columns' names")
    model: str | None = Field(
        default=None, description="NAME or NAME:VERSION; may be left out where only one would do"
    )


class PredictJson(BaseModel):
    """`POST /predict`; the columns are those of the model's card at `GET /models/{reference}`."""

    rows: list[dict[str, Cell]] = Field(
        min_length=1,
        description="values by columns' names: numbers, and for categories one of their texts;"
        " null or no key is a missing value, where the column may have one",
    )
    model: str | None = Field(
        default=None, description="NAME or NAME:VERSION; may be left out where only one would do"
    )


class AnyPrediction(ClassPrediction, NumberPrediction):
    """Every key that one prediction may have."""


class PredictAnswer(IODescriptor):  # type: ignore[misc]
    """The answer of `POST /predict`, as BentoML's client sees it.

    The client drops the keys that a schema does not name, and of a union it reads the first member
    alone; so one type has the keys of both kinds of prediction.
    """

    model: str
    version: int
    target: str
    results: list[AnyPrediction]
