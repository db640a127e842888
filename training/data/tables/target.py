"""What a table's model predicts: a class or a number, told by the target's column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.errors import InvalidSetting
from training.data.tables.cells import Cells, parse_number, written_number

MOST_LABELS = 1000
# A target of whole numbers that takes no more values than this is a class: grades, counts of stars.
MOST_NUMBERED_CLASSES = 20
# Numbers that are computed in two ways, such as 0.3 and 0.1 + 0.2, differ by so much of their size.
_ROUNDING = 8 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class TargetColumn:
    """The target of the rows that have one.

    Attributes:
        kind: Whether it is a class or a number.
        values: int64 `[rows]`, indices into the labels; or float64, numbers.
        labels: Names of the classes; empty for a number.
    """

    kind: Literal["class", "number"]
    values: NDArray[np.int64] | NDArray[np.float64]
    labels: tuple[str, ...] = ()


def read_target(
    cells: Cells,
    asked: Literal["auto", "class", "number"],
    field: str = "data.target_column",
) -> TargetColumn:
    """Reads a target, missing values left out.

    Args:
        cells: Of its column.
        asked: What it is, as the recipe says.
        field: Of the recipe, that names the column.

    Raises:
        InvalidSetting: There is nothing to learn in it, or it is not of the kind that is asked for.
    """
    if cells.missing == len(cells):
        raise InvalidSetting(f"{field}: {cells.name!r} has no values")
    kind = _kind(cells) if asked == "auto" else asked
    return _numbers(cells) if kind == "number" else _classes(cells, asked, field)


def class_label(text: str, labels: Sequence[str]) -> str:
    """How a label is written that a cell may write another way: `1.0` for `1`."""
    text = text.strip()
    if text in labels:
        return text
    number = parse_number(text)
    return text if number is None else written_number(number)


def _kind(cells: Cells) -> Literal["class", "number"]:
    if not cells.is_number:
        return "class"
    numbers = _known(cells.numbers())
    whole = bool((numbers == np.round(numbers)).all())
    return "class" if whole and len(np.unique(numbers)) <= MOST_NUMBERED_CLASSES else "number"


def _numbers(cells: Cells) -> TargetColumn:
    numbers = _known(cells.numbers())
    if is_constant(numbers):
        raise InvalidSetting(
            f"data.target_column: {cells.name!r} is always {written_number(float(numbers[0]))};"
            " there is nothing to learn"
        )
    return TargetColumn("number", numbers)


def _classes(cells: Cells, asked: str, field: str) -> TargetColumn:
    texts, codes = cells.texts()
    if cells.is_number:
        # 1 and 1.0 are one class.
        texts = [written_number(float(text)) for text in texts]
        labels = sorted(set(texts), key=float)
    else:
        labels = sorted(set(texts))
    if len(labels) < 2:
        raise InvalidSetting(
            f"{field}: {cells.name!r} is always {labels[0]!r}; expected at least two classes"
        )
    if len(labels) > MOST_LABELS:
        word = cells.first_word()
        meant = f"; if it is a number, mend {word}" if word and asked == "auto" else ""
        raise InvalidSetting(
            f"{field}: {cells.name!r} has {len(labels):,} different values; expected"
            f" at most {MOST_LABELS:,} classes{meant}"
        )
    index = {label: place for place, label in enumerate(labels)}
    places = np.array([index[text] for text in texts], np.int64)
    return TargetColumn("class", places[codes[codes >= 0]], tuple(labels))


def _known(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    known: NDArray[np.float64] = numbers[~np.isnan(numbers)]
    return known


def is_constant(numbers: NDArray[Any]) -> bool:
    """Whether numbers are equal but for rounding; even of 0.1, 0.1, 0.1 the variance is not 0."""
    least, most = float(numbers.min()), float(numbers.max())
    return most - least <= _ROUNDING * max(abs(least), abs(most))
