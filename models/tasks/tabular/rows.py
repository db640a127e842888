"""Rows of a table to what a model takes: the same code for CSV files and for JSON.

Columns are checked one after the other, each at once, so that ten thousand rows take milliseconds;
only a column in which something is wrong is looked at cell by cell, to say where.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.card import TableColumn, TableInput
from models.errors import UnusableRow
from models.texts.missing import is_missing

_LARGEST = float(np.finfo(np.float32).max)
_SHOWN_VALUES = 5
_SHOWN_LENGTH = 60

Row = Mapping[str, object]


def rows_to_array(
    rows: Sequence[Row], spec: TableInput, *, first_row: int = 1
) -> NDArray[np.float32]:
    """Turns rows with typed values into a model's input.

    A number is an int or a float, a category one of its values; where these are written in digits
    a number does as well (`3` for `"3"`). None is a missing value, and so is a key that is not
    there; both are refused in a column that had no missing values in training. So is a category
    that the model has never seen: it would get an answer that means nothing.

    Args:
        rows: Each a mapping from columns' names to values.
        spec: The columns.
        first_row: The number of the first row, for messages.

    Returns:
        float32 `[rows, columns]`; categories as indices, missing values as NaN.

    Raises:
        UnusableRow: Something does not fit; the message names the row and the column.
    """
    _check_rows(rows, spec, first_row)
    table = np.empty((len(rows), len(spec.columns)), np.float32)
    for number, column in enumerate(spec.columns):
        values = [row.get(column.name) for row in rows]
        table[:, number] = _convert(column, values, first_row)
    return table


def parse_text_rows(rows: Sequence[Mapping[str, str]], spec: TableInput) -> list[dict[str, object]]:
    """Turns the texts of a file's cells into values for `rows_to_array`.

    What a column cannot hold is left as text, for `rows_to_array` to refuse.

    Args:
        rows: As `csv.DictReader` gives them.
        spec: The columns; cells of others are left alone.
    """
    parsers = {column.name: _parser(column) for column in spec.columns}
    return [
        {name: parsers[name](text) if name in parsers else text for name, text in row.items()}
        for row in rows
    ]


def _parser(column: TableColumn) -> Callable[[str | None], object]:
    if column.type == "number":
        return _parse_number
    values = frozenset(column.values)

    def parse_category(text: str | None) -> object:
        if text in values:
            return text
        if text is None or is_missing(text):
            return None
        return text.strip() if text.strip() in values else text

    return parse_category


def _parse_number(text: str | None) -> object:
    if text is None or is_missing(text):
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    # Python reads 1_000 as a thousand; nobody writes that in a table.
    return text if "_" in text or math.isnan(number) else number


def _check_rows(rows: Sequence[Row], spec: TableInput, first_row: int) -> None:
    names = {column.name for column in spec.columns}
    needed = {column.name for column in spec.columns if not column.missing}
    for number, row in enumerate(rows, first_row):
        if not isinstance(row, Mapping):
            raise UnusableRow(f"row {number}: expected columns with values, received {_show(row)}")
        keys = row.keys()
        if keys == names:
            continue
        if unknown := [key for key in row if key not in names]:
            raise UnusableRow(f"row {number}: {_unknown_column(unknown[0], spec)}")
        if not keys >= needed:
            missing = next(column.name for column in spec.columns if column.name in needed - keys)
            raise UnusableRow(f"row {number}: column {missing!r} is missing")


def _unknown_column(name: object, spec: TableInput) -> str:
    known = [column.name for column in spec.columns]
    # A name of megabytes would be compared for minutes.
    near = difflib.get_close_matches(str(name)[:100], known, 1)
    meant = f"did you mean {near[0]!r}?" if near else f"expected {_list(known)}"
    return f"unknown column {_show(name)}; {meant}"


def _convert(column: TableColumn, values: list[object], first_row: int) -> NDArray[np.float32]:
    index: dict[object, float] = {value: float(place) for place, value in enumerate(column.values)}
    if column.missing:
        index[None] = np.nan
    converted = _numbers(column, values) if column.type == "number" else _indices(values, index)
    if converted is not None:
        return converted
    cells = [_cell(column, value, row, index) for row, value in enumerate(values, first_row)]
    return np.array(cells, np.float32)


def _numbers(column: TableColumn, values: list[object]) -> NDArray[np.float32] | None:
    """A column of plain, finite numbers at once; None for any other."""
    kinds = set(map(type, values))
    if not kinds <= ({int, float, type(None)} if column.missing else {int, float}):
        return None
    missing = type(None) in kinds
    try:
        # None becomes NaN, which is no value that could be sent.
        wide = np.array(values, np.float64)
    except OverflowError:
        return None
    beyond = ~(np.abs(wide) <= _LARGEST)
    if np.count_nonzero(beyond) != (values.count(None) if missing else 0):
        return None
    return wide.astype(np.float32)


def _indices(values: list[object], index: Mapping[object, float]) -> NDArray[np.float32] | None:
    """A column of known categories at once; None for any other."""
    if not set(map(type, values)) <= {str, type(None)}:
        return None
    try:
        return np.array([index[value] for value in values], np.float32)
    except KeyError:
        return None


def _cell(column: TableColumn, value: object, row: int, index: Mapping[object, float]) -> float:
    expectation = f"row {row}, column {column.name!r}: expected {_expected(column)}"
    if value is None:
        if column.missing:
            return np.nan
        raise UnusableRow(f"{expectation}, received no value; none was missing there in training")
    if column.type == "number":
        return _number(value, expectation)
    found = [index[text] for text in _written(value) if text in index]
    if not found:
        raise UnusableRow(f"{expectation}, received {_show(value)}")
    return found[0]


def _number(value: object, expectation: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise UnusableRow(f"{expectation}, received {_show(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not abs(number) <= _LARGEST:
        raise UnusableRow(
            f"{expectation} from -{_LARGEST:.2g} to {_LARGEST:.2g}, received {_show(value)}"
        )
    return number


def _written(value: object) -> list[str]:
    """How a category may be written; a number in digits, since JSON has 3 and 3.0 for the same."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    whole = isinstance(value, float) and value.is_integer()
    return [_show(value), *([str(int(value))] if whole else [])]


def _expected(column: TableColumn) -> str:
    return "a number" if column.type == "number" else f"one of {_list(column.values)}"


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(_show(name) for name in names[:_SHOWN_VALUES])
    more = len(names) - _SHOWN_VALUES
    return f"{shown} and {more} more" if more > 0 else shown


def _show(value: object) -> str:
    """A value as a short text; of a list or an object only what it is."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if not isinstance(value, str | int | float):
        return type(value).__name__
    if isinstance(value, str) and len(value) > _SHOWN_LENGTH:
        return repr(value[:_SHOWN_LENGTH] + "...")
    try:
        text = repr(value)
    except ValueError:  # of thousands of digits
        return "a number too long to write"
    return text if len(text) <= _SHOWN_LENGTH or isinstance(value, str) else f"{text[:20]}..."
