"""Tables: what every data set of rows and columns gives to training."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.card import TableColumn, TableInput, Target

_ROUNDING = 1e-7  # of a float32, as a part of it
_SMALLEST = 1e-30


@dataclass(frozen=True)
class TableSplit:
    """One part of a table.

    Attributes:
        rows: float32 `[examples, columns]`, as the model takes them: categories as indices, NaN
            where a value is missing or was never seen in training.
        targets: int64 `[examples]`, indices into the labels; or float64, numbers.
    """

    rows: NDArray[np.float32]
    targets: NDArray[np.int64] | NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class TableDataset:
    """A table, split in three; equal rows do not stand in two of them.

    Attributes:
        name: As recipes call it.
        input: The columns that are predicted from, as they are in the training part.
        target: What is predicted.
        labels: Names of the classes; empty where the target is a number.
        licence: Under which terms the data may be used.
        source: Where it comes from.
        notes: What a person should know of how it was read.
    """

    name: str
    input: TableInput
    target: Target
    labels: tuple[str, ...]
    licence: str
    source: str
    train: TableSplit
    validation: TableSplit
    test: TableSplit
    notes: tuple[str, ...] = ()

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the columns and every row of every part, in order."""
        description = [self.input.model_dump_json(), self.target.model_dump_json(), *self.labels]
        sha256 = hashlib.sha256("\n".join(description).encode())
        for part in (self.train, self.validation, self.test):
            for array in (part.rows, part.targets):
                sha256.update(str((array.shape, array.dtype.str)).encode())
                sha256.update(np.ascontiguousarray(array).data)
        return sha256.hexdigest()


@dataclass(frozen=True)
class ColumnStatistics:
    """Of a column of numbers in the training part, missing values left out."""

    mean: float
    deviation: float


def statistics(column: NDArray[np.float32]) -> ColumnStatistics:
    """Mean and standard deviation; 0 and 1 where there is nothing to tell them by."""
    known = column[~np.isnan(column)].astype(np.float64)
    if not len(known):
        return ColumnStatistics(0.0, 1.0)
    mean, deviation = float(known.mean()), float(known.std())
    # What is left of equal numbers after rounding is nothing to divide by.
    spread = deviation > max(_ROUNDING * abs(mean), _SMALLEST)
    return ColumnStatistics(mean, deviation if spread else 1.0)


def column_of(name: str, cells: NDArray[np.float32], values: list[str] | None) -> TableColumn:
    """What the card says of a column.

    Args:
        name: Of the column.
        cells: float32 `[examples]`, of the training part.
        values: Of a category; None for a column of numbers.
    """
    missing = bool(np.isnan(cells).any())
    if values is not None:
        return TableColumn(name=name, type="category", values=values, missing=missing)
    known = cells[~np.isnan(cells)]
    limits = (float(known.min()), float(known.max())) if len(known) else (None, None)
    return TableColumn(
        name=name, type="number", missing=missing, minimum=limits[0], maximum=limits[1]
    )
