"""Answers that belong to no task, as types for the code and for OpenAPI."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict


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
