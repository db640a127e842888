"""The OpenAPI document, from the same types as the code; BentoML's own knows one media type each.

A new endpoint's types stand in `_SCHEMAS`, and what it does in `service.operations`.
"""

from __future__ import annotations

import functools
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import TypeAdapter

from service.openapi_parts import REFERENCE
from service.operations import PATHS
from service.schemas import (
    Classification,
    Classifications,
    ClassifyJson,
    ErrorEnvelope,
    Language,
    ModelList,
    ModelState,
    Predictions,
    PredictJson,
    Readiness,
    TextJson,
    TextLabels,
    TranslateJson,
    Translations,
)

_SCHEMAS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        Classification,
        Classifications,
        ClassifyJson,
        ErrorEnvelope,
        Language,
        ModelList,
        ModelState,
        PredictJson,
        Predictions,
        Readiness,
        TextJson,
        TextLabels,
        TranslateJson,
        Translations,
    )
}


@functools.cache
def openapi_document() -> dict[str, Any]:
    """The document; the same for every instance of the service."""
    adapters = [(name, "serialization", TypeAdapter(kind)) for name, kind in _SCHEMAS.items()]
    _, schemas = TypeAdapter.json_schemas(adapters, ref_template=REFERENCE)  # type: ignore[arg-type]
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
