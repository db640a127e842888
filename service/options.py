"""The options of a request: from query string, form and JSON to one checked value each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from service.errors import MalformedRequest

DEFAULT_TOP_K = 5
MAX_TOP_K = 1000
OPTIONS = ("model", "top_k")

_MAX_QUERY_FIELDS = 20


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
            raise MalformedRequest(f"expected no options but {known}; received {_short(name)}")
        if name in self._values:
            raise MalformedRequest(f"option {name}: expected once, received twice")
        self._values[name] = value

    def add_text(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Takes options from a form or a query string, where every value is text."""
        for name, text in pairs:
            self.add(name, _from_text(text))

    def add_query(self, query: bytes) -> None:
        """Takes options from the URL."""
        if query:
            try:
                pairs = parse_qsl(
                    query.decode("ascii"),
                    keep_blank_values=True,
                    errors="strict",
                    max_num_fields=_MAX_QUERY_FIELDS,
                )
            except ValueError:
                raise MalformedRequest("the query string cannot be read") from None
            self.add_text(pairs)

    @property
    def model(self) -> str | None:
        """The model's name, or None where the request leaves it open."""
        value = self._values.get("model")
        if value is None or (isinstance(value, str) and 0 < len(value) <= 100):
            return value
        raise MalformedRequest(f"option model: expected a model's name, received {_short(value)}")

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
            f"option top_k: expected a whole number from 1 to {MAX_TOP_K}, received {_short(value)}"
        )


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


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
