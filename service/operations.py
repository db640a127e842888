"""The endpoints as OpenAPI describes them; a new one is an entry in `PATHS`."""

from __future__ import annotations

from typing import Any

from service.options import DEFAULT_TOP_K, MAX_TOP_K

REFERENCE = "#/components/schemas/{model}"
_IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp")
_ERRORS = {
    400: "the request is malformed",
    404: "no such model, or no such path",
    405: "no such method here; Allow lists those there are",
    408: "the body did not come in time",
    413: "the body or an image is too large, or there are too many rows or texts",
    415: "not an image that is accepted, or a pickle",
    422: "an image is truncated, corrupt or empty; a row is not as the model's columns say;"
    " a text is blank or none",
    500: "a fault of the service",
    503: "overloaded, or the model is not ready or refused; Retry-After says when to come back,"
    " and is missing where that does not help",
    504: "no answer within the time limit",
}
_EVERYWHERE = (405, 500)


def _json(name: str, example: object = None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": REFERENCE.format(model=name)}}
    if example is not None:
        content["example"] = example
    return {"application/json": content}


def _response(description: str, content: dict[str, Any], *headers: str) -> dict[str, Any]:
    names = ("X-Request-ID", *headers)
    return {
        "description": description,
        "headers": {name: {"schema": {"type": "string"}} for name in names},
        "content": content,
    }


def _errors(*statuses: int) -> dict[str, Any]:
    extra = {405: ("Allow",), 503: ("Retry-After",)}
    return {
        str(status): _response(_ERRORS[status], _json("ErrorEnvelope"), *extra.get(status, ()))
        for status in sorted({*statuses, *_EVERYWHERE})
    }


def _get(summary: str, content: dict[str, Any], *errors: int) -> dict[str, Any]:
    return {
        "get": {
            "summary": summary,
            "responses": {"200": _response("OK", content)} | _errors(*errors),
        }
    }


def _text(media_type: str) -> dict[str, Any]:
    return {media_type: {"schema": {"type": "string"}}}


_OPTIONS = {
    "model": {
        "schema": {"type": "string"},
        "description": "NAME or NAME:VERSION; may be left out where only one model would do, or"
        " where the service has a default",
    },
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
            **_json("ClassifyJson"),
        },
    },
    "responses": {
        "200": _response(
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
        **_errors(400, 404, 408, 413, 415, 422, 503, 504),
    },
}


def _post_json(
    operation: str,
    summary: str,
    description: str,
    asked: tuple[str, object],
    answer: str,
    answered: tuple[str, object],
) -> dict[str, Any]:
    """An endpoint that takes JSON; `asked` and `answered` are schemas' names with examples."""
    return {
        "post": {
            "summary": summary,
            "description": description,
            "operationId": operation,
            "parameters": [{"name": "model", "in": "query", **_OPTIONS["model"]}],
            "requestBody": {"required": True, "content": _json(*asked)},
            "responses": {
                "200": _response(answer, _json(*answered)),
                **_errors(400, 404, 408, 413, 415, 422, 503, 504),
            },
        }
    }


_PASSENGER = {"age": 29, "fare": 7.25, "sex": "female", "deck": None}
_PREDICT = _post_json(
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
_SENTIMENT = _post_json(
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
_CLASSIFY_TEXT = _post_json(
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

_SHOW_MODEL = _get("One model: its card and its state", _json("ModelState"), 404)
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
    "/models": _get("Every model: its card and its state", _json("ModelList")),
    "/models/{reference}": _SHOW_MODEL,
    "/healthz": _get("Whether the process lives", _text("text/plain")),
    "/livez": _get("Whether the process lives", _text("text/plain")),
    "/readyz": _get("Whether every model is loaded, verified and warm", _json("Readiness"), 503),
    "/metrics": _get("Figures for Prometheus", _text("text/plain")),
    "/schema.json": _get("What BentoML's client reads", {"application/json": {"schema": {}}}),
    "/openapi.json": _get("This document", {"application/json": {"schema": {}}}),
    "/docs": _get("This document, to read and to try", _text("text/html")),
    "/": _get("What is there, as a page", _text("text/html")),
}
