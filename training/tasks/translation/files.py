"""Files of texts through a translator, and how near its translations are to those of people.

A plain file by itself gives plain lines: each line of what is printed is the translation of the
line of the file with its number, the empty ones too, and nothing stands around it. Any other input
gives lines that begin with their place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel
from models.card import SentenceInput
from models.errors import InvalidSetting, OkazuError
from models.tasks.translation.documents import Translation
from models.tasks.translation.predict import BATCH, by_length, translate
from models.texts.subwords import Ids, Subwords
from training.contract.files import Columns, Labelled, Options, Prediction
from training.contract.interface import Signature
from training.data.messages import counted, notice
from training.data.texts.excerpts import excerpt
from training.data.texts.files_of_texts import TextRow, is_plain
from training.data.texts.text_inputs import FilesOfTexts
from training.data.texts.text_rows import TextRows, blank_rows
from training.tasks.translation.data.pair_dataset import PairDataset
from training.tasks.translation.recipe import PairData

WINDOW = 4096  # sentences that are held at a time while they are measured
_LINE_ENDS = re.compile(r"[\r\n]+")


@dataclass(frozen=True)
class LabelledPairs(Labelled):
    """Sentences with translations by people.

    Attributes:
        truth: `[sentences]`, at least one translation of each.
        subwords: Turn them into what the model takes.
        origins: int64 `[sentences]`, indices into `names`.
        names: Of the sets that they come from, if that is known.
    """

    inputs: TextRows
    truth: Sequence[Sequence[str]]
    subwords: Subwords
    origins: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    names: Sequence[str] = ()

    def answers(self, ask: Callable[[NDArray[Any]], NDArray[Any]]) -> NDArray[Any]:
        """The best translation of each sentence, object `[sentences]`.

        Sentences are asked as they are: not parted, and with nothing hidden. One that is longer
        than the model was made for is not asked; its translation is empty, and that is told.

        Args:
            ask: int32 `[batch, length]` to int32 `[batch, hypotheses, length]`, the best one first.
        """
        translations: list[str] = []
        too_long = 0
        for start in range(0, len(self), WINDOW):
            rows = [self.subwords.encode(text) for text in self.inputs[start : start + WINDOW]]
            too_long += sum(len(ids) > self.subwords.longest for ids in rows)
            translations += best_translations(self.subwords, rows, ask)
        if too_long:
            notice(
                f"{counted(too_long, 'sentence')} of more than {self.subwords.longest:,} subwords"
                " not asked; the translation counts as empty"
            )
        return np.array(translations, object)


class TranslationFiles(FilesOfTexts):
    """Files of texts of any length; labelled data has a sentence and its translation a row."""

    wanted = ("translation", "score")
    keeps_blank = True
    metric_packages = ("sacrebleu",)
    # A window takes some seconds, and nothing of it is told before its end.
    window = (512, 1 << 16)

    def labelled(self, path: Path, signature: Signature, options: Options) -> LabelledPairs:
        if options.columns != Columns():
            spec = _sentences(signature)
            raise InvalidSetting(
                "--text-column, --label-column: expected neither with a translator, whose columns"
                f" are named {spec.source} and {spec.target}, or source and target"
            )
        return read_labelled_pairs(path, signature)

    def test_part(self, dataset: PairDataset, signature: Signature) -> LabelledPairs:
        spec, found = _sentences(signature), (dataset.source_language, dataset.target_language)
        if found != (spec.source, spec.target):
            raise OkazuError(
                f"{dataset.name}: the data changed since training: expected {spec.source} to"
                f" {spec.target}; received {found[0]} to {found[1]}"
            )
        test = dataset.test
        subwords = _subwords(signature)
        return LabelledPairs(test.sources, test.references, subwords, test.origins, dataset.origins)

    def metrics(
        self, answers: NDArray[Any], part: Labelled, signature: Signature
    ) -> dict[str, float]:
        from training.tasks.translation.metrics import metrics_by_origin

        del signature
        return metrics_by_origin(answers.tolist(), part.truth, *_origins(part))

    def metric_signatures(self, part: Labelled) -> Mapping[str, str]:
        from training.tasks.translation.metrics import signatures

        told = signatures(part.truth)
        origins, names = _origins(part)
        present = np.unique(origins).tolist()
        for origin in present if len(present) > 1 else []:
            own = signatures([part.truth[row] for row in np.flatnonzero(origins == origin)])
            told |= {f"{name}_{names[origin]}": signature for name, signature in own.items()}
        return told

    def predict(
        self, model: LoadedModel, files: Sequence[Path], options: Options, start: int = 0
    ) -> Iterator[Prediction]:
        """See `TaskFiles.predict`; see the module for the lines."""
        predictions = super().predict(model, files, options, start)
        if len(files) == 1 and is_plain(files[0]):
            return map(_plain, predictions)
        return predictions

    def answered(self, model: LoadedModel, rows: Sequence[TextRow]) -> Iterator[Prediction]:
        answers = translate(model, [row.text for row in rows])
        return (_success(row, answer) for row, answer in zip(rows, answers, strict=True))


FILES = TranslationFiles()


def best_translations(
    subwords: Subwords, rows: Sequence[Ids], ask: Callable[[Ids], NDArray[np.int32]]
) -> list[str]:
    """The best translation of each sentence, asked in batches of like length.

    Args:
        subwords: Whose ids they are.
        rows: The ids of each sentence; of one with more than `Subwords.longest` there is none.
        ask: int32 `[batch, length]` to int32 `[batch, hypotheses, length]`.

    Returns:
        In the order of the sentences; empty for those that were not asked.
    """
    translations = [""] * len(rows)
    for places in by_length(rows, subwords.longest, BATCH):
        tokens = ask(subwords.pad([rows[place] for place in places]))
        for place, hypotheses in zip(places, tokens, strict=True):
            translations[place] = subwords.decode(hypotheses[0].tolist())
    return translations


def read_labelled_pairs(path: Path, signature: Signature) -> LabelledPairs:
    """Reads a file of sentences and their translations, as the data set `pairs` reads it.

    Pairs that lack a side are left out.

    Raises:
        InvalidSetting: There is no such file, it is damaged, or none of such pairs.
    """
    from training.tasks.translation.data.pair_file import read

    spec, subwords = _sentences(signature), _subwords(signature)
    listing = read(PairData(dataset="pairs", path=path, source=spec.source, target=spec.target))
    for note in listing.notes:
        notice(f"{path}: {note}")
    blank = blank_rows(listing.sources) | blank_rows(listing.targets)
    if blank.all():
        raise InvalidSetting(f"{path}: expected a sentence and its translation, found none")
    if blank.any():
        notice(f"{path}: left out {counted(int(blank.sum()), 'pair')} with an empty side")
    kept = np.flatnonzero(~blank)
    references = [[target] for target in listing.targets.take(kept)]
    return LabelledPairs(listing.sources.take(kept), references, subwords)


def _sentences(signature: Signature) -> SentenceInput:
    if not isinstance(signature.input, SentenceInput):
        raise InvalidSetting(f"expected a translator, this model takes a {signature.input.kind}")
    return signature.input


def _subwords(signature: Signature) -> Subwords:
    if not isinstance(signature.tokenizer, Subwords):
        raise InvalidSetting(f"expected a translator, this model takes a {signature.input.kind}")
    return signature.tokenizer


def _origins(part: Labelled) -> tuple[NDArray[np.int64], Sequence[str]]:
    if isinstance(part, LabelledPairs):
        return part.origins, part.names
    return np.zeros(0, np.int64), ()


def _success(row: TextRow, answer: Translation) -> Prediction:
    return Prediction(
        content={
            "input": str(row.path),
            "row": row.number,
            "translation": answer.text,
            "score": answer.score,
        },
        line=f"{row.where}: {excerpt(answer.text, len(answer.text))}",
        cells=row.cells,
        answers=[answer.text, answer.score],
    )


def _plain(prediction: Prediction) -> Prediction:
    """With the translation alone for a line, which it is even if the model says a line's end."""
    return replace(prediction, line=_LINE_ENDS.sub(" ", prediction.content["translation"]))
