"""From stored examples to a data set: duplicates, splits, and what a person should know."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.card import ImageInput
from models.errors import InvalidSetting
from training.data.images.decoded_cache import Stored
from training.data.images.image_split import ImageDataset, ImageRows, ImageSplit
from training.data.messages import counted
from training.data.splits import PARTS, TEST, TRAIN, VALIDATION, PartRows, groups_of, split_rows
from training.tasks.image_classification.data import DATASETS
from training.tasks.image_classification.recipe import ImageData

_UNEVEN = 2.0  # the largest class over the smallest, from where on it is worth a word


def input_for(data: ImageData, default: ImageInput) -> ImageInput:
    """What a network takes: the data set's own input, where the recipe does not say otherwise."""
    asked = data.model_dump(include={"height", "width", "mode", "resize"}, exclude_none=True)
    return default.model_copy(update=asked)


def assemble(stored: Stored, data: ImageData, spec: ImageInput) -> ImageDataset:
    """Makes the three parts.

    Given parts stay as they are, except that what is in a part is taken out of those before it:
    the test part out of the others, the validation part out of the training part.

    Raises:
        InvalidSetting: A class has too few different images to stand in every part.
    """
    groups = groups_of(stored.digests)
    parts, notes = _without_duplicates(stored.parts, groups)
    given = [bool((stored.parts == part).any()) for part in range(len(PARTS))]
    _check_classes(stored, groups, parts, given)
    rows = split_rows(
        np.flatnonzero(parts == TRAIN),
        stored.classes,
        groups,
        data,
        validation=np.flatnonzero(parts == VALIDATION) if given[VALIDATION] else None,
        test=np.flatnonzero(parts == TEST) if given[TEST] else None,
    )
    _check_parts(rows, data)
    in_memory = stored.nbytes <= data.memory_mb * 1e6
    info = DATASETS[data.dataset]
    name = f", {data.path.name}" if data.path else ""
    return ImageDataset(
        name=data.dataset,
        labels=stored.labels,
        input=spec,
        licence=info.licence,
        source=f"{info.home}{name}",
        train=_split(stored, rows.train, in_memory),
        validation=_split(stored, rows.validation, in_memory),
        test=_split(stored, rows.test, in_memory),
        notes=(*stored.notes, *notes, *_notes(stored, groups, rows)),
    )


def _split(stored: Stored, rows: NDArray[np.intp], in_memory: bool) -> ImageSplit:
    images = ImageRows(stored.images, stored.rows[rows])
    return ImageSplit(
        images=images[:] if in_memory else images,
        labels=stored.classes[rows],
        known_digests=stored.digests[rows],
    )


def _without_duplicates(
    parts: NDArray[np.int8], groups: NDArray[np.int64]
) -> tuple[NDArray[np.int8], list[str]]:
    """The parts, -1 for what is in a later part too."""
    kept, notes = parts.copy(), []
    for part in (TRAIN, VALIDATION):
        later = np.unique(groups[parts > part])
        dropped = (parts == part) & np.isin(groups, later)
        kept[dropped] = -1
        if dropped.any():
            notes.append(
                f"left out {counted(int(dropped.sum()), 'image')} of the {PARTS[part]} part that"
                f" stand in {' or '.join(PARTS[part + 1 :])} too"
            )
    return kept, notes


def _check_classes(
    stored: Stored, groups: NDArray[np.int64], parts: NDArray[np.int8], given: list[bool]
) -> None:
    wanted = [PARTS[TRAIN], *(PARTS[p] for p in (VALIDATION, TEST) if not given[p])]
    pairs = _groups_and_classes(stored, groups, parts == TRAIN)
    counts = np.bincount(pairs[:, 1], minlength=len(stored.labels))
    for label, different in zip(stored.labels, counts, strict=True):
        if different < len(wanted):
            because = f" ({'; '.join(stored.notes)})" if stored.notes else ""
            raise InvalidSetting(
                f"data.path: the class {label!r} has"
                f" {counted(int(different), 'different readable image')} to train on; expected"
                f" {len(wanted)} at least ({', '.join(wanted)}): add some, or take the class"
                f" away{because}"
            )


def _groups_and_classes(
    stored: Stored, groups: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The distinct pairs `[pairs, 2]` of a picture's group and a class that it stands in."""
    return np.unique(np.stack([groups, stored.classes], axis=1)[chosen], axis=0)


def _check_parts(rows: PartRows, data: ImageData) -> None:
    for name in PARTS:
        if not len(getattr(rows, name)):
            raise InvalidSetting(
                f"data: no images are left for the {name} part; received test_fraction"
                f" {data.test_fraction} and validation_fraction {data.validation_fraction} for"
                " few images: add some, or change the fractions"
            )


def _notes(stored: Stored, groups: NDArray[np.int64], rows: PartRows) -> Iterator[str]:
    pairs = _groups_and_classes(stored, groups, np.ones(len(groups), bool))
    _, classes_of_group = np.unique(pairs[:, 0], return_counts=True)
    if twofold := int((classes_of_group > 1).sum()):
        yield f"more than one class has the same picture: {counted(twofold, 'picture')}"
    counts = np.bincount(stored.classes[rows.train], minlength=len(stored.labels))
    if counts.max() >= _UNEVEN * counts.min():
        smallest, largest = counts.argmin(), counts.argmax()
        yield (
            f"the classes are uneven: {counts[smallest]:,} training images of"
            f" {stored.labels[smallest]!r}, {counts[largest]:,} of {stored.labels[largest]!r}"
        )
