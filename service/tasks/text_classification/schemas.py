"""`POST /sentiment` and `POST /classify_text` as types: for the code, OpenAPI and BentoML's client.

Nothing here is validated at run time: requests are checked where they are read, answers are ours.
"""

from __future__ import annotations

from typing import Annotated

from _bentoml_sdk import IODescriptor
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from models.tasks.text_classification.predict import TextPrediction


class TextLabels(TypedDict):
    """An answer for each text, in the order in which they were sent."""

    model: str
    version: int
    results: list[TextPrediction]


class TextForm(IODescriptor):  # type: ignore[misc]
    """Questions about texts as BentoML's client sees them; `request` reads it."""

    text: str | list[str] = Field(description="one text, or several")
    model: str | None = Field(default=None, description="NAME or NAME:VERSION")


class TextJson(BaseModel):
    """`POST /sentiment` and `POST /classify_text`."""

    text: str | Annotated[list[str], Field(min_length=1)] = Field(
        description="one text, or several; none is blank"
    )
    model: str | None = Field(
        default=None,
        description="NAME or NAME:VERSION; `/sentiment` may leave it out where only one model"
        " tells sentiment, or where the service has a default; `/classify_text` needs it",
    )


class TextAnswer(IODescriptor):  # type: ignore[misc]
    """An answer about texts, as BentoML's client sees it."""

    model: str
    version: int
    results: list[TextPrediction]
