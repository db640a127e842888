"""Labelled texts: what every text data set gives to training."""

from __future__ import annotations

import functools
import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray


class TextRows(Sequence[str]):
    """Texts, kept end to end as UTF-8 and decoded when they are asked for.

    A million short texts take the room of their bytes and 16 more each, not of as many objects.

    Args:
        content: Every text's bytes, one after the other.
        ends: int64 `[texts]`, where each ends in the content.
        rows: int `[examples]`: which of the texts these are, in which order; all, if not said.
    """

    def __init__(
        self,
        content: bytes | bytearray,
        ends: NDArray[np.int64],
        rows: NDArray[np.intp] | None = None,
    ) -> None:
        self._content = content
        self._ends = ends
        self._rows = np.arange(len(ends)) if rows is None else rows

    @classmethod
    def of(cls, texts: Iterable[str]) -> TextRows:
        """Takes texts one by one; what is no character (half a surrogate pair) becomes `?`."""
        content, ends = bytearray(), array("q")
        for text in texts:
            content += text.encode("utf-8", "replace")
            ends.append(len(content))
        return cls(content, np.array(ends, np.int64))

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, key: int) -> str: ...

    @overload
    def __getitem__(self, key: slice) -> TextRows: ...

    def __getitem__(self, key: int | slice) -> str | TextRows:
        if isinstance(key, slice):
            return self.take(key)
        return self.encoded(key).decode()

    def __iter__(self) -> Iterator[str]:
        return (self.encoded(index).decode() for index in range(len(self)))

    def encoded(self, index: int) -> bytes:
        """A text's UTF-8."""
        row = self._rows[index]
        return bytes(self._content[self._ends[row - 1] if row else 0 : self._ends[row]])

    def take(self, indices: NDArray[np.intp] | slice) -> TextRows:
        """Some of these, in the order of the indices; the bytes are shared."""
        return TextRows(self._content, self._ends, self._rows[indices])


def blank_rows(texts: TextRows) -> NDArray[np.bool_]:
    """bool `[texts]`: where there is nothing to read."""
    blank = (not text.replace("\0", " ").strip() for text in texts)
    return np.fromiter(blank, np.bool_, len(texts))


class _Split(Protocol):
    @property
    def origins(self) -> NDArray[np.int64]: ...

    def __len__(self) -> int: ...

    def take(self, indices: NDArray[np.intp]) -> Self: ...


SplitT = TypeVar("SplitT", bound=_Split)


def parts_by_origin(split: SplitT, names: Sequence[str]) -> dict[str, SplitT]:
    """The examples of each set that has some in a split, by the set's name."""
    parts = {
        name: split.take(np.flatnonzero(split.origins == number))
        for number, name in enumerate(names)
    }
    return {name: part for name, part in parts.items() if len(part)}


@dataclass(frozen=True)
class TextSplit:
    """One part of a data set.

    Attributes:
        texts: `[examples]`, as they were written.
        labels: int64 `[examples]`, indices into the data set's labels.
        origins: int64 `[examples]`, indices into the data set's origins.
    """

    texts: TextRows
    labels: NDArray[np.int64]
    origins: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: NDArray[np.intp]) -> TextSplit:
        return TextSplit(self.texts.take(indices), self.labels[indices], self.origins[indices])


@dataclass(frozen=True)
class TextDataset:
    """A data set, split in three; no text stands in the training part and in another.

    Attributes:
        name: As recipes call it; of several sets learned from at once, joined by `+`.
        labels: Names of the classes.
        licence: Under which terms the data may be used.
        source: Where it comes from.
        origins: Names of the sets that it is made of; usually one.
        notes: What a person should know of how it was read.
    """

    name: str
    labels: tuple[str, ...]
    licence: str
    source: str
    train: TextSplit
    validation: TextSplit
    test: TextSplit
    origins: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def tests(self) -> dict[str, TextSplit]:
        """The test part of each set that has one, by the set's name."""
        return parts_by_origin(self.test, self.origins)

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the labels and every example of every part, in order."""
        sha256 = hashlib.sha256("\n".join(self.labels).encode())
        for part in (self.train, self.validation, self.test):
            sha256.update(f"{len(part)}\n".encode())
            for index, label in enumerate(part.labels):
                text = part.texts.encoded(index)
                sha256.update(b"%d %d\n" % (label, len(text)))
                sha256.update(text)
        return sha256.hexdigest()
