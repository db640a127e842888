"""Bodies of requests: told apart, parsed strictly, and in a thread where that takes long."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse

from service.http.errors import MalformedRequest, TooManyRows, UnsupportedMedia
from service.threads import DaemonThreads, call

Result = TypeVar("Result")

_PICKLE = "application/vnd.bentoml+pickle"
# Above this, parsing holds up the event loop for longer than a thread costs.
_LARGE_BODY = 256 * 1024
_FEW_ANSWERS = 64
# A parsed body takes up to 25 times its size, so few are parsed at once, and a large one with more
# objects, lists and keys than any request has is not parsed at all.
_READERS = DaemonThreads("reader", 2)
_MOST_PARTS = 1000
_TEXT_OR_PART = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{:]', re.DOTALL)


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
    if len(body) > _LARGE_BODY:
        return await _READERS.call(read, body, *arguments)
    return read(body, *arguments)


async def json_answer(content: object, size: int) -> JSONResponse:
    """Writes an answer about `size` inputs, in a thread where these are many."""
    return await call(JSONResponse, content, in_thread=size > _FEW_ANSWERS)


def parse_json_object(body: bytes, max_rows: int | None = None) -> dict[str, Any]:
    """Parses a JSON object strictly: no NaN, no key twice, no nesting without end.

    Args:
        body: The object.
        max_rows: The most rows in it, where it has rows.

    Raises:
        MalformedRequest: The body is not such an object, or has very many parts.
        TooManyRows: It has many more objects than `max_rows`.
    """
    if len(body) > _LARGE_BODY:
        if max_rows is None and _has_more(body, _MOST_PARTS, b"[{:"):
            raise MalformedRequest(
                f"expected at most {_MOST_PARTS} objects, lists and keys, received more"
            )
        if max_rows is not None and _has_more(body, max_rows + _MOST_PARTS, b"[{"):
            raise TooManyRows(f"expected at most {max_rows} rows, received more")
    try:
        content = json.loads(body, parse_constant=_refuse, object_pairs_hook=_unique)
    except MalformedRequest:
        raise
    except (ValueError, RecursionError):  # ValueError: also bad UTF-8, and endless numbers
        raise MalformedRequest("the body cannot be read as JSON") from None
    if not isinstance(content, dict):
        raise MalformedRequest(f"expected a JSON object, received {type(content).__name__}")
    return content


def _has_more(body: bytes, most: int, marks: bytes) -> bool:
    """Whether any of these marks stand more often in a body, outside of its texts."""
    kinds = [bytes((mark,)) for mark in marks]
    if sum(map(body.count, kinds)) <= most:
        return False
    found = (match[0] for match in _TEXT_OR_PART.finditer(body))
    return any(number >= most for number, _ in enumerate(one for one in found if one in kinds))


def _refuse(constant: str) -> None:
    raise MalformedRequest(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise MalformedRequest("expected every JSON key once, received one twice")
    return content
