"""Files of texts through a model that classifies them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel
from models.errors import InvalidSetting, OkazuError
from models.tasks.text_classification.predict import (
    TextPrediction,
    answers_by_length,
    classify_texts,
)
from models.texts.missing import is_missing
from models.texts.tokenizers import Tokenizer
from models.texts.words import is_blank
from training.classification.metrics import accuracy_by_origin, classification_metrics
from training.contract.files import Columns, Labelled, Options, Prediction
from training.contract.interface import Signature
from training.data.messages import counted, notice
from training.data.tables.target import class_label
from training.data.texts.excerpts import excerpt
from training.data.texts.files_of_texts import LABEL, TEXT, TextRow, chosen_column
from training.data.texts.text_inputs import FilesOfTexts
from training.data.texts.text_rows import TextDataset, TextRows
from training.tasks.text_classification.data.text_file import open_labelled, text_label_pairs

BATCH = 64
WINDOW = 4096  # texts that are held at a time
_SHOWN = 60  # characters of a text


@dataclass(frozen=True)
class LabelledTexts(Labelled):
    """Texts with the index of each one's label.

    Attributes:
        tokenizer: Turns them into what the model takes.
        origins: int64 `[texts]`, indices into `names`.
        names: Of the sets that they come from, if that is known.
    """

    inputs: TextRows
    truth: NDArray[np.int64]
    tokenizer: Tokenizer
    origins: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    names: Sequence[str] = ()

    def answers(self, ask: Callable[[NDArray[Any]], NDArray[Any]]) -> NDArray[Any]:
        """Asks about texts of like length together, some thousand of them read at a time."""
        starts = range(0, len(self), WINDOW)
        return np.concatenate(
            [self._window_answers(ask, self.inputs[start : start + WINDOW]) for start in starts]
        )

    def _window_answers(
        self, ask: Callable[[NDArray[Any]], NDArray[Any]], texts: TextRows
    ) -> NDArray[Any]:
        rows = [self.tokenizer.ids(text)[0] for text in texts]
        return answers_by_length(self.tokenizer, rows, ask, BATCH)


class OfflineTextClasses(FilesOfTexts):
    """Files of texts; labelled data has a column of labels too."""

    wanted = ("prediction", "score", "truncated")
    keeps_blank = False
    window = (WINDOW, 1 << 24)

    def labelled(self, path: Path, signature: Signature, options: Options) -> LabelledTexts:
        return read_labelled_texts(path, signature, options.columns, options.usual)

    def test_part(self, dataset: TextDataset, signature: Signature) -> LabelledTexts:
        if dataset.labels != signature.labels:
            raise OkazuError(
                f"{dataset.name}: the data changed since training: expected the classes"
                f" {', '.join(signature.labels)}; received {', '.join(dataset.labels)}"
            )
        test = dataset.test
        tokenizer = _tokenizer(signature)
        return LabelledTexts(test.texts, test.labels, tokenizer, test.origins, dataset.origins)

    def metrics(
        self, answers: NDArray[Any], part: Labelled, signature: Signature
    ) -> dict[str, float]:
        del signature
        metrics = classification_metrics(answers, part.truth)
        if isinstance(part, LabelledTexts) and part.names:
            metrics |= accuracy_by_origin(answers, part.truth, part.origins, part.names)
        return metrics

    def answered(self, model: LoadedModel, rows: Sequence[TextRow]) -> Iterator[Prediction]:
        answers = classify_texts(model, [row.text for row in rows], BATCH)
        return (_success(row, answer) for row, answer in zip(rows, answers, strict=True))


FILES = OfflineTextClasses()


def read_labelled_texts(
    path: Path, signature: Signature, columns: Columns, usual: Columns
) -> LabelledTexts:
    """Reads a file with texts and their labels; rows that lack one of them are left out.

    Raises:
        InvalidSetting: The file is none of texts, lacks a column, or has no such rows.
        OkazuError: A label is none of the model's; the message says where.
    """
    tokenizer = _tokenizer(signature)
    file = open_labelled(path)
    text_column = chosen_column(path, file.header, columns.text, usual.text, TEXT)
    label_column = chosen_column(path, file.header, columns.label, usual.label, LABEL)
    if text_column == label_column:
        raise InvalidSetting(
            f"{path}: --label-column: expected another column than that of the texts,"
            f" {text_column!r}"
        )
    truth: list[int] = []
    left_out = {"a label": 0, "a text": 0}

    def texts() -> Iterator[str]:
        pairs = text_label_pairs(file, text_column, label_column)
        for number, (text, label) in enumerate(pairs, start=1):
            if is_missing(label) or is_blank(text):
                left_out["a label" if is_missing(label) else "a text"] += 1
                continue
            truth.append(_label_index(label, signature.labels, f"{path}: row {number:,}"))
            yield text

    rows = TextRows.of(texts())
    if not truth:
        raise InvalidSetting(f"{path}: expected texts with a label, found none")
    for what, count in left_out.items():
        if count:
            notice(f"{path}: left out {counted(count, 'row')} without {what}")
    return LabelledTexts(rows, np.array(truth, np.int64), tokenizer)


def _label_index(label: str, labels: Sequence[str], where: str) -> int:
    written = class_label(" ".join(label.split()), labels)
    if written not in labels:
        known = ", ".join(labels)
        raise OkazuError(f"{where}: expected a label, one of: {known}; received {label[:40]!r}")
    return labels.index(written)


def _tokenizer(signature: Signature) -> Tokenizer:
    if not isinstance(signature.tokenizer, Tokenizer):
        raise InvalidSetting(f"expected a model of texts, this one takes a {signature.input.kind}")
    return signature.tokenizer


def _success(row: TextRow, answer: TextPrediction) -> Prediction:
    truncated = answer["truncated"]
    mark = " (truncated)" if truncated else ""
    return Prediction(
        content={"input": str(row.path), "row": row.number, **answer},
        line=f"{row.where}: {answer['label']} {answer['score']:.1%}{mark}:"
        f" {excerpt(row.text, _SHOWN)}",
        cells=row.cells,
        answers=[answer["label"], answer["score"], str(truncated).lower()],
    )
