"""Cells that spreadsheets would run are made harmless, and can be read back as they were."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.jobs.spreadsheets import csv_text, original_cell, safe_cell

FORMULAS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    '@SUM(1,1)*HYPERLINK("http://example.org")',
    "\t=1",
    "\rtext",
    "\ntext",
    "  =1+1",
    "\ufeff=1+1",
    "\u00a0=1+1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0dx",
    "\uff20x",
    "-",
    "+",
    "=",
    "-inf",
    "+1 234 x",
    "-5+1",
    "'=1+1",
    "''@x",
]
PLAIN = ["", "text", "a=b", "-0.5", "+49123", "-1e-7", "-1,000.5", "-3%", "'quoted'", "1-1", "é"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert original_cell(f"'{text}") == text


@pytest.mark.parametrize("text", PLAIN)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text
    assert original_cell(text) == text


@pytest.mark.parametrize("number", [-0.5, -7, np.float32(-0.5), None, True])
def test_numbers_stay_numbers(number: object) -> None:
    assert safe_cell(number) is number


@given(st.text(alphabet="'=+-@\t\r\n 0.e,\uff1d\ufeffx") | st.text())
def test_every_text_can_be_read_back(text: str) -> None:
    written = safe_cell(text)
    assert isinstance(written, str)
    assert original_cell(written) == text
    assert not written.lstrip().startswith(("=", "@", "\uff1d"))


def test_rows_are_escaped_or_not() -> None:
    rows: list[list[object]] = [["=a", "b"], [-0.5, '=HYPERLINK("x")']]
    assert csv_text(rows) == '\'=a,b\r\n-0.5,"\'=HYPERLINK(""x"")"\r\n'
    plain = csv_text(rows, escape_formulas=False)
    assert list(csv.reader(io.StringIO(plain, newline=""))) == [
        ["=a", "b"],
        ["-0.5", '=HYPERLINK("x")'],
    ]
