"""From an exception to what a client sees: one envelope, one table.

Every error of every layer is `{"error": ..., "error_type": ..., "request_id": ...}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import Scope

from models.errors import (
    ImageTooLarge,
    ModelNotFound,
    OkazuError,
    UnreadableImage,
    UnsupportedImage,
    UnusableRow,
)

REQUEST_ID = "okazu.request_id"
# Set in the scope by whoever answers with the envelope, so that nobody wraps it again.
ERROR_TYPE = "okazu.error_type"


class MalformedRequest(OkazuError):
    """The request cannot be understood."""


class EmptyInput(OkazuError):
    """There is nothing to work on."""


class UnsupportedMedia(OkazuError):
    """The body is in a form that is never accepted."""


class BodyTooLarge(OkazuError):
    """The body is over the limit; it was not read whole."""


class TooManyRows(OkazuError):
    """There are more rows than one request may have."""


class TooManyTexts(OkazuError):
    """There are more texts than one request may have."""


class TextTooLong(OkazuError):
    """The texts have more characters than one request may have."""


class UnusableText(OkazuError):
    """What was sent as a text is none."""


class BodyTimeout(OkazuError):
    """The body did not come in time."""


class ModelUnavailable(OkazuError):
    """The model is loading."""


class ModelRefused(OkazuError):
    """The model cannot be served, and that will not pass."""


class Overloaded(OkazuError):
    """More work is waiting than the limits allow."""


class Stopping(OkazuError):
    """The service is shutting down."""


class DeadlineExceeded(OkazuError):
    """The answer took longer than the limit."""


# A class stands for its subclasses too, unless they have a line of their own.
ERRORS: dict[type[Exception], tuple[int, str]] = {
    MalformedRequest: (400, "malformed_request"),
    ClientDisconnect: (400, "client_disconnected"),
    ModelNotFound: (404, "model_not_found"),
    BodyTimeout: (408, "request_timeout"),
    BodyTooLarge: (413, "body_too_large"),
    ImageTooLarge: (413, "image_too_large"),
    TooManyRows: (413, "too_many_rows"),
    TooManyTexts: (413, "too_many_texts"),
    TextTooLong: (413, "text_too_long"),
    UnsupportedImage: (415, "unsupported_image"),
    UnsupportedMedia: (415, "unsupported_media_type"),
    EmptyInput: (422, "empty_input"),
    UnreadableImage: (422, "unreadable_image"),
    UnusableRow: (422, "unusable_row"),
    UnusableText: (422, "unusable_text"),
    ModelUnavailable: (503, "model_unavailable"),
    ModelRefused: (503, "model_refused"),
    Overloaded: (503, "overloaded"),
    Stopping: (503, "stopping"),
    DeadlineExceeded: (504, "deadline_exceeded"),
    Exception: (500, "internal_error"),
}

_HIDDEN = "an unexpected error; the server's log has it under this request_id"
_ADVICE = {
    404: "no such path; /docs lists those there are",
    405: "this path does not take this method; the header Allow lists those it takes",
}
_WAIT_AND_RETRY = (429, 503)
_LASTING = ("model_refused",)


@dataclass(frozen=True)
class Problem:
    """What is told about an error."""

    status: int
    error_type: str
    message: str
    headers: dict[str, str]

    @property
    def is_ours(self) -> bool:
        """Whether it is our fault, and somebody should read the log."""
        return self.status == 500


def describe(error: Exception) -> Problem:
    """Finds the status, the type and the message for an exception."""
    if isinstance(error, HTTPException):
        return describe_status(error.status_code, error.detail, dict(error.headers or {}))
    status, error_type = next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)
    if isinstance(error, ClientDisconnect):
        return Problem(status, error_type, "the client went away", {})
    return Problem(status, error_type, _HIDDEN if status == 500 else str(error), {})


def describe_status(
    status: int, detail: str = "", headers: dict[str, str] | None = None
) -> Problem:
    """Describes an error of which only the HTTP status is known, as the frameworks raise them."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "error"
    error_type = "internal_error" if status == 500 else phrase.lower().replace(" ", "_")
    if detail in ("", phrase):
        detail = _ADVICE.get(status, phrase)
    message = _HIDDEN if status == 500 else detail
    kept = {name: value for name, value in (headers or {}).items() if name.lower() == "allow"}
    return Problem(status, error_type, message, kept)


def error_response(problem: Problem, scope: Scope, retry_after: int) -> JSONResponse:
    """Puts a problem into the envelope."""
    scope[ERROR_TYPE] = problem.error_type
    headers = dict(problem.headers)
    if problem.status in _WAIT_AND_RETRY and problem.error_type not in _LASTING:
        headers["Retry-After"] = str(retry_after)
    return JSONResponse(envelope(problem, scope.get(REQUEST_ID, "")), problem.status, headers)


def envelope(problem: Problem, request_id: str) -> dict[str, str]:
    """The body of every error."""
    return {"error": problem.message, "error_type": problem.error_type, "request_id": request_id}
