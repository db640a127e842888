"""Query strings and forms, as the standard library reads them but in less memory."""

from __future__ import annotations

import tracemalloc
from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.http.errors import MalformedRequest
from service.http.options import read_pairs


@pytest.mark.parametrize("piece", [3, 4])
def test_forms_are_read_as_the_standard_library_does(piece: int) -> None:
    texts = st.text("%+ aé4fF=;€\U0001f600\x00", max_size=12)
    encoded = texts | texts.map(quote) | texts.map(quote_plus)

    @settings(max_examples=150, derandomize=True, deadline=None, database=None)
    @given(st.lists(st.tuples(encoded, encoded), max_size=4))
    def check(pairs: list[tuple[str, str]]) -> None:
        form = "&".join(f"{name}={value}" for name, value in pairs)
        try:
            expected = parse_qsl(form, keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            with pytest.raises(MalformedRequest):
                read_pairs(form.encode(), "utf-8", "the form")
        else:
            assert read_pairs(form.encode(), "utf-8", "the form") == expected

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.http.options._PIECE", piece)
        check()


def test_the_number_of_fields_is_bounded() -> None:
    assert len(read_pairs(b"&".join([b"q=1"] * 20), "utf-8", "the form")) == 20
    with pytest.raises(MalformedRequest, match="at most 20 fields"):
        read_pairs(b"&" * 10_000_000, "utf-8", "the form")


def test_escapes_take_little_memory() -> None:
    form = b"q=" + b"%41" * 300_000
    tracemalloc.start()
    try:
        [(name, value)] = read_pairs(form, "utf-8", "the form")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (name, value) == ("q", "A" * 300_000)
    assert peak < 12 * len(form)  # the standard library: 77 times
