"""Bodies of requests: told apart, parsed strictly, and in a thread where that takes long."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse

from service.errors import MalformedRequest, UnsupportedMedia
from service.threads import call

Result = TypeVar("Result")

_PICKLE = "application/vnd.bentoml+pickle"
# Above this, parsing holds up the event loop for longer than a thread costs.
_LARGE_BODY = 256 * 1024
_FEW_ANSWERS = 64


def media_type(request: Request) -> str:
    """What the body says it is, in small letters.

    Raises:
        UnsupportedMedia: It is a pickle.
    """
    stated = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated == _PICKLE:
        raise UnsupportedMedia("pickles are not accepted; /docs says what is")
    return stated


async def parse(read: Callable[..., Result], body: bytes, *arguments: object) -> Result:
    """Calls `read(body, *arguments)`; for a large body in a thread, so that nobody is held up."""
    return await call(read, body, *arguments, in_thread=len(body) > _LARGE_BODY)


async def json_answer(content: object, size: int) -> JSONResponse:
    """Writes an answer about `size` inputs, in a thread where these are many."""
    return await call(JSONResponse, content, in_thread=size > _FEW_ANSWERS)


def parse_json_object(body: bytes) -> dict[str, Any]:
    """Parses a JSON object strictly: no NaN, no key twice, no nesting without end.

    Raises:
        MalformedRequest: The body is not such an object.
    """
    try:
        content = json.loads(body, parse_constant=_refuse, object_pairs_hook=_unique)
    except MalformedRequest:
        raise
    except (ValueError, RecursionError):  # ValueError: also bad UTF-8, and endless numbers
        raise MalformedRequest("the body cannot be read as JSON") from None
    if not isinstance(content, dict):
        raise MalformedRequest(f"expected a JSON object, received {type(content).__name__}")
    return content


def _refuse(constant: str) -> None:
    raise MalformedRequest(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise MalformedRequest("expected every JSON key once, received one twice")
    return content
