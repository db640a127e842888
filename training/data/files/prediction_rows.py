"""Rows of a file of predictions: its header, and where to go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from models.errors import InvalidSetting
from training.contract.files import Prediction


def joined_header(headers: Mapping[Path, Sequence[str]]) -> Sequence[str]:
    """The columns of several files, whose rows go to one file.

    Raises:
        InvalidSetting: They are not the same, or cannot be told apart.
    """
    (first, columns), *others = headers.items()
    for path, header in others:
        if sorted(header) != sorted(columns):
            raise InvalidSetting(f"{path}: expected the columns of {first}, as both go to one file")
    if len(set(columns)) < len(columns):
        raise InvalidSetting(
            f"{first}: expected a name above every column that is to be kept, found"
            f" {list(columns).count('')} without"
        )
    return columns


def answers_from(
    start: int, batches: Iterable[tuple[int, Iterable[Prediction]]]
) -> Iterator[Prediction]:
    """All predictions but the first ones.

    A model's last digits may depend on what shares a batch, so the batches are the same wherever
    one starts.

    Args:
        start: How many inputs are left out.
        batches: How many inputs there are in each, and their predictions, made when asked for.
    """
    for size, predictions in batches:
        if start < size:
            yield from islice(predictions, start, None)
        start = max(0, start - size)
