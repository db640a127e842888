"""Which columns a table's model reads, and as what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import InvalidSetting
from training.data.messages import counted
from training.data.tables.cells import Cells, Told
from training.data.tables.expected_column import expect_column
from training.tasks.tabular.recipe import TableData

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


def read_features(
    columns: Sequence[Cells], training: NDArray[np.intp], data: TableData
) -> tuple[list[Feature], list[str]]:
    """The columns of which something can be learned, and notes on those that are left out.

    What a column is, a number or a category, and whether anything can be learned from it, is told
    by the training part alone. A column that holds no more than one value there is left out, and
    one of so many texts that it can be no category, unless the recipe says that it is.

    Args:
        columns: Every row of them.
        training: int `[examples]`, the rows that are learned from, counted from 0.
        data: Of the recipe.

    Raises:
        InvalidSetting: No column is left, or one is not of the type that the recipe says.
    """
    features, notes = [], []
    for cells in columns:
        asked, told = data.column_types.get(cells.name), cells.told(training)
        if reason := _useless(cells, told, asked):
            notes.append(f"left out the column {cells.name!r}: {reason}")
        else:
            features.append(_read(cells, asked, told.is_number))
    if not features:
        reasons = f" ({'; '.join(notes)})" if notes else ""
        raise InvalidSetting(f"data.columns: no column to predict from is left{reasons}")
    return features, notes


def read_before_split(
    columns: Sequence[Cells], rows: NDArray[np.intp], data: TableData
) -> list[Feature]:
    """Every column that tells rows apart, as all rows tell it, while there is no training part.

    Args:
        columns: Every row of them.
        rows: int `[examples]`, those that have a target, counted from 0.
        data: Of the recipe.

    Raises:
        InvalidSetting: There is no such column, or one is not of the type that the recipe says.
    """
    features = []
    for cells in columns:
        asked, told = data.column_types.get(cells.name), cells.told(rows)
        kept = asked or told.is_number or told.different is not None
        if kept and not _is_constant(told):
            features.append(_read(cells, asked, told.is_number))
    if not features:
        read_features(columns, rows, data)  # none is left, which it refuses with the reasons
    return features


def _read(cells: Cells, asked: str | None, is_number: bool) -> Feature:
    """A column in the type that is asked for, else in the one that it seems to have."""
    if asked == "number":
        return Feature(cells.name, cells.numbers())
    if asked is None and is_number:
        return Feature(cells.name, cells.numbers(words_are_missing=True))
    values, codes = cells.texts()
    return Feature(cells.name, np.where(codes < 0, np.nan, codes), values)


def _useless(cells: Cells, told: Told, asked: str | None) -> str | None:
    """Why nothing can be learned from a column, or None."""
    if _is_constant(told):
        return "it has no values" if told.missing else "it always has the same value"
    if asked is None and not told.is_number:
        return "; ".join(_no_category(cells, told)) or None
    return None


def _is_constant(told: Told) -> bool:
    return told.missing == told.rows or (told.different == 1 and not told.missing)


def _no_category(cells: Cells, told: Told) -> Iterator[str]:
    known = told.rows - told.missing
    if told.different is None or told.different > MOST_CATEGORIES:
        reason = f"more than {MOST_CATEGORIES} different texts"
    elif told.different * FEWEST_ROWS > known:
        reason = f"{counted(told.different, 'different text')} in {counted(known, 'training row')}"
    else:
        return
    yield (
        f"{reason} (the first that is no number is {cells.first_word()}); if it is a category all"
        " the same, say so in data.column_types"
    )
