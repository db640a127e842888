"""What goes over the wire, as types: for the code, for OpenAPI and for BentoML's client.

Nothing here is validated at run time: requests are checked where they are read, answers are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired

from _bentoml_sdk import IODescriptor
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from models.classification import ClassPrediction, LabelScore
from models.tasks.tabular.predict import NumberPrediction
from models.tasks.text_classification.predict import TextPrediction
from service.options import DEFAULT_TOP_K, MAX_ALTERNATIVES, MAX_TOP_K


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


class Predictions(TypedDict):
    """An answer for each row, in the order in which they were sent; `target` is what they are."""

    model: str
    version: int
    target: str
    results: Sequence[ClassPrediction] | Sequence[NumberPrediction]


class TextLabels(TypedDict):
    """An answer for each text, in the order in which they were sent."""

    model: str
    version: int
    results: list[TextPrediction]


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


class ModelState(TypedDict):
    """A model that the service knows, and whether it answers."""

    name: str
    version: int
    zoo: Literal["own", "shipped"]
    state: Literal["loading", "ready", "refused"]
    reason: str | None
    runtime: str | None
    precision: str | None
    fallback: str | None
    card: dict[str, Any] | None


class ModelList(TypedDict):
    """`GET /models`."""

    models: list[ModelState]


class Readiness(TypedDict):
    """`GET /readyz`."""

    status: Literal["ready"]
    models: dict[str, str]


class ErrorEnvelope(TypedDict):
    """Every error, of every layer."""

    error: str
    error_type: str
    request_id: str


class ClassifyForm(IODescriptor):  # type: ignore[misc]
    """`POST /classify` as BentoML's client sees it; `service.image_requests` reads it."""

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


# What a column holds is told by the model's card.
Cell = str | int | float | None


class PredictForm(IODescriptor):  # type: ignore[misc]
    """`POST /predict` as BentoML's client sees it; `service.json_requests` reads it."""

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


class TextForm(IODescriptor):  # type: ignore[misc]
    """Questions about texts as BentoML's client sees them; `service.json_requests` reads them."""

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


class TranslateForm(IODescriptor):  # type: ignore[misc]
    """`POST /translate` as BentoML's client sees it; `service.translation_requests` reads it."""

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
