"""`POST /classify` as types: for the code, for OpenAPI and for BentoML's client.

Nothing here is validated at run time: requests are checked where they are read, answers are ours.
"""

from __future__ import annotations

from pathlib import Path

from _bentoml_sdk import IODescriptor
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from models.tasks.image_classification.predict import LabelScore
from service.http.options import DEFAULT_TOP_K, MAX_TOP_K


class Classification(TypedDict):
    """The labels of one image, and who said so."""

    model: str
    version: int
    predictions: list[LabelScore]


class Classifications(TypedDict):
    """The labels of several images, in the order in which they were sent."""

    model: str
    version: int
    results: list[Classification]


class ClassifyForm(IODescriptor):  # type: ignore[misc]
    """`POST /classify` as BentoML's client sees it; `request` reads it."""

    image: list[Path] = Field(description="one or several PNG, JPEG or WebP files")
    model: str | None = Field(
        default=None, description="NAME or NAME:VERSION; may be left out where only one would do"
    )
    top_k: int = Field(
        default=DEFAULT_TOP_K, ge=1, le=MAX_TOP_K, description="how many labels, best first"
    )


class ClassifyJson(BaseModel):
    """`POST /classify` as JSON, with one of `image` and `images`."""

    image: str | None = Field(default=None, description="one image, base64")
    images: list[str] | None = Field(default=None, description="several images, base64")
    model: str | None = None
    top_k: int = Field(default=DEFAULT_TOP_K, ge=1, le=MAX_TOP_K)


class ClassifyAnswer(IODescriptor):  # type: ignore[misc]
    """Either kind of answer of `POST /classify`, as BentoML's client sees it."""

    model: str
    version: int
    predictions: list[LabelScore] | None = Field(default=None, description="for one image")
    results: list[Classification] | None = Field(default=None, description="for several images")
