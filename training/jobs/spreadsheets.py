"""CSV files that people open in spreadsheets: what a stranger wrote into a cell is never run.

A spreadsheet takes a cell that begins with one of a few characters for a formula, which can read
files and call programs (OWASP, "CSV Injection"). Such a text gets an apostrophe before it, and so
does one that has apostrophes before such a character: `original_cell` can tell them apart. Numbers
stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_ESCAPE = "'"
# What spreadsheets, or programs between, may pass over at the beginning of a cell.
_SKIPPED = r"[\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff]*"
_FORMULA = re.compile(rf"'*(?:[\t\r\n]|{_SKIPPED}[=+\-@\uff1d\uff0b\uff0d\uff20])")
_NUMBER = re.compile(r" *[+-][0-9.,]*[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?%? *")


def safe_cell(cell: object) -> object:
    """Return a cell as it may stand in a file; only texts that would be a formula change."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return _ESCAPE + cell
    return cell


def original_cell(text: str) -> str:
    """Return what `safe_cell` was given, from what a file has."""
    cell = text.removeprefix(_ESCAPE)
    return cell if safe_cell(cell) == text else text


def csv_text(rows: Iterable[Sequence[object]], *, escape_formulas: bool = True) -> str:
    """Write rows as a CSV file has them.

    Args:
        rows: Rows of cells.
        escape_formulas: Whether texts that a spreadsheet would run get an apostrophe.
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerows(
        [safe_cell(cell) for cell in row] if escape_formulas else row for row in rows
    )
    return text.getvalue()
