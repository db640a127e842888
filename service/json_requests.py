"""From a JSON body to what an endpoint works on: rows of a table, or texts.

The body is JSON whatever the Content-Type says. The option `model` stands in it or in the URL.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request

from models.texts.words import is_blank
from service.bodies import media_type, parse, parse_json_object
from service.errors import EmptyInput, MalformedRequest, TooManyRows, TooManyTexts, UnusableText
from service.options import Options

Taken = TypeVar("Taken")


@dataclass(slots=True)
class TableRequest:
    """Rows and what is asked about them.

    Attributes:
        rows: At least one, as they were sent; the model's columns tell what they must be.
        options: The model.
    """

    rows: list[Any]
    options: Options


@dataclass(slots=True)
class TextRequest:
    """Texts and what is asked about them.

    Attributes:
        texts: At least one, and none is blank.
        options: The model.
    """

    texts: list[str]
    options: Options


async def read_table_request(request: Request, max_rows: int) -> TableRequest:
    """Reads `POST /predict`.

    Raises:
        MalformedRequest: It cannot be understood.
        EmptyInput: There is no row in it.
        TooManyRows: There are more rows than `max_rows`.
        UnsupportedMedia: It is a pickle.
    """
    take = functools.partial(_take_rows, most=max_rows)
    return TableRequest(*await _read(request, take, max_rows))


async def read_text_request(request: Request, max_texts: int) -> TextRequest:
    """Reads `POST /sentiment` and `POST /classify_text`.

    Raises:
        MalformedRequest: It cannot be understood.
        EmptyInput: There is no text in it, or a blank one.
        UnusableText: Something is there in the place of a text.
        TooManyTexts: There are more texts than `max_texts`.
        UnsupportedMedia: It is a pickle.
    """
    return TextRequest(*await _read(request, functools.partial(_take_texts, most=max_texts)))


async def _read(
    request: Request, take: Callable[[dict[str, Any]], Taken], max_rows: int | None = None
) -> tuple[Taken, Options]:
    """Parses a body, in a thread where it is large; `take` takes its field out of the object."""
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


def _take(content: dict[str, Any], field: str, expected: str) -> Any:
    if field not in content:
        raise MalformedRequest(f'expected the JSON field "{field}", {expected}; there is none')
    return content.pop(field)


def _take_rows(content: dict[str, Any], *, most: int) -> list[Any]:
    rows = _take(content, "rows", "a list of objects")
    if not isinstance(rows, list):
        kind = type(rows).__name__
        raise MalformedRequest(f'JSON field "rows": expected a list of objects, received {kind}')
    if not rows:
        raise EmptyInput("expected at least one row, received none")
    if len(rows) > most:
        raise TooManyRows(f"expected at most {most} rows, received {len(rows)}")
    return rows


def _take_texts(content: dict[str, Any], *, most: int) -> list[str]:
    texts = take_texts(_take(content, "text", "a text or a list of texts"), "text", most)
    for number, text in enumerate(texts, 1):
        if is_blank(text):
            raise EmptyInput(f"text {number}: expected a text to read, received a blank one")
    return texts


def take_texts(value: object, field: str, most: int) -> list[str]:
    """What is sent in a field for texts: one, or a list of them.

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
