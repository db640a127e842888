"""Sentence pairs with the subwords that were learned from them: what translators are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import InvalidSetting
from models.inputs import SentenceInput
from models.tasks.translation.predict import ROOM
from models.texts.subwords import Subwords
from training.data.messages import counted
from training.data.texts.id_rows import IdRows
from training.fitting.seeds import Use, derived_seed
from training.tasks.translation.data.pair_dataset import PairDataset, PairSplit
from training.tasks.translation.learn_subwords import learn_subwords
from training.tasks.translation.recipe import TranslationRecipe

_USUAL = 0.9999  # of the sentences; see EncodedPairs.input
_FEWEST = 24


@dataclass(frozen=True)
class EncodedSplit:
    """One part of a data set; see `PairSplit`.

    Attributes:
        pairs: `[examples]`, as they were written.
        sources: `[examples]`, the ids of the sentences, each with its end.
        targets: `[examples]`, those of their translations.
    """

    pairs: PairSplit
    sources: IdRows
    targets: IdRows

    @classmethod
    def of(cls, pairs: PairSplit, subwords: Subwords) -> EncodedSplit:
        return cls(
            pairs,
            IdRows.of(map(subwords.encode, pairs.sources)),
            IdRows.of(map(subwords.encode, pairs.targets)),
        )

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Of the longer sentence of each pair, in ids."""
        return np.maximum(self.sources.lengths, self.targets.lengths)

    def take(self, indices: NDArray[np.intp]) -> EncodedSplit:
        return EncodedSplit(
            self.pairs.take(indices), self.sources.take(indices), self.targets.take(indices)
        )


@dataclass(frozen=True)
class EncodedPairs:
    """A data set of pairs with the subwords of its training part.

    Attributes:
        raw: What was encoded.
        recipe: That asked for it.
        subwords: Whose ids these are.
        train: Without the pairs that are too long.
        notes: What a person should know of how it was read.
    """

    raw: PairDataset
    recipe: TranslationRecipe
    subwords: Subwords
    train: EncodedSplit
    validation: EncodedSplit
    test: EncodedSplit
    notes: tuple[str, ...]

    @classmethod
    def of(cls, raw: PairDataset, recipe: TranslationRecipe) -> EncodedPairs:
        """Learns the subwords that a recipe asks for, and encodes every part with them.

        Raises:
            InvalidSetting: The training part has too little in it for so many subwords, or every
                pair of it is too long.
        """
        texts = [*raw.train.sources, *raw.train.targets]
        seed = derived_seed(recipe.fit.seed, Use.ORDER)
        longest = recipe.subwords.longest
        size, capitals = recipe.subwords.vocabulary_size, recipe.subwords.capitals
        subwords = Subwords(learn_subwords(texts, size, seed, capitals), longest)
        train, validation, test = (
            EncodedSplit.of(part, subwords) for part in (raw.train, raw.validation, raw.test)
        )
        fits = train.lengths <= longest
        if not fits.any():
            raise InvalidSetting(
                f"subwords.longest: expected at least {train.lengths.min()}, the subwords of the"
                f" shortest pair of the train part, received {longest}"
            )
        notes = raw.notes
        if dropped := int(np.count_nonzero(~fits)):
            left = f"left out {counted(dropped, 'pair')} of the train part"
            notes = (*notes, f"{left} with more than {longest} subwords")
            train = train.take(np.flatnonzero(fits))
        return cls(raw, recipe, subwords, train, validation, test, notes)

    @property
    def input(self) -> SentenceInput:
        """What a model that is trained on it takes."""
        return SentenceInput(
            source=self.raw.source_language,
            target=self.raw.target_language,
            max_tokens=self._longest_known,
            placeholders=self.recipe.augment.placeholders > 0,
            full_stop=self.recipe.decoding.full_stop,
        )

    @property
    def _longest_known(self) -> int:
        """Ids of the longest sentences, rare ones aside, and some more for how they are asked.

        Of longer ones a network makes less than of their parts, though it could be asked for them.
        """
        usual = int(np.quantile(self.train.sources.lengths, _USUAL)) + ROOM
        return min(self.subwords.longest, max(_FEWEST, usual))

    @property
    def name(self) -> str:
        return self.raw.name

    @property
    def licence(self) -> str:
        return self.raw.licence

    @property
    def source(self) -> str:
        return self.raw.source

    @property
    def origins(self) -> Sequence[str]:
        return self.raw.origins

    @property
    def fingerprint(self) -> str:
        return self.raw.fingerprint
