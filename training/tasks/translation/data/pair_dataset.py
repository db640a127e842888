"""Sentences and their translations: what every set of pairs gives to training."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.texts.text_rows import TextRows, parts_by_origin


@dataclass(frozen=True)
class PairSplit:
    """One part of a data set.

    Attributes:
        sources: `[examples]`, as they were written.
        targets: `[examples]`, the translation of each.
        origins: int64 `[examples]`, indices into the data set's origins.
        others: `[examples]`, further translations of each source; empty where there are none at
            all, as in the training part, which has a pair for each translation.
    """

    sources: TextRows
    targets: TextRows
    origins: NDArray[np.int64]
    others: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.origins)

    @property
    def references(self) -> list[list[str]]:
        """`[examples]`, every translation of each source, its target first."""
        others = self.others or ((),) * len(self)
        return [[target, *more] for target, more in zip(self.targets, others, strict=True)]

    def take(self, indices: NDArray[np.intp]) -> PairSplit:
        others = tuple(self.others[index] for index in indices.tolist()) if self.others else ()
        return PairSplit(
            self.sources.take(indices), self.targets.take(indices), self.origins[indices], others
        )


@dataclass(frozen=True)
class PairDataset:
    """A data set, split in three; no sentence of another part stands in the training part.

    Attributes:
        name: As recipes call it; of several sets learned from at once, joined by `+`.
        source_language: Its code, such as `en`.
        target_language: The same.
        licence: Under which terms the data may be used.
        source: Where it comes from.
        origins: Names of the sets that it is made of; usually one.
        notes: What a person should know of how it was read.
    """

    name: str
    source_language: str
    target_language: str
    licence: str
    source: str
    train: PairSplit
    validation: PairSplit
    test: PairSplit
    origins: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def tests(self) -> dict[str, PairSplit]:
        """The test part of each set that has one, by the set's name."""
        return parts_by_origin(self.test, self.origins)

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the languages and every example of every part, in order."""
        sha256 = hashlib.sha256(f"{self.source_language} {self.target_language}\n".encode())
        for part in (self.train, self.validation, self.test):
            sha256.update(f"{len(part)}\n".encode())
            for index in range(len(part)):
                texts = [part.sources.encoded(index), part.targets.encoded(index)]
                if part.others:
                    texts += [text.encode() for text in part.others[index]]
                sha256.update(f"{[len(text) for text in texts]}\n".encode())
                for text in texts:
                    sha256.update(text)
        return sha256.hexdigest()
