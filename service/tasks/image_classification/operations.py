"""Classifying images, as OpenAPI describes it."""

from __future__ import annotations

from typing import Any

from service.http.openapi_parts import (
    ASKING,
    MODEL,
    REFERENCE,
    error_responses,
    json_content,
    response,
)
from service.http.options import DEFAULT_TOP_K, MAX_TOP_K
from service.tasks.image_classification.schemas import Classification, Classifications, ClassifyJson

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

PATHS: dict[str, Any] = {"/classify": {"post": _CLASSIFY}}
SCHEMAS = (
    Classification,
    Classifications,
    ClassifyJson,
)
