"""From one or more lists of pairs to a data set: repetitions, splits, what people should know."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from models.errors import InvalidSetting
from training.data.messages import counted
from training.data.splits import PARTS, TEST, TRAIN, VALIDATION
from training.data.texts.joined_datasets import joined, modules_beside
from training.data.texts.text_rows import TextRows, blank_rows
from training.tasks.translation.data import DATASETS
from training.tasks.translation.data.found_pairs import PairListing
from training.tasks.translation.data.pair_dataset import PairDataset, PairSplit
from training.tasks.translation.data.same_sentence import sentence_ids
from training.tasks.translation.data.splits import first_of_each, held_out
from training.tasks.translation.recipe import PairData

_LEFT_OUT = -1  # in place of a part
_OWN = "pairs"  # it needs a path, so it can only be the first
_SHARED = {"examples", "source", "target", "split_seed"}
_EVEN = 10  # characters, added to both sides of a pair before their lengths are compared


class _Module(Protocol):
    """A module of a set that can be learned from beside another."""

    def read(self, data: PairData) -> PairListing: ...


def assemble(first: PairListing, data: PairData) -> PairDataset:
    """Makes the three parts, of the set and of those that the recipe names in `also`.

    Two sentences are the same if `sentence_key` says so. A part that is given stays as it is,
    and one that is not is held out by its sentences, each of which stands there once, with all its
    translations. Then what shares a sentence with a test part of any set, on either side,
    leaves the other parts, and what shares one with a validation part leaves the training parts.

    Raises:
        InvalidSetting: A set of `also` cannot be used, or there are too few pairs.
    """
    listings = [first, *_others(first, data)]
    names = tuple(listing.name for listing in listings)
    everything = _Everything.of(listings)
    notes = _Notes(listings)
    everything.leave_out_empty(notes)
    for number, listing in enumerate(listings):
        for part in (TEST, VALIDATION):
            everything.hold_out(number, part, listing.data)
    everything.part_sentences(notes)
    everything.leave_out_repeated(notes)
    everything.filter_training(data, notes)
    splits = [everything.split(part) for part in range(len(PARTS))]
    _check_parts(splits, listings, notes.lines)
    return PairDataset(
        name="+".join(names),
        source_language=data.source,
        target_language=data.target,
        licence=joined(names, [DATASETS[listing.name].licence for listing in listings]),
        source=joined(names, [x.source or DATASETS[x.name].home for x in listings]),
        train=splits[TRAIN],
        validation=splits[VALIDATION],
        test=splits[TEST],
        origins=names,
        notes=(*notes.lines, *_remarks(splits[TRAIN], listings)),
    )


class _Notes:
    """Lines that say how many pairs were left out and why; of which set, if there are several."""

    def __init__(self, listings: Sequence[PairListing]) -> None:
        several = len(listings) > 1
        self._before = [f"{listing.name}: " if several else "" for listing in listings]
        self.lines = [
            f"{before}{note}"
            for before, listing in zip(self._before, listings, strict=True)
            for note in listing.notes
        ]

    def add(self, rows: NDArray[np.bool_], origins: NDArray[np.int64], reason: str) -> None:
        """Counts rows that were left out, set by set."""
        for origin, count in enumerate(np.bincount(origins[rows], minlength=len(self._before))):
            if count:
                self.lines.append(
                    f"{self._before[origin]}left out {counted(int(count), 'pair')} {reason}"
                )


@dataclass
class _Everything:
    """Every pair of every set; the arrays are `[pairs]`, and parts change as it is sorted out.

    `grouped` says which parts of which sets were held out here, not given.
    """

    sources: TextRows
    targets: TextRows
    source_ids: NDArray[np.uint64]
    target_ids: NDArray[np.uint64]
    origins: NDArray[np.int64]
    parts: NDArray[np.int8]
    grouped: set[tuple[int, int]]

    @classmethod
    def of(cls, listings: Sequence[PairListing]) -> _Everything:
        directed = [listing.directed() for listing in listings]
        sources, targets = directed[0]
        if len(listings) > 1:
            sources = TextRows.of(text for texts, _ in directed for text in texts)
            targets = TextRows.of(text for _, texts in directed for text in texts)
        return cls(
            sources=sources,
            targets=targets,
            source_ids=sentence_ids(sources),
            target_ids=sentence_ids(targets),
            origins=np.repeat(np.arange(len(listings)), [len(x.parts) for x in listings]),
            parts=np.concatenate([listing.parts for listing in listings]),
            grouped=set(),
        )

    def leave_out_empty(self, notes: _Notes) -> None:
        """Drops pairs with an empty side."""
        empty = blank_rows(self.sources) | blank_rows(self.targets)
        self._leave_out(empty, notes, "with an empty side")

    def leave_out_repeated(self, notes: _Notes) -> None:
        """Drops training pairs that stand there before, in this set or another."""
        training = np.flatnonzero(self.parts == TRAIN)
        again = np.ones(len(self.parts), np.bool_)
        again[training[_first_rows(self.sources, self.targets, training)]] = False
        again &= self.parts == TRAIN
        self._leave_out(again, notes, "that stand in the train part before")

    def hold_out(self, origin: int, part: int, data: PairData) -> None:
        """Chooses a part of a set, if it is not given."""
        own = self.origins == origin
        if (own & (self.parts == part)).any():
            return
        rows = np.flatnonzero(own & (self.parts == TRAIN))
        self.parts[held_out(rows, self.source_ids, self.target_ids, part, data)] = part
        self.grouped.add((origin, part))

    def part_sentences(self, notes: _Notes) -> None:
        """Takes the sentences of the test out of the rest, then those of validation."""
        for part, name in ((VALIDATION, "a test"), (TRAIN, "a validation or test")):
            later = self.parts > part
            ids = np.unique(np.concatenate([self.source_ids[later], self.target_ids[later]]))
            shared = np.isin(self.source_ids, ids) | np.isin(self.target_ids, ids)
            shared &= self.parts == part
            reason = f"of the {PARTS[part]} part that share a sentence with {name} part"
            self._leave_out(shared, notes, reason)

    def filter_training(self, data: PairData, notes: _Notes) -> None:
        """Drops training pairs that are too long or too uneven."""
        training = np.flatnonzero(self.parts == TRAIN)
        sources, targets = self.sources.take(training), self.targets.take(training)
        if data.max_words is not None:
            words = np.maximum(_words(sources), _words(targets))
            self._leave_out_of(training, words > data.max_words, notes, "of too many words")
        if data.max_length_ratio is not None:
            lengths = np.stack([_characters(sources), _characters(targets)]) + _EVEN
            uneven = lengths.max(axis=0) > data.max_length_ratio * lengths.min(axis=0)
            self._leave_out_of(training, uneven, notes, "of too uneven lengths")

    def split(self, part: int) -> PairSplit:
        rows = np.flatnonzero(self.parts == part)
        if not any(grouped == part for _, grouped in self.grouped):
            return PairSplit(self.sources.take(rows), self.targets.take(rows), self.origins[rows])
        alone: list[NDArray[np.intp]] = []
        further: list[list[int]] = []
        for origin in np.unique(self.origins[rows]).tolist():
            own = rows[self.origins[rows] == origin]
            if (origin, part) in self.grouped:
                own, following = first_of_each(own, self.source_ids)
                further += following
            else:
                further += [[]] * len(own)
            alone.append(own)
        chosen = np.concatenate(alone)
        others = tuple(self._further(row, more) for row, more in zip(chosen, further, strict=True))
        return PairSplit(
            self.sources.take(chosen), self.targets.take(chosen), self.origins[chosen], others
        )

    def _further(self, row: int, more: Sequence[int]) -> tuple[str, ...]:
        """Other translations than that of a row, each once."""
        all_of_them = dict.fromkeys(self.targets[each] for each in (row, *more))
        return tuple(all_of_them)[1:]

    def _leave_out_of(
        self, rows: NDArray[np.intp], which: NDArray[np.bool_], notes: _Notes, reason: str
    ) -> None:
        everywhere = np.zeros(len(self.parts), np.bool_)
        everywhere[rows[which]] = True
        self._leave_out(everywhere, notes, reason)

    def _leave_out(self, rows: NDArray[np.bool_], notes: _Notes, reason: str) -> None:
        self.parts[rows] = _LEFT_OUT
        notes.add(rows, self.origins, reason)


def _others(first: PairListing, data: PairData) -> Iterator[PairListing]:
    for name, found in modules_beside(first.name, data.task, data.also, _OWN):
        module = cast(_Module, found)
        yield module.read(PairData(dataset=name, **data.model_dump(include=_SHARED)))


def _words(texts: TextRows) -> NDArray[np.int64]:
    return np.fromiter((len(text.split()) for text in texts), np.int64, len(texts))


def _characters(texts: TextRows) -> NDArray[np.int64]:
    return np.fromiter((len(text) for text in texts), np.int64, len(texts))


def _first_rows(sources: TextRows, targets: TextRows, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Of rows, the positions of those whose two sides stood in none before."""
    joined = bytearray()
    for row in rows.tolist():
        pair = hashlib.blake2b(sources.encoded(row), digest_size=8)
        pair.update(b"\0")
        pair.update(targets.encoded(row))
        joined += pair.digest()
    _, first = np.unique(np.frombuffer(bytes(joined), "<u8"), return_index=True)
    return first


def _check_parts(
    splits: Sequence[PairSplit], listings: Sequence[PairListing], notes: Sequence[str]
) -> None:
    for name, split in zip(PARTS, splits, strict=True):
        if not len(split):
            why = f" ({'; '.join(notes)})" if notes else ""
            raise InvalidSetting(
                f"data: no pairs of {', '.join(x.name for x in listings)} are left for the {name}"
                f" part{why}: expected more pairs"
            )


def _remarks(train: PairSplit, listings: Sequence[PairListing]) -> Iterator[str]:
    if len(listings) > 1:
        counts = np.bincount(train.origins, minlength=len(listings))
        shares = ", ".join(f"{n:,} of {x.name}" for n, x in zip(counts, listings, strict=True))
        yield f"training pairs: {shares}"
