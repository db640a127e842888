"""Splits by content: examples that are the same never stand on both sides."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.recipe import Data

PARTS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(len(PARTS))
DIGEST_BYTES = hashlib.sha256().digest_size


def digest(example: NDArray[Any]) -> bytes:
    """What tells an example's content from any other of its shape: SHA-256."""
    return hashlib.sha256(np.ascontiguousarray(example).data).digest()


def content_digests(examples: NDArray[Any]) -> NDArray[np.uint8]:
    """Digests the examples, one after the other.

    Args:
        examples: `[examples, ...]`.

    Returns:
        uint8 `[examples, 32]`.
    """
    joined = b"".join(digest(row) for row in examples)
    return np.frombuffer(joined, np.uint8).reshape(-1, DIGEST_BYTES)


def groups_of(digests: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Numbers the distinct examples in order of appearance.

    Args:
        digests: uint8 `[examples, 32]`.

    Returns:
        int64 `[examples]`; equal numbers for equal examples.
    """
    numbers: dict[bytes, int] = {}
    rows = (row.tobytes() for row in digests)
    return np.array([numbers.setdefault(row, len(numbers)) for row in rows], np.int64)


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
        groups: int64 `[examples]`, as `groups_of` numbers them.
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


@dataclass(frozen=True)
class PartRows:
    """Which examples stand in which part; int `[examples of the part]`, ascending."""

    train: NDArray[np.intp]
    validation: NDArray[np.intp]
    test: NDArray[np.intp]


def split_rows(
    rows: NDArray[np.intp],
    classes: NDArray[np.int64],
    groups: NDArray[np.int64],
    data: Data,
    *,
    validation: NDArray[np.intp] | None = None,
    test: NDArray[np.intp] | None = None,
) -> PartRows:
    """Splits off the parts that are not given.

    Args:
        rows: The examples to split.
        classes: int64, of every example.
        groups: int64, of every example; see `groups_of`.
        data: Says how much to split off, and by which seed.
        validation: That part, where it is given.
        test: That part, where it is given.
    """
    if test is None:
        rows, test = _split_off(rows, classes, groups, data.test_fraction, data.split_seed)
    if validation is None:
        rows, validation = _split_off(
            rows, classes, groups, data.validation_fraction, data.split_seed + 1
        )
    return PartRows(rows, validation, test)


def _split_off(
    rows: NDArray[np.intp],
    classes: NDArray[np.int64],
    groups: NDArray[np.int64],
    fraction: float,
    seed: int,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    random = np.random.default_rng(seed)
    kept, split_off = stratified_split(classes[rows], groups[rows], fraction, random)
    return rows[kept], rows[split_off]
