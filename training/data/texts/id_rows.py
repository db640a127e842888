"""Texts as the ids that a network reads, held in one array."""

from __future__ import annotations

import functools
from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from models.texts.tokenizers import Ids


class IdRows:
    """The ids of texts, end to end; each row is int32 `[length]`.

    Args:
        content: int32, every text's ids, one after the other.
        ends: int64 `[texts]`, where each ends in the content.
        rows: int `[examples]`: which of the texts these are, in which order; all, if not said.
    """

    def __init__(
        self, content: Ids, ends: NDArray[np.int64], rows: NDArray[np.intp] | None = None
    ) -> None:
        self._content, self._ends = content, ends
        self._rows = np.arange(len(ends)) if rows is None else rows

    @classmethod
    def of(cls, rows: Iterable[Ids]) -> IdRows:
        content, ends = array("i"), array("q")
        for ids in rows:
            content.frombytes(ids.tobytes())
            ends.append(len(content))
        return cls(np.frombuffer(content, np.int32), np.frombuffer(ends, np.int64))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Ids:
        row = self._rows[index]
        return self._content[self._ends[row - 1] if row else 0 : self._ends[row]]

    def take(self, indices: NDArray[np.intp]) -> IdRows:
        """Some of these, in the order of the indices; the ids are shared."""
        return IdRows(self._content, self._ends, self._rows[indices])

    @functools.cached_property
    def lengths(self) -> NDArray[np.int64]:
        """How many ids each text has, int64 `[examples]`."""
        lengths: NDArray[np.int64] = np.diff(self._ends, prepend=0)[self._rows]
        return lengths
