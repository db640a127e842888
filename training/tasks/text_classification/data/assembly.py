"""From one or more lists of texts to a data set: duplicates, splits, what people should know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from models.errors import InvalidSetting
from training.data.messages import counted
from training.data.splits import PARTS, TEST, TRAIN, VALIDATION, split_rows
from training.data.texts.contained_text import find_pieces
from training.data.texts.joined_datasets import joined, modules_beside
from training.data.texts.same_text import content_keys, text_groups
from training.data.texts.text_rows import TextDataset, TextRows, TextSplit, blank_rows
from training.tasks.text_classification.data import DATASETS
from training.tasks.text_classification.recipe import TextData

_UNEVEN = 2.0  # the largest class over the smallest, from where on it is worth a word
_LEFT_OUT = -1  # in place of a part
_OWN = "text-csv"  # it needs a path and columns, so it can only be the first
_SHARED = {"examples", "split_seed", "test_fraction", "validation_fraction"}


@dataclass(frozen=True)
class TextListing:
    """The labelled texts of one set, as they were found.

    Attributes:
        name: Of the set.
        labels: Names of the classes.
        texts: `[examples]`.
        classes: int64 `[examples]`, indices into the labels.
        parts: int8 `[examples]`, indices into `PARTS`; all 0 where no parts are given.
        source: Where it is from, if `DATASETS` says less.
        notes: What a person should know about it.
    """

    name: str
    labels: tuple[str, ...]
    texts: TextRows
    classes: NDArray[np.int64]
    parts: NDArray[np.int8]
    source: str = ""
    notes: tuple[str, ...] = field(default=())


class _Module(Protocol):
    """A module of a set that can be learned from beside another."""

    def read(self, data: TextData) -> TextListing: ...


def assemble(first: TextListing, data: TextData) -> TextDataset:
    """Makes the three parts, of the set and of those that the recipe names in `also`.

    Given parts stay as they are, except that what is in a part is taken out of those before it:
    the test part out of the others, the validation part out of the training part, whichever sets
    they come from; of two sets also what is a piece of another's text, or has one in it. What two
    sets share, the one that is named first keeps, and test parts stay whole. A set of `also` that
    has no test part of its own is learned from as a whole.

    Raises:
        InvalidSetting: A set of `also` cannot be used, or a class has too few different texts.
    """
    listings = [first, *_others(first, data)]
    names = tuple(listing.name for listing in listings)
    texts = first.texts
    if len(listings) > 1:
        texts = TextRows.of(text for listing in listings for text in listing.texts)
    everything = _Everything(
        labels=first.labels,
        classes=np.concatenate([listing.classes for listing in listings]),
        groups=text_groups(texts),
        origins=np.repeat(np.arange(len(listings)), [len(x.classes) for x in listings]),
        parts=np.concatenate([listing.parts for listing in listings]),
        keys=list(content_keys(texts)) if len(listings) > 1 else [],
    )
    visible = ~blank_rows(texts)
    everything.parts[~visible] = _LEFT_OUT
    notes = _Notes(listings)
    for number in range(len(listings)):
        own = everything.origins == number
        notes.add(number, int((own & ~visible).sum()), "{texts} without content")
        _split_origin(everything, number, data, notes)
    splits = [everything.split(texts, part) for part in range(len(PARTS))]
    for name, split in zip(PARTS, splits, strict=True):
        _check_part(name, split, data)
    return TextDataset(
        name="+".join(names),
        labels=first.labels,
        licence=joined(names, [DATASETS[listing.name].licence for listing in listings]),
        source=joined(names, [x.source or DATASETS[x.name].home for x in listings]),
        train=splits[TRAIN],
        validation=splits[VALIDATION],
        test=splits[TEST],
        origins=names,
        notes=(*notes.lines, *_remarks(everything, splits[TRAIN], names)),
    )


@dataclass
class _Everything:
    """Every example of every set; the arrays are `[examples]`, `parts` is filled in.

    Of a single set no keys are needed.
    """

    labels: tuple[str, ...]
    classes: NDArray[np.int64]
    groups: NDArray[np.int64]
    origins: NDArray[np.int64]
    parts: NDArray[np.int8]
    keys: Sequence[bytes]

    def split(self, texts: TextRows, part: int) -> TextSplit:
        rows = np.flatnonzero(self.parts == part)
        return TextSplit(texts.take(rows), self.classes[rows], self.origins[rows])

    def same(self, some: NDArray[np.bool_], others: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """bool `[examples]`: those of some whose text stands among the others."""
        return some & np.isin(self.groups, np.unique(self.groups[others]))

    def related(self, some: NDArray[np.bool_], others: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The same, and those that are a piece of one of the others or have one in them."""
        related = self.same(some, others)
        rows = np.flatnonzero(some & ~related).tolist()
        other_rows = np.flatnonzero(others).tolist()
        own_keys = [self.keys[row] for row in rows] if other_rows else []
        other_keys = [self.keys[row] for row in other_rows] if own_keys else []
        if own_keys:
            related[rows] = find_pieces(own_keys, other_keys)[0]
            related[rows] |= find_pieces(other_keys, own_keys)[1]
        return related

    def leave_out(self, rows: NDArray[np.bool_]) -> int:
        """Gives examples no part; returns how many."""
        self.parts[rows] = _LEFT_OUT
        return int(rows.sum())


