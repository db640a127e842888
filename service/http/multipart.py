"""Reading a multipart form that is in memory already.

Starlette's reader spools each file to a temporary one, leaves those of a broken form open, and
takes a form that ends too early for a shorter one. The parser below both is the same.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from service.http.errors import MalformedRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

# It warns of every byte out of place; the client is told, and nobody else needs to know.
logging.getLogger("python_multipart").setLevel(logging.ERROR)


@dataclass(slots=True)
class Part:
    """One field of a form.

    Attributes:
        name: The field's name.
        is_file: Whether it came with a file name.
        data: Its content.
    """

    name: str
    is_file: bool
    data: bytes


def read_form(body: bytes, content_type: str, max_parts: int) -> list[Part]:
    """Takes a form apart.

    Args:
        body: All of it.
        content_type: The request's header, which holds the boundary.
        max_parts: The most fields.

    Raises:
        MalformedRequest: It is no such form, it ends too early, or it has too many fields.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise MalformedRequest("multipart/form-data: expected a boundary in the Content-Type")
    reader = _Reader(max_parts)
    try:
        parser = MultipartParser(boundary, reader.callbacks)
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise MalformedRequest("the body cannot be read as multipart/form-data") from None
    if not reader.is_complete:
        raise MalformedRequest("multipart/form-data: the body ends before the form does")
    return reader.parts


class _Reader:
    """Gathers what the parser finds."""

    def __init__(self, max_parts: int) -> None:
        self.parts: list[Part] = []
        self.is_complete = False
        self._max_parts = max_parts
        self._header = b""
        self._value = b""
        self._disposition = b""
        self._data: list[bytes] = []

    @property
    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._add_to_header,
            "on_header_value": self._add_to_value,
            "on_header_end": self._end_header,
            "on_part_data": self._add_data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        if len(self.parts) >= self._max_parts:
            raise MalformedRequest(f"expected at most {self._max_parts} form fields, received more")
        self._disposition, self._data = b"", []

    def _add_to_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def _end(self) -> None:
        options = parse_options_header(self._disposition)[1]
        if b"name" not in options:
            raise MalformedRequest("multipart/form-data: expected a name for every field")
        name = options[b"name"].decode("utf-8", "replace")
        self.parts.append(Part(name, b"filename" in options, b"".join(self._data)))

    def _finish(self) -> None:
        self.is_complete = True
