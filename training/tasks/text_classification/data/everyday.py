"""Plain everyday sentences written by hand for this project, to measure a model with.

Sixty are positive and sixty negative: plain ones, negations, understatements, contrasts and
comparisons, no sarcasm. No model is trained on them: all are of the test part, so a recipe names
them in `data.also`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files

import numpy as np

from models.errors import InvalidSetting
from training.data.files.delimited import DelimitedFile
from training.data.splits import TEST
from training.data.texts.text_rows import TextDataset, TextRows
from training.tasks.text_classification.data.assembly import TextListing
from training.tasks.text_classification.recipe import TextData

LABELS = ("negative", "positive")


@dataclass(frozen=True)
class EverydaySentence:
    """A sentence, what it says, and by what means."""

    text: str
    label: str
    kind: str


def everyday_sentences() -> list[EverydaySentence]:
    """All of them, in the order of their kinds."""
    with as_file(
        files("training.tasks.text_classification.data") / "everyday_sentiment.tsv"
    ) as path:
        return [EverydaySentence(*cells) for cells in DelimitedFile(path).rows()]


def load(data: TextData) -> TextDataset:
    """Refuses: there is nothing to learn from.

    Raises:
        InvalidSetting: Always.
    """
    raise InvalidSetting(
        f"data.dataset: {data.dataset} is only to measure with; learn from another set, and name"
        " this one in data.also"
    )


def read(data: TextData) -> TextListing:
    """All sentences, as a test part."""
    del data
    sentences = everyday_sentences()
    return TextListing(
        name="everyday",
        labels=LABELS,
        texts=TextRows.of(sentence.text for sentence in sentences),
        classes=np.array([LABELS.index(sentence.label) for sentence in sentences], np.int64),
        parts=np.full(len(sentences), TEST, np.int8),
    )