class _Notes:
    """Lines that say how many texts were left out and why; of which set, if there are several."""

    def __init__(self, listings: Sequence[TextListing]) -> None:
        several = len(listings) > 1
        self._before = [f"{listing.name}: " if several else "" for listing in listings]
        self.lines = [
            f"{before}{note}"
            for before, listing in zip(self._before, listings, strict=True)
            for note in listing.notes
        ]

    def add(self, origin: int, count: int, reason: str) -> None:
        if count:
            what = reason.format(texts=counted(count, "text"))
            self.lines.append(f"{self._before[origin]}left out {what}")


def _others(first: TextListing, data: TextData) -> Iterator[TextListing]:
    for name, found in modules_beside(first.name, data.task, data.also, _OWN):
        module = cast(_Module, found)
        other = module.read(TextData(dataset=name, **data.model_dump(include=_SHARED)))
        if other.labels != first.labels:
            raise InvalidSetting(
                f"data.also: expected sets with the labels {', '.join(first.labels)}; {name} has"
                f" {', '.join(other.labels)}"
            )
        yield other


def _split_origin(everything: _Everything, number: int, data: TextData, notes: _Notes) -> None:
    """Gives each example of a set its part, or leaves it out."""
    own, parts = everything.origins == number, everything.parts
    others = ~own
    test, validation = own & (parts == TEST), own & (parts == VALIDATION)
    for part in (TRAIN, VALIDATION):
        name, later = PARTS[part], " or ".join(PARTS[part + 1 :])
        within = everything.leave_out(everything.same(own & (parts == part), own & (parts > part)))
        notes.add(number, within, f"{{texts}} of the {name} part that stand in {later} too")
        across = everything.leave_out(
            everything.related(own & (parts == part), others & (parts > part))
        )
        notes.add(number, across, f"{{texts}} that share a sentence with {later} of another set")
        earlier = (everything.origins < number) & (parts == part)
        shared = everything.leave_out(everything.same(own & (parts == part), earlier))
        notes.add(number, shared, f"{{texts}} that stand in the {name} part of a set before it")
    given_test = np.flatnonzero(test) if test.any() or number else None
    given_validation = np.flatnonzero(own & (parts == VALIDATION)) if validation.any() else None
    training = own & (parts == TRAIN)
    # What shares a sentence with a training text is no good for validation.
    earlier = (everything.origins < number) & (parts == TRAIN)
    free = training & ~everything.related(training, earlier)
    if number and not free.any():
        return
    if number == 0:
        wanted = [PARTS[TRAIN]]
        wanted += [PARTS[VALIDATION]] if given_validation is None else []
        wanted += [PARTS[TEST]] if given_test is None else []
        _check_classes(everything, training, wanted, data)
    rows = split_rows(
        np.flatnonzero(free),
        everything.classes,
        everything.groups,
        data,
        validation=given_validation,
        test=given_test,
    )
    parts[rows.validation] = VALIDATION
    parts[rows.test] = TEST


def _check_classes(
    everything: _Everything, rows: NDArray[np.bool_], wanted: Sequence[str], data: TextData
) -> None:
    pairs = np.stack([everything.groups, everything.classes], axis=1)[rows]
    classes = np.unique(pairs, axis=0)[:, 1]
    counts = np.bincount(classes, minlength=len(everything.labels))
    field = "data.label_column" if data.label_column else "data.path"
    for label, different in zip(everything.labels, counts, strict=True):
        if different < len(wanted):
            raise InvalidSetting(
                f"{field}: the class {label!r} has {counted(int(different), 'different text')} to"
                f" learn from; expected {len(wanted)} at least ({', '.join(wanted)}): add some, or"
                " take the class away"
            )


def _check_part(name: str, split: TextSplit, data: TextData) -> None:
    if not len(split):
        raise InvalidSetting(
            f"data: no texts are left for the {name} part; received test_fraction"
            f" {data.test_fraction} and validation_fraction {data.validation_fraction} for few"
            " texts: add some, or change the fractions"
        )


def _remarks(everything: _Everything, train: TextSplit, names: Sequence[str]) -> Iterator[str]:
    kept = everything.parts != _LEFT_OUT
    _, times = np.unique(everything.groups[kept], return_counts=True)
    if again := int((times - 1).sum()):
        yield f"{counted(again, 'text')} repeated, always on one side of the split"
    pairs = np.unique(np.stack([everything.groups, everything.classes], axis=1)[kept], axis=0)
    _, classes_of_group = np.unique(pairs[:, 0], return_counts=True)
    if twofold := int((classes_of_group > 1).sum()):
        yield f"more than one class has the same text: {counted(twofold, 'text')}"
    if len(names) > 1:
        counts = np.bincount(train.origins, minlength=len(names))
        shares = ", ".join(f"{n:,} of {name}" for n, name in zip(counts, names, strict=True))
        yield f"training texts: {shares}"
    counts = np.bincount(train.labels, minlength=len(everything.labels))
    if counts.max() >= _UNEVEN * counts.min():
        smallest, largest = counts.argmin(), counts.argmax()
        yield (
            f"the classes are uneven: {counts[smallest]:,} training texts of"
            f" {everything.labels[smallest]!r}, {counts[largest]:,} of"
            f" {everything.labels[largest]!r}"
        )
