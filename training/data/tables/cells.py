"""The cells of one column, as texts come in: what they could be, and what speaks against it."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import InvalidSetting
from models.texts.missing import is_missing

MOST_VALUES = 10_000  # different texts that are kept of a column
LARGEST = float(np.finfo(np.float32).max)  # tensors are float32

_MISSING, _NUMBER, _WORD = range(3)


@dataclass(frozen=True)
class Told:
    """What some rows of a column tell of it.

    Attributes:
        rows: How many they are.
        missing: How many of their cells are missing.
        is_number: Whether every cell that is there is a number.
        different: How many different texts there are; None for more than are kept.
    """

    rows: int
    missing: int
    is_number: bool
    different: int | None


class Cells:
    """A column, read cell by cell and kept in little room.

    A cell that `models.tasks.tabular.rows.is_missing` is missing: NaN as a number, -1 as a text.

    Attributes:
        name: Of the column.
        missing: How many cells are.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.missing = 0
        self._rows = 0
        self._kinds = bytearray()
        self._numbers = array("d")
        self._no_number: tuple[int, str] | None = None
        self._too_large: tuple[int, str] | None = None
        self._codes = array("l")
        self._texts: dict[str, int] | None = {}

    def __len__(self) -> int:
        return self._rows

    def add(self, text: str) -> None:
        """Takes the next row's cell."""
        self._rows += 1
        if is_missing(text):
            self.missing += 1
            self._kinds.append(_MISSING)
            self._numbers.append(math.nan)
            self._codes.append(-1)
            return
        text = text.strip()
        self._add_number(text)
        if self._texts is not None:
            self._codes.append(self._texts.setdefault(text, len(self._texts)))
            if len(self._texts) > MOST_VALUES:
                self._texts = None

    def _add_number(self, text: str) -> None:
        number = parse_number(text)
        if number is None:
            self._no_number = self._no_number or (self._rows, text)
            self._kinds.append(_WORD)
            self._numbers.append(math.nan)
            return
        self._kinds.append(_NUMBER)
        if abs(number) > LARGEST and self._too_large is None:
            self._too_large = (self._rows, text)
        self._numbers.append(number)

    @property
    def is_number(self) -> bool:
        """Whether every cell that is there is a number."""
        return self._no_number is None and self.missing < self._rows

    def told(self, rows: NDArray[np.intp]) -> Told:
        """What is told of the column by some rows, counted from 0, as if there were no others."""
        kinds = self._kind_of_each()[rows]
        different = None
        if self._texts is not None:
            codes = np.unique(np.array(self._codes, np.int64)[rows])
            different = int(np.count_nonzero(codes >= 0))
        return Told(
            rows=len(kinds),
            missing=int(np.count_nonzero(kinds == _MISSING)),
            is_number=bool((kinds != _WORD).all() and (kinds == _NUMBER).any()),
            different=different,
        )

    def absent(self) -> NDArray[np.bool_]:
        """bool `[rows]`: where the cell is missing."""
        return np.equal(self._kind_of_each(), _MISSING)

    def words(self) -> NDArray[np.bool_]:
        """bool `[rows]`: where the cell is there and no number."""
        return np.equal(self._kind_of_each(), _WORD)

    def _kind_of_each(self) -> NDArray[np.uint8]:
        return np.frombuffer(bytes(self._kinds), np.uint8)

    def numbers(self, *, words_are_missing: bool = False) -> NDArray[np.float64]:
        """The numbers, NaN where missing.

        Args:
            words_are_missing: Whether what is no number is NaN too, and not refused.

        Raises:
            InvalidSetting: A cell is no number, or a number beyond float32.
        """
        if self._no_number and not words_are_missing:
            row, text = self._no_number
            raise InvalidSetting(
                f"column {self.name!r}: expected numbers, received {text!r} in row {row}"
            )
        if self._too_large:
            row, text = self._too_large
            raise InvalidSetting(
                f"column {self.name!r}: expected numbers up to {LARGEST:.2g}, received {text} in"
                f" row {row}"
            )
        return np.array(self._numbers)

    def first_word(self) -> str | None:
        """The first cell that is no number, with its row, for people."""
        return f"{self._no_number[1]!r} in row {self._no_number[0]}" if self._no_number else None

    def shown(self, row: int) -> str:
        """A cell for people, with its row; its text only where texts are kept."""
        place = f"row {row + 1}"
        if self._texts is None:
            return f"in {place}"
        return f"{list(self._texts)[self._codes[row]]!r} in {place}"

    def texts(self) -> tuple[list[str], NDArray[np.int64]]:
        """The different texts, and for each row the index of its own, -1 where missing.

        Raises:
            InvalidSetting: There are more than are kept.
        """
        if self._texts is None:
            raise InvalidSetting(
                f"column {self.name!r}: expected a category of at most {MOST_VALUES:,} different"
                " values, received more"
            )
        return list(self._texts), np.array(self._codes, np.int64)


def written_number(number: float) -> str:
    """A number as people write it: `3` for 3.0."""
    return str(int(number)) if number.is_integer() else repr(number)


def parse_number(text: str) -> float | None:
    """The number that a cell holds, maybe infinite; None where it holds none."""
    try:
        number = float(text)
    except ValueError:
        return None
    # Python reads 1_000 as a thousand; nobody writes that in a table.
    return None if "_" in text or math.isnan(number) else number
