"""From a JSON body to what an endpoint works on.

The body is JSON whatever the Content-Type says. The option `model` stands in it or in the URL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import Request

from service.http.bodies import media_type, parse, parse_json_object
from service.http.errors import EmptyInput, MalformedRequest, TooManyTexts, UnusableText
from service.http.options import Options

Taken = TypeVar("Taken")


async def read_json(
    request: Request, take: Callable[[dict[str, Any]], Taken], max_rows: int | None = None
) -> tuple[Taken, Options]:
    """Parse a JSON body and its options, in a thread where the body is large.

    Args:
        request: Its body is JSON, whatever the Content-Type says.
        take: Takes what the endpoint is asked about out of the object; what stays are options.
        max_rows: The most rows in it, where it has rows.

    Raises:
        MalformedRequest: The body is not such JSON, or an option is unknown or comes twice.
        UnsupportedMedia: The body is a pickle.
    """
    media_type(request)
    options = Options(("model",))
    options.add_query(request.scope["query_string"])
    taken, others = await parse(_parse, await request.body(), take, max_rows)
    for name, value in others.items():
        options.add(name, value)
    return taken, options


def _parse(
    body: bytes, take: Callable[[dict[str, Any]], Taken], max_rows: int | None
) -> tuple[Taken, dict[str, Any]]:
    content = parse_json_object(body, max_rows)
    return take(content), content


def take_field(content: dict[str, Any], field: str, expected: str) -> Any:
    """Take one field out of a JSON object.

    Raises:
        MalformedRequest: There is none; `expected` says what it must be.
    """
    if field not in content:
        raise MalformedRequest(f'expected the JSON field "{field}", {expected}; there is none')
    return content.pop(field)


def take_texts(value: object, field: str, most: int) -> list[str]:
    """Return the texts in a field that holds one text or a list of texts.

    Raises:
        EmptyInput: The list is empty.
        UnusableText: Something is there in the place of a text.
        TooManyTexts: There are more texts than `most`.
    """
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        kind = type(value).__name__
        raise UnusableText(f'field "{field}": expected a text or a list of texts, received {kind}')
    if not texts:
        raise EmptyInput("expected at least one text, received none")
    if len(texts) > most:
        raise TooManyTexts(f"expected at most {most} texts, received {len(texts)}")
    for number, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise UnusableText(f"text {number}: expected a text, received {type(text).__name__}")
    return texts
