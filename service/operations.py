"""The endpoints as OpenAPI describes them; a new one is an entry in `PATHS`."""

from __future__ import annotations

from typing import Any

from service.openapi_parts import (
    ASKING,
    MODEL,
    REFERENCE,
    error_responses,
    get_operation,
    json_content,
    post_json,
    response,
    text_content,
)
from service.options import DEFAULT_TOP_K, MAX_TOP_K
from service.translation_operations import LANGUAGES, TRANSLATE

_IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp")
_OPTIONS = {
    "model": MODEL,
    "top_k": {
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_TOP_K,
            "default": DEFAULT_TOP_K,
        },
        "description": "how many labels, best first; a model that has fewer gives all it has",
    },
}

_FILE = {"type": "string", "format": "binary"}
_FORM = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {"type": "array", "items": _FILE},
        **{name: option["schema"] for name, option in _OPTIONS.items()},
    },
}

_CLASSIFY = {
    "summary": "Says what is on an image, or on several",
    "description": "The image as the raw body, as form field `image` (repeat it for several"
    " images), or in JSON as base64. Options stand in the URL, the form or the JSON, each once.",
    "operationId": "classify",
    "parameters": [{"name": name, "in": "query", **option} for name, option in _OPTIONS.items()],
    "requestBody": {
        "required": True,
        "content": {
            **{media_type: {"schema": _FILE} for media_type in _IMAGE_TYPES},
            "multipart/form-data": {"schema": _FORM},
            **json_content("ClassifyJson"),
        },
    },
    "responses": {
        "200": response(
            "the labels; `results`, a list, where several images were sent",
            {
                "application/json": {
                    "schema": {
                        "oneOf": [
                            {"$ref": REFERENCE.format(model=kind)}
                            for kind in ("Classification", "Classifications")
                        ]
                    }
                }
            },
        ),
        **error_responses(*ASKING),
    },
}


_PASSENGER = {"age": 29, "fare": 7.25, "sex": "female", "deck": None}
_PREDICT = post_json(
    "predict",
    "Predicts a class or a number from rows of a table",
    "Rows as JSON objects, values by the names of the columns that the model's card lists. An"
    " unknown column or category is refused, and so is a value that is missing where none was in"
    " training.",
    ("PredictJson", {"model": "passengers", "rows": [_PASSENGER]}),
    "an answer for each row: a label with the scores of all, or a number",
    (
        "Predictions",
        {
            "model": "passengers",
            "version": 1,
            "target": "survived",
            "results": [{"label": "yes", "score": 0.71, "scores": {"no": 0.29, "yes": 0.71}}],
        },
    ),
)

_TEXTS = (
    "One text or a list. Of a text with more words than the model reads the first and the last"
    " are read, and its answer says `truncated`."
)
_LABELS = "an answer for each text, also for one: its label with the scores of all"
_SENTIMENT = post_json(
    "sentiment",
    "Says whether texts are negative or positive",
    f"{_TEXTS} Any model answers whose labels are these two.",
    ("TextJson", {"text": ["Not bad at all!", "Never again."]}),
    _LABELS,
    (
        "TextLabels",
        {
            "model": "reviews",
            "version": 1,
            "results": [
                {
                    "label": label,
                    "score": 0.97,
                    "scores": {"negative": negative, "positive": positive},
                    "truncated": False,
                }
                for label, negative, positive in [
                    ("positive", 0.03, 0.97),
                    ("negative", 0.97, 0.03),
                ]
            ],
        },
    ),
)
_CLASSIFY_TEXT = post_json(
    "classify_text",
    "Labels texts",
    f"{_TEXTS} The model has to be named.",
    ("TextJson", {"model": "topics", "text": "The orchestra plays on Friday."}),
    _LABELS,
    (
        "TextLabels",
        {
            "model": "topics",
            "version": 1,
            "results": [
                {
                    "label": "music",
                    "score": 0.9,
                    "scores": {"sport": 0.1, "music": 0.9},
                    "truncated": False,
                }
            ],
        },
    ),
)

_SHOW_MODEL = get_operation("One model: its card and its state", json_content("ModelState"), 404)
_SHOW_MODEL["get"]["parameters"] = [
    {
        "name": "reference",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": "NAME (the newest version), or NAME:VERSION",
    }
]

PATHS: dict[str, Any] = {
    "/classify": {"post": _CLASSIFY},
    "/predict": _PREDICT,
    "/sentiment": _SENTIMENT,
    "/classify_text": _CLASSIFY_TEXT,
    "/translate": TRANSLATE,
    "/languages": LANGUAGES,
    "/models": get_operation("Every model: its card and its state", json_content("ModelList")),
    "/models/{reference}": _SHOW_MODEL,
    "/healthz": get_operation("Whether the process lives", text_content("text/plain")),
    "/livez": get_operation("Whether the process lives", text_content("text/plain")),
    "/readyz": get_operation(
        "Whether every model is loaded, verified and warm", json_content("Readiness"), 503
    ),
    "/metrics": get_operation("Figures for Prometheus", text_content("text/plain")),
    "/schema.json": get_operation(
        "What BentoML's client reads", {"application/json": {"schema": {}}}
    ),
    "/openapi.json": get_operation("This document", {"application/json": {"schema": {}}}),
    "/docs": get_operation("This document, to read and to try", text_content("text/html")),
    "/": get_operation("What is there, as a page", text_content("text/html")),
}
