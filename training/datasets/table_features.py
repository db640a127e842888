"""Which columns a table's model reads, and as what."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import InvalidSetting
from training.datasets.cells import Cells
from training.datasets.console import counted
from training.recipe import TableData

# A category of more values, or of fewer than two rows for each, would be learned by heart.
MOST_CATEGORIES = 100
FEWEST_ROWS = 2


@dataclass(frozen=True)
class Feature:
    """A column that is read.

    Attributes:
        name: Of it.
        cells: float64 `[rows]`: numbers, or indices into the values; NaN where missing.
        values: Of a category, in no order; None for numbers.
    """

    name: str
    cells: NDArray[np.float64]
    values: Sequence[str] | None = None


def expect_column(name: str, columns: Mapping[str, Cells] | Sequence[str], field: str) -> None:
    """Refuses a column that is not there.

    Raises:
        InvalidSetting: With the columns that are.
    """
    if name in columns:
        return
    near = difflib.get_close_matches(name, list(columns), 1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    known = ", ".join(columns)
    raise InvalidSetting(f"{field}: there is no column {name!r}; {meant}there are: {known}")


def choose_columns(columns: Mapping[str, Cells], target: str, data: TableData) -> list[Cells]:
    """The columns that a recipe names, else all but the target and those without a name.

    Raises:
        InvalidSetting: A column is not there, comes twice, or is the target.
    """
    features = [name for name in columns if name and name != target]
    for name in data.column_types:
        expect_column(name, features, "data.column_types")
    chosen = data.columns or features
    for name in chosen:
        expect_column(name, columns, "data.columns")
        if name == target:
            raise InvalidSetting(f"data.columns: {name!r} is the target; predict from others")
        if chosen.count(name) > 1:
            raise InvalidSetting(f"data.columns: {name!r} comes twice")
    return [columns[name] for name in chosen]


def read_features(columns: Sequence[Cells], data: TableData) -> tuple[list[Feature], list[str]]:
    """The columns of which something can be learned, and notes on those that are left out.

    A column that holds no more than one value is left out, and one of so many texts that it can
    be no category, unless the recipe says that it is.

    Raises:
        InvalidSetting: No column is left, or one is not of the type that the recipe says.
    """
    features, notes = [], []
    for cells in columns:
        asked = data.column_types.get(cells.name)
        if reason := _useless(cells, asked):
            notes.append(f"left out the column {cells.name!r}: {reason}")
        elif asked == "number" or (asked is None and cells.is_number):
            features.append(Feature(cells.name, cells.numbers()))
        else:
            values, codes = cells.texts()
            features.append(Feature(cells.name, np.where(codes < 0, np.nan, codes), values))
    if not features:
        reasons = f" ({'; '.join(notes)})" if notes else ""
        raise InvalidSetting(f"data.columns: no column to predict from is left{reasons}")
    return features, notes


def _useless(cells: Cells, asked: str | None) -> str | None:
    """Why nothing can be learned from a column, or None."""
    if cells.missing == len(cells):
        return "it has no values"
    if cells.different == 1 and not cells.missing:
        return "it always has the same value"
    if asked is None and not cells.is_number:
        return "; ".join(_no_category(cells)) or None
    return None


def _no_category(cells: Cells) -> Iterator[str]:
    known = len(cells) - cells.missing
    if cells.different is None or cells.different > MOST_CATEGORIES:
        reason = f"more than {MOST_CATEGORIES} different texts"
    elif cells.different * FEWEST_ROWS > known:
        reason = f"{counted(cells.different, 'different text')} in {counted(known, 'row')}"
    else:
        return
    yield (
        f"{reason} (the first that is no number is {cells.first_word()}); if it is a category all"
        " the same, say so in data.column_types"
    )
