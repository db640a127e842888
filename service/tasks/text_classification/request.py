"""From an HTTP request to texts: `POST /sentiment` and `POST /classify_text`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from models.texts.words import is_blank
from service.http.errors import EmptyInput
from service.http.json_requests import read_json, take_field, take_texts
from service.http.options import Options


@dataclass(slots=True)
class TextRequest:
    """Texts and what is asked about them.

    Attributes:
        texts: At least one, and none is blank.
        options: The model.
    """

    texts: list[str]
    options: Options


async def read_text_request(request: Request, max_texts: int) -> TextRequest:
    """Reads `POST /sentiment` and `POST /classify_text`.

    Raises:
        MalformedRequest: It cannot be understood.
        EmptyInput: There is no text in it, or a blank one.
        UnusableText: Something is there in the place of a text.
        TooManyTexts: There are more texts than `max_texts`.
        UnsupportedMedia: It is a pickle.
    """
    return TextRequest(*await read_json(request, functools.partial(_take_texts, most=max_texts)))


def _take_texts(content: dict[str, Any], *, most: int) -> list[str]:
    texts = take_texts(take_field(content, "text", "a text or a list of texts"), "text", most)
    for number, text in enumerate(texts, 1):
        if is_blank(text):
            raise EmptyInput(f"text {number}: expected a text to read, received a blank one")
    return texts
