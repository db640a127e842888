"""The OpenAPI document, from the same types as the code.

BentoML's own document knows one media type for each endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol, cast

from pydantic import TypeAdapter

from service.http import operations as general
from service.http.openapi_parts import REFERENCE


class Operations(Protocol):
    """A module that describes some paths; each task has one.

    Attributes:
        PATHS: Path -> OpenAPI's path item.
        SCHEMAS: The types that the paths refer to, by their names.
    """

    PATHS: Mapping[str, Any]
    SCHEMAS: Sequence[type]


def openapi_document(tasks: Iterable[Operations]) -> dict[str, Any]:
    """Return the document: what every task answers, then the paths that belong to none."""
    described = [*tasks, cast(Operations, general)]
    kinds = sorted((kind for one in described for kind in one.SCHEMAS), key=lambda k: k.__name__)
    adapters: list[tuple[str, Any, TypeAdapter[Any]]] = [
        (kind.__name__, "serialization", TypeAdapter(kind)) for kind in kinds
    ]
    _, schemas = TypeAdapter.json_schemas(adapters, ref_template=REFERENCE)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Okazu",
            "description": "Trained models, served. Every answer carries X-Request-ID.",
            "version": _version(),
        },
        "servers": [{"url": "."}],
        "paths": {path: item for one in described for path, item in one.PATHS.items()},
        "components": {"schemas": schemas["$defs"]},
    }


def _version() -> str:
    try:
        return version("okazu")
    except PackageNotFoundError:  # inside a bento the code is there, but not as a package
        return "0"
