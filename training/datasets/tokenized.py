"""Labelled texts as the ids that a network reads: what text recipes are trained on."""

from __future__ import annotations

import functools
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.texts.tokenizers import Ids, Tokenizer
from training.datasets.texts import TextDataset, TextRows, TextSplit
from training.recipe.texts import TokenizerSection
from training.tokenizers import learn_tokenizer


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


@dataclass(frozen=True)
class TokenizedSplit:
    """One part of a data set; see `TextSplit`.

    Attributes:
        ids: `[examples]`, what the network reads.
        texts: `[examples]`, as they were written.
        labels: int64 `[examples]`.
        origins: int64 `[examples]`, indices into the data set's origins.
    """

    ids: IdRows
    texts: TextRows
    labels: NDArray[np.int64]
    origins: NDArray[np.int64]

    @classmethod
    def of(cls, split: TextSplit, tokenizer: Tokenizer) -> TokenizedSplit:
        ids = IdRows.of(tokenizer.ids(text)[0] for text in split.texts)
        return cls(ids, split.texts, split.labels, split.origins)

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: NDArray[np.intp]) -> TokenizedSplit:
        return TokenizedSplit(
            self.ids.take(indices),
            self.texts.take(indices),
            self.labels[indices],
            self.origins[indices],
        )


@dataclass(frozen=True)
class TokenizedDataset:
    """A data set of texts with a tokenizer that was made from its training part.

    Attributes:
        raw: What was tokenized.
        section: Of the recipe: how.
        tokenizer: Whose ids these are.
    """

    raw: TextDataset
    section: TokenizerSection
    tokenizer: Tokenizer
    train: TokenizedSplit
    validation: TokenizedSplit
    test: TokenizedSplit

    @classmethod
    def of(cls, raw: TextDataset, section: TokenizerSection) -> TokenizedDataset:
        """Makes the tokenizer that a recipe asks for, and reads every part with it.

        Raises:
            InvalidSetting: Nothing in the training part is frequent enough.
        """
        tokenizer = learn_tokenizer(section, raw.train.texts)
        train, validation, test = (
            TokenizedSplit.of(part, tokenizer) for part in (raw.train, raw.validation, raw.test)
        )
        return cls(raw, section, tokenizer, train, validation, test)

    @property
    def name(self) -> str:
        return self.raw.name

    @property
    def labels(self) -> tuple[str, ...]:
        return self.raw.labels

    @property
    def licence(self) -> str:
        return self.raw.licence

    @property
    def source(self) -> str:
        return self.raw.source

    @property
    def origins(self) -> tuple[str, ...]:
        return self.raw.origins

    @property
    def notes(self) -> tuple[str, ...]:
        return self.raw.notes

    @property
    def fingerprint(self) -> str:
        return self.raw.fingerprint
