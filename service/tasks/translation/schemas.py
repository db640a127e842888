"""`POST /translate` and `GET /languages` as types: for the code, OpenAPI and BentoML's client.

Nothing here is validated at run time: requests are checked where they are read, answers are ours.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from _bentoml_sdk import IODescriptor
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from service.http.options import MAX_ALTERNATIVES


class DetectedLanguage(TypedDict):
    """What `auto` stands for; the confidence is 100, since no other language is served."""

    language: str
    confidence: float


class Translations(TypedDict):
    """LibreTranslate's answer, with scores and who said so; for a list of texts lists.

    `scores` are the means of the sentences' scores, of the best translation and then of the
    alternatives: logarithms of probabilities, by the length penalty of the model.
    """

    translatedText: str | list[str]
    alternatives: NotRequired[list[str] | list[list[str]]]
    detectedLanguage: NotRequired[DetectedLanguage | list[DetectedLanguage]]
    scores: list[float] | list[list[float]]
    model: str
    version: int


class Language(TypedDict):
    """One of `GET /languages`, with those that it is translated into."""

    code: str
    name: str
    targets: list[str]


class TranslateForm(IODescriptor):  # type: ignore[misc]
    """`POST /translate` as BentoML's client sees it; `request` reads it."""

    q: str | list[str] = Field(description="one text, or several")
    source: str = Field(description="a language's code, or auto")
    target: str = Field(description="a language's code")
    alternatives: int = Field(default=0, ge=0, le=MAX_ALTERNATIVES)
    format: Literal["text"] = "text"
    model: str | None = Field(default=None, description="NAME or NAME:VERSION")


class TranslateJson(BaseModel):
    """`POST /translate`, LibreTranslate's fields and ours."""

    q: str | Annotated[list[str], Field(min_length=1)] = Field(
        description="one text, or several; an empty text is its own translation"
    )
    source: str = Field(
        description="the code of the texts' language; auto where translators from only one"
        " language into `target` are served"
    )
    target: str = Field(description="the code of the language to put them into")
    alternatives: int = Field(
        default=0,
        ge=0,
        le=MAX_ALTERNATIVES,
        description="how many translations to give besides the best one, if there are as many",
    )
    format: Literal["text"] = Field(default="text", description="html is refused")
    api_key: str | None = Field(default=None, description="not looked at")
    model: str | None = Field(
        default=None, description="NAME or NAME:VERSION; may be left out where only one would do"
    )


class TranslateAnswer(IODescriptor):  # type: ignore[misc]
    """The answer of `POST /translate`, as BentoML's client sees it."""

    # LibreTranslate's names.
    translatedText: str | list[str]  # noqa: N815
    alternatives: list[str] | list[list[str]] | None = None
    detectedLanguage: DetectedLanguage | list[DetectedLanguage] | None = None  # noqa: N815
    scores: list[float] | list[list[float]]
    model: str
    version: int
