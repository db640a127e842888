"""From columns of cells to a data set: target, features, splits, and what a person should know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.card import TableInput, Target
from models.errors import InvalidSetting
from training.data.messages import counted
from training.data.splits import PARTS, PartRows, content_digests, groups_of, split_rows
from training.data.tables.cells import Cells, parse_number
from training.data.tables.expected_column import expect_column
from training.data.tables.target import TargetColumn, read_target
from training.tasks.tabular.data import DATASETS
from training.tasks.tabular.data.columns import (
    Feature,
    choose_columns,
    read_before_split,
    read_features,
)
from training.tasks.tabular.data.table_dataset import TableDataset, TableSplit, column_of
from training.tasks.tabular.recipe import TableData

_MOST_SPLITS = 5
_UNEVEN = 2.0  # the largest class over the smallest, from where on it is worth a word


def read_columns(header: Sequence[str], rows: Iterable[Sequence[str]]) -> dict[str, Cells]:
    """Reads rows into columns; columns without a name are left alone."""
    columns = [Cells(name) for name in header]
    for row in rows:
        for cells, text in zip(columns, row, strict=True):
            cells.add(text)
    return {cells.name: cells for cells in columns if cells.name}


def assemble(
    columns: Mapping[str, Cells], target_column: str, data: TableData, *, source: str
) -> TableDataset:
    """Makes the three parts.

    Rows without a target are left out. What is told of a column, its type and its values among it,
    is told by the training part alone. The target is told by all rows: it says what is asked.

    Raises:
        InvalidSetting: The columns are not those that the recipe names, or there is too little to
            learn from.
    """
    expect_column(target_column, columns, "data.target_column")
    chosen = choose_columns(columns, target_column, data)
    target_cells = columns[target_column]
    target = read_target(target_cells, data.target)
    places = np.flatnonzero(~target_cells.absent())
    features, rows, notes = _read_and_split(chosen, places, target, data)
    if target_cells.missing:
        notes.append(
            f"left out {counted(target_cells.missing, 'row')} without a value of {target_column!r}"
        )
    table = _table(features, places)
    columns_read = [_Coded.of(feature, table[rows.train, n]) for n, feature in enumerate(features)]
    others = np.sort(np.concatenate([rows.validation, rows.test]))
    for n, coded in enumerate(columns_read):
        encoded = coded.encode(table[others, n])
        is_number = coded.values is None
        notes += _strangers(columns[coded.name], is_number, places[others], encoded)
    parts = [
        TableSplit(
            np.stack([c.encode(table[part, n]) for n, c in enumerate(columns_read)], axis=1),
            target.values[part],
        )
        for part in (rows.train, rows.validation, rows.test)
    ]
    spec = TableInput(
        columns=[
            column_of(coded.name, parts[0].rows[:, n], coded.values)
            for n, coded in enumerate(columns_read)
        ]
    )
    return TableDataset(
        name=data.dataset,
        input=spec,
        target=Target(name=target_column, kind=target.kind),
        labels=target.labels,
        licence=DATASETS[data.dataset].licence,
        source=source,
        train=parts[0],
        validation=parts[1],
        test=parts[2],
        notes=(*notes, *_notes(target, rows)),
    )


def _read_and_split(
    columns: Sequence[Cells], places: NDArray[np.intp], target: TargetColumn, data: TableData
) -> tuple[list[Feature], PartRows, list[str]]:
    """Decides by the training part what the columns are, and by the columns what that part is.

    Rows that are equal in all columns that are read stay together, so the split depends on which
    these are. At first every column is; then those that the training part of the last split keeps,
    until it keeps the same ones again.
    """
    features = read_before_split(columns, places, data)
    for _ in range(_MOST_SPLITS):
        split_by = features
        rows = _split(_table(split_by, places), target, data)
        features, notes = read_features(columns, places[rows.train], data)
        if [_kind(feature) for feature in features] == [_kind(feature) for feature in split_by]:
            break
    return features, rows, notes


def _kind(feature: Feature) -> tuple[str, bool]:
    return feature.name, feature.values is None


def _table(features: Sequence[Feature], places: NDArray[np.intp]) -> NDArray[np.float64]:
    """float64 `[places, features]`."""
    return np.stack([feature.cells[places] for feature in features], axis=1)


def _strangers(
    cells: Cells, is_number: bool, places: NDArray[np.intp], encoded: NDArray[np.float32]
) -> Iterator[str]:
    """A note on cells of other parts that are not what the training part says of their column.

    Args:
        cells: The column.
        is_number: What it is read as.
        places: Rows of the other parts, counted from 0.
        encoded: float32 `[places]`, as the model will read them.
    """
    strange = places[np.isnan(encoded) & ~cells.absent()[places]]
    if not len(strange):
        return
    reason = "no number, as the training part's are" if is_number else "not in the training part"
    yield (
        f"column {cells.name!r}: read {counted(len(strange), 'cell')} of the validation and test"
        f" parts as missing, the first is {cells.shown(int(strange[0]))}: {reason}"
    )


@dataclass(frozen=True)
class _Coded:
    """A feature in the model's terms: the values of a category are those of the training part."""

    name: str
    values: list[str] | None
    places: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, feature: Feature, training: NDArray[np.float64]) -> _Coded:
        values = feature.values
        if values is None:
            return cls(feature.name, None)
        seen = np.unique(training[~np.isnan(training)]).astype(int)
        order = sorted(seen, key=lambda code: _sort_key(values[code]))
        places = np.full(len(values), np.nan, np.float32)
        places[order] = np.arange(len(order))
        return cls(feature.name, [values[code] for code in order], places)

    def encode(self, cells: NDArray[np.float64]) -> NDArray[np.float32]:
        if self.places is None:
            return cells.astype(np.float32)
        missing = np.isnan(cells)
        encoded: NDArray[np.float32] = self.places[np.where(missing, 0, cells).astype(int)]
        encoded[missing] = np.nan
        return encoded


