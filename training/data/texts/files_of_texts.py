"""Files of texts to be answered: CSV, TSV, JSONL, or plain with a text a line; maybe gzipped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import InvalidSetting
from models.texts.words import is_blank
from training.data.files.delimited import DELIMITERS, DelimitedFile
from training.data.files.json_lines import ENDINGS, JsonLines
from training.data.files.utf8 import file_kind, opened_text
from training.data.tables.expected_column import expect_column

TEXT, LABEL = "text", "label"
LONGEST_TEXT = 1 << 24  # characters
_PLAIN = ".txt"
_MOST_KEYS = 1000


@dataclass(frozen=True)
class TextRow:
    """A row of a file.

    Attributes:
        path: Of the file.
        number: Counted from 1; a blank line counts in a plain file, and in no other.
        cells: All of its values, by column.
        text: That is to be answered.
        error: Why it cannot be, or None.
    """

    path: Path
    number: int
    cells: Mapping[str, object]
    text: str
    error: str | None = None

    @property
    def where(self) -> str:
        """Its place, for people."""
        return f"{self.path} row {self.number}"


class TextFile:
    """A file with texts in it; UTF-8.

    Args:
        path: Its name says what is in it, before `.gz`.

    Attributes:
        path: The same.
        header: Names of the columns; of JSONL the keys of the first object; else `text`.

    Raises:
        InvalidSetting: There is no such file, it is empty, or of no such kind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _opened(path)
        self.header: Sequence[str] = self._file.header

    def records(self) -> Iterator[Mapping[str, Any]]:
        """The values of each row, by column.

        Raises:
            InvalidSetting: The file is damaged; the message says where.
        """
        if isinstance(self._file, DelimitedFile):
            return (dict(zip(self.header, cells, strict=True)) for cells in self._file.rows())
        if isinstance(self._file, JsonLines):
            return (item for _, item in self._file.objects())
        return ({TEXT: line} for line in self._file.lines())

    def survey(self) -> tuple[Sequence[str], int]:
        """Reads the whole file: all columns of all rows, and how many rows there are."""
        columns = list(self.header)
        rows = 0
        for record in self.records():
            rows += 1
            if new := record.keys() - columns:
                columns += (name for name in record if name in new)
                if len(columns) > _MOST_KEYS:
                    raise InvalidSetting(
                        f"{self.path}: expected objects with the same keys, of which there are at"
                        f" most {_MOST_KEYS:,}; found more"
                    )
        return columns, rows

    def rows(self, column: str, keeps_blank: bool = False) -> Iterator[TextRow]:
        """Each row with its text; whether one may be blank is for the caller to say."""
        for number, record in enumerate(self.records(), start=1):
            text = record.get(column)
            error = _problem(text, column, keeps_blank)
            cells = {name: _cell(value) for name, value in record.items()}
            yield TextRow(self.path, number, cells, "" if error else text or "", error)


class PlainLines:
    """A file with a text on each line; UTF-8, by its name gzipped.

    Raises:
        InvalidSetting: There is no such file, or nothing in it.
    """

    header = (TEXT,)

    def __init__(self, path: Path) -> None:
        self.path = path
        if next(self.lines(), None) is None:
            raise InvalidSetting(f"{path}: expected a text on each line, the file is empty")

    def lines(self) -> Iterator[str]:
        """The lines, without their ends.

        Raises:
            InvalidSetting: One is too long, or the file is damaged; the message says where.
        """
        with opened_text(self.path) as file:
            number = 0
            while line := file.readline(LONGEST_TEXT + 1):
                number += 1
                if len(line) > LONGEST_TEXT:
                    raise InvalidSetting(
                        f"{self.path}: line {number:,}: expected at most {LONGEST_TEXT:,}"
                        " characters; expected a text on each line"
                    )
                yield line.rstrip("\r\n")


def windows(rows: Iterator[TextRow], texts: int, characters: int) -> Iterator[list[TextRow]]:
    """Rows that are held at a time, which depends on nothing but the rows.

    Args:
        rows: Of a file.
        texts: The most rows of a window.
        characters: With so many in all of its cells a window is full, though it has fewer rows.
    """
    window: list[TextRow] = []
    held = 0
    for row in rows:
        window.append(row)
        held += sum(len(cell) for cell in row.cells.values() if isinstance(cell, str))
        if len(window) == texts or held >= characters:
            yield window
            window, held = [], 0
    if window:
        yield window


def is_plain(path: Path) -> bool:
    """Whether a file has a text on each line, by its name."""
    return file_kind(path) == _PLAIN


def chosen_column(
    path: Path, header: Sequence[str], asked: str | None, usual: str | None, name: str
) -> str:
    """The column of the texts or of the labels.

    Args:
        path: Of the file.
        header: Its columns.
        asked: The column that somebody named: it must be there.
        usual: That the model was trained on, if that is known.
        name: `text` or `label`: taken where nothing else is known.

    Raises:
        InvalidSetting: It must be named, or is not there.
    """
    named = [column for column in header if column]
    option = f"--{name}-column"
    if asked is not None:
        expect_column(asked, named, f"{path}: {option}")
        return asked
    for column in (usual, name):
        if column in named:
            return str(column)
    if name == TEXT and len(header) == 1:
        return header[0]
    raise InvalidSetting(
        f"{path}: expected {option} with the column of the {name}s, one of: {', '.join(named)}"
    )


def _opened(path: Path) -> DelimitedFile | JsonLines | PlainLines:
    kind = file_kind(path)
    if kind in ENDINGS:
        return JsonLines(path)
    if kind in DELIMITERS:
        return DelimitedFile(path, longest_cell=LONGEST_TEXT)
    if is_plain(path):
        return PlainLines(path)
    raise InvalidSetting(
        f"{path}: expected a name that ends in .csv, .tsv, .jsonl or .txt, or these with .gz"
    )


def _problem(text: Any, column: str, keeps_blank: bool) -> str | None:
    if text is None:
        return f"expected a text in {column!r}, received none"
    if not isinstance(text, str):
        return f"expected a text in {column!r}, received {type(text).__name__}"
    if is_blank(text) and not keeps_blank:
        return "expected a text to read, received a blank one"
    return None


def _cell(value: Any) -> object:
    """A value as a CSV file holds it: texts as they are, all else as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)
