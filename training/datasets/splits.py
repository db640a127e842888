"""Splits by content: examples that are the same never stand on both sides."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def content_groups(examples: NDArray[Any]) -> NDArray[np.int64]:
    """Numbers the distinct examples in order of appearance.

    Args:
        examples: `[examples, ...]`.

    Returns:
        int64 `[examples]`; equal numbers for equal examples.
    """
    numbers: dict[bytes, int] = {}
    digests = (hashlib.sha256(np.ascontiguousarray(row).data).digest() for row in examples)
    return np.array([numbers.setdefault(digest, len(numbers)) for digest in digests], np.int64)


def stratified_split(
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    fraction: float,
    random: np.random.Generator,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Splits off a part in which every class has its share.

    A group goes to one side as a whole, counted to the class of its first member, so a class's
    share is met to within one group. A class of two groups or more has at least one on each side.

    Args:
        labels: int64 `[examples]`.
        groups: int64 `[examples]`, as `content_groups` numbers them.
        fraction: Of the examples, to split off.
        random: Decides which.

    Returns:
        Indices of the larger part and of the part split off, each in ascending order.
    """
    _, first = np.unique(groups, return_index=True)
    split_off: list[NDArray[np.int64]] = []
    for label in np.unique(labels[first]):
        members = random.permutation(groups[first[labels[first] == label]])
        wanted = round(fraction * len(members))
        if len(members) > 1:
            wanted = min(max(wanted, 1), len(members) - 1)
        split_off.append(members[:wanted])
    chosen = np.isin(groups, np.concatenate(split_off))
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)
