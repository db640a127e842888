"""The OpenAPI document, from the same types as the code; BentoML's own knows one media type each.

A new endpoint is one entry in `PATHS` and its types in `_SCHEMAS`.
"""

from __future__ import annotations

import functools
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import TypeAdapter

from service.options import DEFAULT_TOP_K, MAX_TOP_K
from service.schemas import (
    Classification,
    Classifications,
    ClassifyJson,
    ErrorEnvelope,
    ModelList,
    ModelState,
    Readiness,
)

_REFERENCE = "#/components/schemas/{model}"
_SCHEMAS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        Classification,
        Classifications,
        ClassifyJson,
        ErrorEnvelope,
        ModelList,
        ModelState,
        Readiness,
    )
}
_IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp")
_ERRORS = {
    400: "the request is malformed",
    404: "no such model, or no such path",
    405: "no such method here; Allow lists those there are",
    408: "the body did not come in time",
    413: "the body or an image is too large",
    415: "not an image that is accepted",
    422: "an image is truncated, corrupt or empty",
    500: "a fault of the service",
    503: "overloaded, or the model is not ready or refused; Retry-After says when to come back,"
    " and is missing where that does not help",
    504: "no answer within the time limit",
}
_EVERYWHERE = (405, 500)


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REFERENCE.format(model=name)}}}


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
        "description": "NAME or NAME:VERSION; may be left out where only one model would do",
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
                            {"$ref": _REFERENCE.format(model=kind)}
                            for kind in ("Classification", "Classifications")
                        ]
                    }
                }
            },
        ),
        **_errors(400, 404, 408, 413, 415, 422, 503, 504),
    },
}

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


@functools.cache
def openapi_document() -> dict[str, Any]:
    """The document; the same for every instance of the service."""
    adapters = [(name, "serialization", TypeAdapter(kind)) for name, kind in _SCHEMAS.items()]
    _, schemas = TypeAdapter.json_schemas(adapters, ref_template=_REFERENCE)  # type: ignore[arg-type]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Okazu",
            "description": "Trained models, served. Every answer carries X-Request-ID.",
            "version": _version(),
        },
        "servers": [{"url": "."}],
        "paths": PATHS,
        "components": {"schemas": schemas["$defs"]},
    }


def _version() -> str:
    try:
        return version("okazu")
    except PackageNotFoundError:  # inside a bento the code is there, but not as a package
        return "0"