def _sort_key(text: str) -> tuple[bool, float, str]:
    """Numbers first, by their size; then the other texts."""
    number = parse_number(text)
    return number is None, number or 0.0, text


def _split(table: NDArray[np.float64], target: TargetColumn, data: TableData) -> PartRows:
    """Stratified by class; equal rows, target included, stay together."""
    everything = np.column_stack([table, target.values.astype(np.float64)])
    groups = groups_of(content_digests(everything))
    classes = np.zeros(len(table), np.int64)
    if target.labels:
        classes = np.asarray(target.values, np.int64)
        _check_classes(classes, groups, target.labels)
    rows = split_rows(np.arange(len(table)), classes, groups, data)
    for name in PARTS:
        if not len(getattr(rows, name)):
            raise InvalidSetting(
                f"data: no rows are left for the {name} part; received test_fraction"
                f" {data.test_fraction} and validation_fraction {data.validation_fraction} for"
                f" {counted(len(table), 'row')}: add some, or change the fractions"
            )
    return rows


def _check_classes(
    classes: NDArray[np.int64], groups: NDArray[np.int64], labels: Sequence[str]
) -> None:
    pairs = np.unique(np.stack([groups, classes], axis=1), axis=0)
    counts = np.bincount(pairs[:, 1], minlength=len(labels))
    for label, different in zip(labels, counts, strict=True):
        if different < len(PARTS):
            raise InvalidSetting(
                f"data.target_column: the class {label!r} has"
                f" {counted(int(different), 'different row')}; expected {len(PARTS)} at least"
                f" ({', '.join(PARTS)}): add some, take the class away, or set data.target=number"
            )


def _notes(target: TargetColumn, rows: PartRows) -> Iterator[str]:
    if not target.labels:
        return
    counts = np.bincount(np.asarray(target.values[rows.train], np.int64))
    if counts.max() >= _UNEVEN * counts.min():
        smallest, largest = counts.argmin(), counts.argmax()
        yield (
            f"the classes are uneven: {counts[smallest]:,} training rows of"
            f" {target.labels[smallest]!r}, {counts[largest]:,} of {target.labels[largest]!r}"
        )
