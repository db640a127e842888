"""Batches of sentence pairs: of like length, and of about as many ids each.

Their inputs are sources and, for teacher forcing, targets that begin with `BEGINNING`; what is to
be learned are the targets with their end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.texts.sentencepiece_file import BEGINNING, END, PADDING, UNKNOWN
from models.texts.subwords import Ids, Subwords
from training.fitting.batches import Batch, Batches, ShuffledBatches
from training.tasks.translation.data.encoded_pairs import EncodedSplit
from training.tasks.translation.placeholder_augmentation import with_placeholders
from training.tasks.translation.recipe import PairAugment

# Lengths are rounded up to a multiple, so that there are fewer shapes to get ready for.
_MULTIPLE = 4
# By so many ids sentences are taken for longer or shorter, so that others meet in each epoch.
_SPREAD = 2.0
_SEEDS = 2**31


class PairBatches(ShuffledBatches):
    """Batches of the training part; every pair is in one of them in each epoch.

    Args:
        split: The training part.
        subwords: Whose ids they are.
        augment: How pairs are changed.
        tokens: Ids of a batch on the longer side, padding counted; changes may add some.
        most: Pairs of a batch.
        seed: Decides the order and the changes.

    Yields:
        int32 sources `[batch, source length]` with targets `[batch, target length]`, and int32 ids
        that follow each of the targets', `[batch, target length]`.
    """

    free_length = True

    def __init__(
        self,
        split: EncodedSplit,
        subwords: Subwords,
        augment: PairAugment,
        *,
        tokens: int,
        most: int,
        seed: int,
    ) -> None:
        self._split, self._subwords, self._augment = split, subwords, augment
        self._tokens, self._most = tokens, most
        super().__init__(seed)

    def drawn(self, random: np.random.Generator) -> Sequence[NDArray[np.intp]]:
        sources = self._split.sources.lengths
        buckets = _rounded_up(self._split.lengths)
        spread = random.uniform(-_SPREAD, _SPREAD, len(sources))
        order = np.lexsort((sources + spread, buckets))
        ends = np.flatnonzero(np.diff(buckets[order])) + 1
        batches = [
            batch
            for rows in np.split(order, ends)
            for batch in np.array_split(rows, self._count(len(rows), int(buckets[rows[0]])))
        ]
        return [batches[place] for place in random.permutation(len(batches))]

    def _count(self, pairs: int, length: int) -> int:
        """How many batches hold so many pairs of a length."""
        return -(-pairs // max(1, min(self._most, self._tokens // length)))

    def batch(self, chosen: NDArray[np.intp], random: np.random.Generator) -> Batch:
        pairs = [self._pair(row, random) for row in chosen.tolist()]
        sources, targets = zip(*pairs, strict=True)
        (source, given), wanted = _teacher_forcing(sources, targets)
        return (source, _hidden(given, self._augment.target_word_dropout, random)), wanted

    def _pair(self, row: int, random: np.random.Generator) -> tuple[Ids, Ids]:
        augment, split = self._augment, self._split
        as_it_is = split.sources[row], split.targets[row]
        if not augment.subword_sampling and not augment.placeholders:
            return as_it_is
        source, target = with_placeholders(
            split.pairs.sources[row], split.pairs.targets[row], random, augment.placeholders
        )
        changed = self._ids(source, random), self._ids(target, random)
        # A way to cut that is far too long is not worth a batch of padding.
        return changed if max(map(len, changed)) <= self._subwords.longest else as_it_is

    def _ids(self, text: str, random: np.random.Generator) -> Ids:
        seed = int(random.integers(_SEEDS))
        if not self._augment.subword_sampling:
            return self._subwords.encode(text)
        return self._subwords.sample(text, self._augment.subword_sampling, seed)


class PairValidationBatches(Batches):
    """All pairs once, short ones first; see `PairBatches`."""

    free_length = True

    def __init__(self, split: EncodedSplit, tokens: int) -> None:
        super().__init__()
        self._split = split
        self._batches: list[list[int]] = []
        lengths = _rounded_up(split.lengths)
        for row in np.argsort(lengths, kind="stable").tolist():
            if not self._batches or (len(self._batches[-1]) + 1) * lengths[row] > tokens:
                self._batches.append([])
            self._batches[-1].append(row)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Batch:
        rows, split = self._batches[index], self._split
        return _teacher_forcing(
            [split.sources[row] for row in rows], [split.targets[row] for row in rows]
        )


def _teacher_forcing(sources: Sequence[Ids], targets: Sequence[Ids]) -> Batch:
    wanted = _padded(targets)
    given = np.concatenate([np.full((len(wanted), 1), BEGINNING, np.int32), wanted[:, :-1]], axis=1)
    return (_padded(sources), given), wanted


def _hidden(ids: Ids, share: float, random: np.random.Generator) -> Ids:
    """Ids of which a share is not seen; those that begin, end and fill a sentence always are."""
    if not share:
        return ids
    hidden = (random.random(ids.shape) < share) & (ids > END)
    return np.where(hidden, np.int32(UNKNOWN), ids)


def _padded(rows: Sequence[Ids]) -> Ids:
    batch = np.full((len(rows), int(_rounded_up(max(map(len, rows))))), PADDING, np.int32)
    for row, ids in zip(batch, rows, strict=True):
        row[: len(ids)] = ids
    return batch


def _rounded_up(lengths: NDArray[np.int64] | int) -> NDArray[np.int64]:
    return -(-np.asarray(lengths) // _MULTIPLE) * _MULTIPLE
