"""The user's own texts: a CSV, TSV or JSONL file with a column of texts and one of labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import InvalidSetting
from training.data.files.delimited import DELIMITERS, DelimitedFile
from training.data.files.json_lines import ENDINGS, JsonLines
from training.data.files.utf8 import file_kind
from training.data.messages import counted
from training.data.splits import TRAIN
from training.data.tables.cells import Cells
from training.data.tables.expected_column import expect_column
from training.data.tables.target import read_target
from training.data.texts.files_of_texts import LONGEST_TEXT
from training.data.texts.text_rows import TextDataset, TextRows
from training.tasks.text_classification.data import DATASETS
from training.tasks.text_classification.data.assembly import TextListing, assemble
from training.tasks.text_classification.recipe import TextData

_LONGEST_LABEL = 200


def load(data: TextData) -> TextDataset:
    """Loads the file at `data.path`, and the sets that are learned from beside it.

    Raises:
        InvalidSetting: There is no such file, it is damaged, or not as the recipe says.
    """
    return assemble(read(data), data)


def read(data: TextData) -> TextListing:
    """Reads the file row by row; rows without a label are left out and counted."""
    file = _open(data)
    text_column = _column(data.text_column, "data.text_column", "texts", file.header)
    label_column = _column(data.label_column, "data.label_column", "labels", file.header)
    if text_column == label_column:
        raise InvalidSetting(
            f"data.label_column: expected another column than data.text_column, {text_column!r}"
        )
    labels = Cells(label_column)
    texts = TextRows.of(_texts(text_label_pairs(file, text_column, label_column), labels))
    if not len(labels):
        raise InvalidSetting(f"{file.path}: expected rows below the header, found none")
    target = read_target(labels, "class", "data.label_column")
    _check_labels(target.labels)
    notes = []
    if labels.missing:
        notes.append(f"left out {counted(labels.missing, 'row')} without a label")
    return TextListing(
        name=data.dataset,
        labels=target.labels,
        texts=texts.take(np.flatnonzero(~labels.absent())),
        classes=np.asarray(target.values, np.int64),
        parts=np.full(len(target.values), TRAIN, np.int8),
        source=f"{DATASETS[data.dataset].home}, {file.path.name}",
        notes=tuple(notes),
    )


def _open(data: TextData) -> DelimitedFile | JsonLines:
    if data.path is None:
        raise InvalidSetting(
            f"data.path: {data.dataset} is your own data; expected a CSV, TSV or JSONL file:"
            " --set data.path=..."
        )
    return open_labelled(data.path.expanduser())


def open_labelled(path: Path) -> DelimitedFile | JsonLines:
    """Opens a file by its name.

    Raises:
        InvalidSetting: There is no such file, or it is of no such kind.
    """
    if file_kind(path) in ENDINGS:
        return JsonLines(path)
    if file_kind(path) in DELIMITERS:
        return DelimitedFile(path, longest_cell=LONGEST_TEXT)
    raise InvalidSetting(
        f"{path}: expected a name that ends in .csv, .tsv or .jsonl, or these with .gz"
    )


def _column(name: str | None, field: str, what: str, header: Sequence[str]) -> str:
    known = ", ".join(filter(None, header))
    if name is None:
        raise InvalidSetting(f"{field}: expected the column of the {what}, one of: {known}")
    expect_column(name, [column for column in header if column], field)
    return name


def text_label_pairs(
    file: DelimitedFile | JsonLines, text_column: str, label_column: str
) -> Iterator[tuple[str, str]]:
    """The text and the label of each row; either may be empty.

    Raises:
        InvalidSetting: A text is none, a label is neither a text nor a number, or the file is
            damaged; the message says where.
    """
    if isinstance(file, DelimitedFile):
        text, label = file.header.index(text_column), file.header.index(label_column)
        return ((row[text], row[label]) for row in file.rows())
    return (
        (
            _text(item.get(text_column), file.path, line, text_column),
            _label(item.get(label_column), file.path, line, label_column),
        )
        for line, item in file.objects()
    )


def _texts(pairs: Iterator[tuple[str, str]], labels: Cells) -> Iterator[str]:
    """The texts one by one; the labels go into their column on the way."""
    for text, label in pairs:
        labels.add(" ".join(label.split()))
        yield text


def _text(value: Any, path: Path, line: int, column: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidSetting(
            f"{path}: line {line:,}: expected a text in {column!r}, received {type(value).__name__}"
        )
    return value


def _label(value: Any, path: Path, line: int, column: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise InvalidSetting(
            f"{path}: line {line:,}: expected a label in {column!r}, a text or a number; received"
            f" {type(value).__name__}"
        )
    return str(value)


def _check_labels(labels: Sequence[str]) -> None:
    for label in labels:
        if not label.isprintable() or len(label) > _LONGEST_LABEL:
            raise InvalidSetting(
                f"data.label_column: expected labels of at most {_LONGEST_LABEL} readable"
                f" characters; received {label[:40]!r}"
            )
