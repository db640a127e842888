"""The paths that belong to no task, as OpenAPI describes them."""

from __future__ import annotations

from typing import Any

from service.http.openapi_parts import get_operation, json_content, text_content
from service.http.schemas import ErrorEnvelope, ModelList, ModelState, Readiness

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
SCHEMAS = (ErrorEnvelope, ModelList, ModelState, Readiness)
