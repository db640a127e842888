"""SST-2: 6,920 + 872 + 1,821 sentences of film reviews, positive or negative (Socher et al. 2013).

In the files that Kim 2014 and many since have used: those sentences of the Stanford Sentiment
Treebank that are not neutral. Their tokens and escapes are undone, so that they look like what
users type. Of the 6,920 four are the same as one of another part then, and 6,916 are learned.
"""

from __future__ import annotations

import numpy as np

from models.errors import InvalidSetting
from training.data.splits import TEST, TRAIN, VALIDATION
from training.data.texts.text_rows import TextDataset, TextRows
from training.tasks.text_classification.data.assembly import TextListing, assemble
from training.tasks.text_classification.data.sentence_files import read_lines
from training.tasks.text_classification.data.treebank import untokenize
from training.tasks.text_classification.recipe import TextData

LABELS = ("negative", "positive")
_FILES = {"stsa.binary.train": TRAIN, "stsa.binary.dev": VALIDATION, "stsa.binary.test": TEST}


def load(data: TextData) -> TextDataset:
    """Loads the sentences, and the sets that are learned from beside them.

    Raises:
        InvalidSetting: The files are not there, or are not lines of a label and a sentence.
        OkazuError: They cannot be downloaded, or are damaged.
    """
    return assemble(read(data), data)


def read(data: TextData) -> TextListing:
    """Reads the sentences in the files' order."""
    sentences, classes, parts = [], [], []
    for name, lines in read_lines(data, list(_FILES)).items():
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            label, _, sentence = line.partition(" ")
            if label not in ("0", "1"):
                raise InvalidSetting(
                    f"{name}, line {number}: expected a label, 0 or 1, a space and a sentence;"
                    f" received {line[:40]!r}"
                )
            sentences.append(untokenize(sentence))
            classes.append(int(label))
            parts.append(_FILES[name])
    return TextListing(
        name="sst2",
        labels=LABELS,
        texts=TextRows.of(sentences),
        classes=np.array(classes, np.int64),
        parts=np.array(parts, np.int8),
    )
