"""Plain everyday sentences written by hand for this project, to measure a shipped model with.

Sixty are positive and sixty negative: plain ones, negations, understatements, contrasts and
comparisons, no sarcasm. No model is trained on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files

from training.datasets.delimited import DelimitedFile

LABELS = ("negative", "positive")


@dataclass(frozen=True)
class EverydaySentence:
    """A sentence, what it says, and by what means."""

    text: str
    label: str
    kind: str


def everyday_sentences() -> list[EverydaySentence]:
    """All of them, in the order of their kinds."""
    with as_file(files("training.datasets") / "everyday_sentiment.tsv") as path:
        return [EverydaySentence(*cells) for cells in DelimitedFile(path).rows()]
