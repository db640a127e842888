"""JSON that would take much memory is told before it is parsed, and nothing else is."""

from __future__ import annotations

import json

import pytest

from service.http.bodies import parse_json_object
from service.http.errors import MalformedRequest, TooManyRows

MANY = 200_000
HOSTILE = {
    "lists": b'{"text": [' + b"[]," * MANY + b"[]]}",
    "objects": b'{"text": [' + b"{}," * MANY + b"{}]}",
    "keys": json.dumps({str(number): 0 for number in range(MANY)}).encode(),
    "depth": b'{"text": ' + b"[" * 2 * MANY + b"]" * 2 * MANY + b"}",
    "after a quote": rb'{"a": "\\", "text": [' + b"[]," * MANY + b"[]]}",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_very_many_parts_are_refused_unparsed(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.http.bodies.json", None)
    with pytest.raises(MalformedRequest, match="at most 1000"):
        parse_json_object(HOSTILE[case])


def test_rows_are_counted_by_the_limit_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"rows": [{"a": 1, "b": 2, "c": "{["}] * 20_000}
    body = json.dumps(rows).encode()
    assert parse_json_object(body, 20_000) == rows
    monkeypatch.setattr("service.http.bodies.json", None)
    with pytest.raises(TooManyRows, match="at most 10000 rows"):
        parse_json_object(body, 10_000)


@pytest.mark.parametrize("text", ["[{:" * MANY, '\\"[' * MANY, "[\\" * MANY, '"}{"' * MANY])
def test_texts_may_hold_anything(text: str) -> None:
    content = {"text": [text, text]}
    assert parse_json_object(json.dumps(content).encode()) == content
