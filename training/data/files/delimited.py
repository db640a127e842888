"""CSV and TSV files, read row by row; whatever is wrong with one is told with its place."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Generator, Iterator
from pathlib import Path

from models.errors import InvalidSetting
from training.data.files.utf8 import file_kind, opened_text

DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_NAMES = {",": "a comma", "\t": "a tab", ";": "a semicolon"}


class DelimitedFile:
    """A file with a header and rows that are as long as it; UTF-8, by its name CSV or TSV, gzipped.

    Rows are counted from 1, without the header and without blank lines.

    Args:
        path: Of the file.
        longest_cell: Characters; a longer one is refused, for it is often a quote left open.

    Attributes:
        path: The same.
        header: Names of the columns, without spaces around them; one may be empty.

    Raises:
        InvalidSetting: There is no such file, it is not of that kind, or its header is unusable.
    """

    def __init__(self, path: Path, *, longest_cell: int = 131_072) -> None:
        self.path = path
        self._longest_cell = longest_cell
        self._delimiter = _delimiter(path)
        with contextlib.closing(self._records()) as records:
            first = next(records, None)
        if first is None:
            raise InvalidSetting(f"{path}: expected a header and rows, the file is empty")
        self.header = [name.strip() for name in first]
        self._check_header()

    def rows(self) -> Iterator[list[str]]:
        """The cells of each row, as long as the header.

        Raises:
            InvalidSetting: A row is longer or shorter, or the file is damaged; the message says
                where.
        """
        records = self._records()
        next(records)
        for number, cells in enumerate(records, start=1):
            if len(cells) != len(self.header):
                raise InvalidSetting(
                    f"{self.path}: row {number} has {len(cells)} cells, the header has"
                    f" {len(self.header)}; quote cells with {_NAMES[self._delimiter]} in them"
                )
            yield cells

    def _records(self) -> Generator[list[str], None, None]:
        number = -1  # the header is row 0
        try:
            with opened_text(self.path) as file:
                csv.field_size_limit(self._longest_cell)
                for cells in csv.reader(file, delimiter=self._delimiter, strict=True):
                    if cells:
                        number += 1
                        yield cells
        except csv.Error as error:
            raise InvalidSetting(
                f"{self.path}: {_after(number)}: {error}; put a cell with quotes in it into quotes,"
                " and write each of its own twice"
            ) from None

    def _check_header(self) -> None:
        if len(self.header) == 1:
            for other in _NAMES.keys() - {self._delimiter}:
                if other in self.header[0]:
                    raise InvalidSetting(
                        f"{self.path}: expected {_NAMES[self._delimiter]} between columns, found"
                        f" {_NAMES[other]} in the header"
                    )
        named = [name for name in self.header if name]
        for name in named:
            if named.count(name) > 1:
                raise InvalidSetting(f"{self.path}: the header has the column {name!r} twice")


def _after(number: int) -> str:
    return "in the header" if number < 0 else f"after row {number}"


def _delimiter(path: Path) -> str:
    kind = file_kind(path)
    if kind not in DELIMITERS:
        raise InvalidSetting(
            f"{path}: expected a name that ends in .csv or .tsv, or these with .gz"
        )
    return DELIMITERS[kind]
