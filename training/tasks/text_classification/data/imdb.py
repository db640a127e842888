"""IMDB film reviews: 25,000 + 25,000, half of them positive (Maas et al. 2011).

The archive's unlabelled reviews and feature files are not read.
"""

from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np

from models.errors import InvalidSetting
from training.data.files.archives import open_source
from training.data.files.local_copies import obtain
from training.data.messages import counted
from training.data.splits import TEST, TRAIN
from training.data.texts.text_rows import TextDataset, TextRows
from training.tasks.text_classification.data.assembly import TextListing, assemble
from training.tasks.text_classification.recipe import TextData

LABELS = ("negative", "positive")
_PARTS = {"train": TRAIN, "test": TEST}
_CLASSES = {"neg": 0, "pos": 1}


def load(data: TextData) -> TextDataset:
    """Loads the reviews, and the sets that are learned from beside them.

    Raises:
        InvalidSetting: The files are not in the layout `{train,test}/{pos,neg}/*.txt`.
        OkazuError: They cannot be downloaded, or are damaged.
    """
    return assemble(read(data), data)


def read(data: TextData) -> TextListing:
    """Reads the reviews, ordered by part, class and file name."""
    source = open_source(obtain(data))
    places, contents = [], []
    for name, content in source.matching(lambda name: _place(name) is not None):
        places.append((_place(name) or (0, 0), name))
        contents.append(content)
    found = {place for place, _ in places}
    for part, part_number in _PARTS.items():
        for kind, class_number in _CLASSES.items():
            if (part_number, class_number) not in found:
                raise InvalidSetting(
                    f"{source.path}: expected reviews in {part}/{kind}/*.txt, found none; expected"
                    " the layout of aclImdb_v1.tar.gz"
                )
    order = sorted(range(len(places)), key=places.__getitem__)
    where = np.array([places[index][0] for index in order])
    damaged = sum(not _is_utf8(content) for content in contents)
    return TextListing(
        name="imdb",
        labels=LABELS,
        texts=TextRows.of(contents[index].decode("utf-8", "replace") for index in order),
        classes=where[:, 1].astype(np.int64),
        parts=where[:, 0].astype(np.int8),
        notes=(f"{counted(damaged, 'review')} not wholly in UTF-8",) if damaged else (),
    )


def _place(name: str) -> tuple[int, int] | None:
    """Part and class of a review's file; None for any other file."""
    path = PurePosixPath(name)
    if path.suffix != ".txt" or len(path.parts) < 3:  # part, class and file
        return None
    part, kind = _PARTS.get(path.parts[-3]), _CLASSES.get(path.parts[-2])
    return None if part is None or kind is None else (part, kind)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
