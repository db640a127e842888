"""MR: 10,662 sentences of film reviews, half of them positive (Pang and Lee 2005).

There is no test part; results are means over ten folds, of which `data.fold` chooses one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.errors import InvalidSetting
from training.data.splits import TEST, TRAIN
from training.data.texts.same_text import text_groups
from training.data.texts.text_rows import TextDataset, TextRows
from training.tasks.text_classification.data.assembly import TextListing, assemble
from training.tasks.text_classification.data.sentence_files import read_lines
from training.tasks.text_classification.data.treebank import untokenize
from training.tasks.text_classification.recipe import TextData

LABELS = ("negative", "positive")
FOLDS = 10
_FILES = {"rt-polarity.neg": 0, "rt-polarity.pos": 1}


def load(data: TextData) -> TextDataset:
    """Loads the sentences, and the sets that are learned from beside them.

    Raises:
        InvalidSetting: The files are not there, or hold nothing.
        OkazuError: They cannot be downloaded, or are damaged.
    """
    return assemble(read(data), data)


def read(data: TextData) -> TextListing:
    """Reads the sentences in the files' order; one fold is the test part, if a fold is chosen."""
    sentences, classes = [], []
    for name, lines in read_lines(data, list(_FILES)).items():
        found = [untokenize(line) for line in lines if line.strip()]
        if not found:
            raise InvalidSetting(f"{name}: expected a sentence on each line, the file is empty")
        sentences += found
        classes += [_FILES[name]] * len(found)
    texts, labels = TextRows.of(sentences), np.array(classes, np.int64)
    parts = np.full(len(labels), TRAIN, np.int8)
    if data.fold is not None:
        chosen = folds(labels, text_groups(texts), data.split_seed) == data.fold
        parts[chosen] = TEST
    return TextListing(name="mr", labels=LABELS, texts=texts, classes=labels, parts=parts)


def folds(labels: NDArray[np.int64], groups: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Deals the examples into ten folds in which every class has its share.

    Args:
        labels: int64 `[examples]`.
        groups: int64 `[examples]`; a group stays together, counted to the class of its first.
        seed: Decides how.

    Returns:
        int64 `[examples]`, from 0 to 9.
    """
    random = np.random.default_rng(seed)
    numbers, first = np.unique(groups, return_index=True)
    fold_of = np.empty(len(numbers), np.int64)
    dealt = 0
    for label in np.unique(labels[first]):
        members = random.permutation(np.flatnonzero(labels[first] == label))
        fold_of[members] = (dealt + np.arange(len(members))) % FOLDS
        dealt += len(members)
    dealt_out: NDArray[np.int64] = fold_of[np.searchsorted(numbers, groups)]
    return dealt_out
