"""The options of a request: from query string, form and JSON to one checked value each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from service.http.errors import MalformedRequest

DEFAULT_TOP_K = 5
MAX_TOP_K = 1000
MAX_ALTERNATIVES = 3
OPTIONS = ("model", "top_k")

_MAX_QUERY_FIELDS = 20
_PIECE = 64 * 1024  # unquoted at a time


class Options:
    """Options as they were sent, each at most once, wherever it stood; `names` are those known."""

    def __init__(self, names: Sequence[str] = OPTIONS) -> None:
        self._names = names
        self._values: dict[str, Any] = {}

    def add(self, name: str, value: Any) -> None:
        """Takes one option.

        Raises:
            MalformedRequest: There is no such option, or it was given before.
        """
        if name not in self._names:
            known = " and ".join(self._names)
            raise MalformedRequest(f"expected no options but {known}; received {shortened(name)}")
        if name in self._values:
            raise MalformedRequest(f"option {name}: expected once, received twice")
        self._values[name] = value

    def add_raw(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Takes options whose values are text and stay what they are."""
        for name, text in pairs:
            self.add(name, text)

    def add_text(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Takes options from a form or a query string, where every value is text."""
        for name, text in pairs:
            self.add(name, _from_text(text))

    def add_query(self, query: bytes) -> None:
        """Takes options from the URL."""
        self.add_text(read_pairs(query, "ascii", "the query string"))

    def has(self, name: str) -> bool:
        """Whether an option was sent."""
        return name in self._values

    def get(self, name: str) -> Any:
        """What was sent for an option, unchecked; None where nothing was."""
        return self._values.get(name)

    @property
    def model(self) -> str | None:
        """The model's name, or None where the request leaves it open."""
        value = self._values.get("model")
        if value is None or (isinstance(value, str) and 0 < len(value) <= 100):
            return value
        raise MalformedRequest(
            f"option model: expected a model's name, received {shortened(value)}"
        )

    @property
    def top_k(self) -> int:
        """How many labels are wanted; a model that has fewer gives all it has."""
        value = self._values.get("top_k")
        if value is None:
            return DEFAULT_TOP_K
        # JSON's true is an int for Python.
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_TOP_K:
            return value
        raise MalformedRequest(
            f"option top_k: expected a whole number from 1 to {MAX_TOP_K}, received"
            f" {shortened(value)}"
        )


def read_pairs(encoded: bytes, encoding: str, what: str) -> list[tuple[str, str]]:
    """Reads a query string, or a form that is written like one.

    Args:
        encoded: Such as `model=digits&top_k=3`.
        encoding: Of what is not escaped.
        what: It is, for the message.

    Raises:
        MalformedRequest: It cannot be read, or has very many fields.
    """
    fields = encoded.split(b"&", _MAX_QUERY_FIELDS)
    if len(fields) > _MAX_QUERY_FIELDS:
        raise MalformedRequest(f"{what}: expected at most {_MAX_QUERY_FIELDS} fields")
    pairs = [field.partition(b"=")[::2] for field in fields if field]
    try:
        encoded.decode(encoding)
        return [(_unquoted(name), _unquoted(value)) for name, value in pairs]
    except ValueError:
        raise MalformedRequest(f"{what} cannot be read") from None


def _unquoted(encoded: bytes) -> str:
    """Text from its form in a URL, piece by piece: urllib holds some fifty bytes for each `%41`."""
    pieces, start = [], 0
    while start < len(encoded):
        end = start + _PIECE
        if end < len(encoded) and (escape := encoded.rfind(b"%", end - 2, end)) > 0:
            end = escape  # not through one
        pieces.append(unquote_to_bytes(encoded[start:end].replace(b"+", b" ")))
        start = end
    return b"".join(pieces).decode("utf-8")


def _from_text(text: str) -> Any:
    """Reads a form value: BentoML's client writes JSON (`"digits"`, `3`), people write text."""
    if len(text) <= 200:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return text
        if value is None or isinstance(value, str | int):
            return value
    return text


def shortened(value: object) -> str:
    """A value as messages show it."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
