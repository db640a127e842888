"""Labelled texts as the ids that a network reads: what text recipes are trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.texts.tokenizers import Tokenizer
from training.data.texts.id_rows import IdRows
from training.data.texts.text_rows import TextDataset, TextRows, TextSplit
from training.tasks.text_classification.learn_tokenizer import learn_tokenizer
from training.tasks.text_classification.recipe import TokenizerSection


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
