"""The user's own pairs: a TSV, CSV or JSONL file with a sentence and its translation on each line.

A TSV is read as plain text, for sentences have quotes in them: no cell is quoted. Its header is
optional. A header, and the keys of objects, name the columns by `data.source` and `data.target`, or
`source` and `target`; without one, the first column is the source and the second the target.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import InvalidSetting
from training.data.files.delimited import DelimitedFile
from training.data.files.json_lines import ENDINGS, JsonLines
from training.data.files.utf8 import file_kind, opened_text
from training.data.messages import counted
from training.data.splits import TRAIN
from training.data.texts.text_rows import TextRows
from training.tasks.translation.data import DATASETS
from training.tasks.translation.data.assembly import assemble
from training.tasks.translation.data.found_pairs import PairListing
from training.tasks.translation.data.pair_dataset import PairDataset
from training.tasks.translation.recipe import PairData

LONGEST_LINE = 1 << 24  # characters
_TABBED = (".tsv", ".tab", ".txt")
_CODE = re.compile(r"[a-z]{2}")
_BEGINNING = 40  # characters of a wrong line that are shown

# The line or row that a pair stands on, its source and its target.
_Numbered = Iterator[tuple[int, str, str]]


def load(data: PairData) -> PairDataset:
    """Loads the file at `data.path`, and the sets that are learned from beside it.

    Raises:
        InvalidSetting: There is no such file, it is damaged, or not as the recipe says.
    """
    return assemble(read(data), data)


def read(data: PairData) -> PairListing:
    """Reads the file line by line."""
    if data.path is None:
        raise InvalidSetting(
            f"data.path: {data.dataset} is your own data; expected a TSV, CSV or JSONL file of"
            " sentences and their translations: --set data.path=..."
        )
    path = data.path.expanduser()
    numbered, notes = _numbered(path, data)
    empty: list[int] = []
    texts = TextRows.of(_texts(numbered, empty))
    if not len(texts):
        raise InvalidSetting(f"{path}: expected a sentence and its translation on each line")
    pairs = len(texts) // 2
    for side, language, rows in (("first", data.source, 0), ("second", data.target, 1)):
        if not any(text.strip() for text in texts[rows::2]):
            raise InvalidSetting(
                f"{path}: expected sentences in two languages; the {side}, {language}, is empty in"
                f" all {counted(pairs, 'pair')}"
            )
    if empty:
        notes.append(f"the first pair with an empty side is on line {empty[0]:,}")
    return PairListing(
        data=data,
        languages=(data.source, data.target),
        sources=texts[0::2],
        targets=texts[1::2],
        parts=np.full(pairs, TRAIN, np.int8),
        source=f"{DATASETS[data.dataset].home}, {path.name}",
        notes=tuple(notes),
    )


def _numbered(path: Path, data: PairData) -> tuple[_Numbered, list[str]]:
    kind = file_kind(path)
    if kind in _TABBED:
        lines = _lines(path)
        first = next(lines, None)
        if first is None:
            raise InvalidSetting(f"{path}: expected a sentence and its translation, it is empty")
        return _tabbed(path, data, first, lines)
    if kind == ".csv":
        table = DelimitedFile(path, longest_cell=LONGEST_LINE)
        columns = _columns(table.header, path, data)
        one, other = (table.header.index(column) for column in columns)
        rows = enumerate(table.rows(), start=1)
        return ((number, row[one], row[other]) for number, row in rows), []
    if kind in ENDINGS:
        objects = JsonLines(path)
        columns = _columns(objects.header, path, data)
        return (
            (line, *(_text(item.get(key), path, line, key) for key in columns))  # type: ignore[misc]
            for line, item in objects.objects()
        ), []
    raise InvalidSetting(
        f"{path}: expected a name that ends in .tsv, .txt, .csv or .jsonl, or these with .gz"
    )


def _tabbed(
    path: Path, data: PairData, first: tuple[int, list[str]], rest: Iterator[tuple[int, list[str]]]
) -> tuple[_Numbered, list[str]]:
    number, cells = first
    width = len(cells)
    names = [cell.strip().lower() for cell in cells]
    columns = _named(names, data)
    notes = []
    if columns is None:
        if len(set(names[:2])) == 2 and all(map(_CODE.fullmatch, names[:2])):
            raise InvalidSetting(
                f"{path}: line {number:,} has the languages {names[0]} and {names[1]}; data.source"
                f" is {data.source} and data.target {data.target}: set these two, or take the line"
                " away"
            )
        columns = (0, 1)
        notes.append(f"its first column is read as {data.source}, its second as {data.target}")
        rest = _before(first, rest)
    if width > 2:
        notes.append(f"{counted(width - 2, 'column')} beside the two of sentences not read")
    one, other = columns
    return ((line, row[one], row[other]) for line, row in _checked(rest, width, path)), notes


def _before(
    first: tuple[int, list[str]], rest: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rest


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is not blank, after its number."""
    with opened_text(path) as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise InvalidSetting(
                    f"{path}: line {number:,}: expected at most {LONGEST_LINE:,} characters"
                )
            if not line.strip():
                continue
            cells = line.rstrip("\r\n").split("\t")
            if len(cells) < 2:
                raise InvalidSetting(
                    f"{path}: line {number:,}: expected a sentence, a tab and its translation;"
                    f" received {line.strip()[:_BEGINNING]!r}"
                )
            yield number, cells


def _checked(
    lines: Iterator[tuple[int, list[str]]], width: int, path: Path
) -> Iterator[tuple[int, list[str]]]:
    for number, cells in lines:
        if len(cells) != width:
            raise InvalidSetting(
                f"{path}: line {number:,} has {len(cells) - 1} tabs, the first has {width - 1};"
                " expected no tab within a sentence"
            )
        yield number, cells


def _named(names: Sequence[str], data: PairData) -> tuple[int, int] | None:
    """Where the columns of both sides are, if these are their names."""
    for one, other in ((data.source.lower(), data.target.lower()), ("source", "target")):
        if names.count(one) == 1 and names.count(other) == 1:
            return names.index(one), names.index(other)
    return None


def _columns(header: Sequence[str], path: Path, data: PairData) -> tuple[str, str]:
    found = _named([name.strip().lower() for name in header], data)
    if found is None:
        raise InvalidSetting(
            f"{path}: expected the columns {data.source} and {data.target} (data.source and"
            f" data.target), or source and target; there are: {', '.join(header)[:200]}"
        )
    return header[found[0]], header[found[1]]


def _texts(numbered: Iterable[tuple[int, str, str]], empty: list[int]) -> Iterator[str]:
    """Both sides of each pair in turn, without spaces around; empty ones are noted on the way."""
    for number, source, target in numbered:
        source, target = source.strip(), target.strip()
        if not source or not target:
            empty.append(number)
        yield source
        yield target


def _text(value: Any, path: Path, line: int, key: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidSetting(
            f"{path}: line {line:,}: expected a sentence in {key!r}, received"
            f" {type(value).__name__}"
        )
    return value
