"""The rows of CSV and TSV files through an exported model."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel
from models.card import ModelCard, TableInput
from models.errors import InvalidSetting, OkazuError, UnusableRow
from models.tasks.tabular.predict import row_predictions, table_outputs
from models.tasks.tabular.rows import parse_text_rows, rows_to_array
from models.texts.missing import is_missing
from training.classification.metrics import classification_metrics
from training.contract.files import Labelled, Options, Plan, Prediction, TaskFiles
from training.contract.interface import Signature
from training.data.files.delimited import DelimitedFile
from training.data.files.prediction_rows import answers_from, joined_header
from training.data.messages import counted, notice
from training.data.tables.cells import LARGEST, parse_number
from training.data.tables.target import class_label
from training.tasks.tabular.data.table_dataset import TableDataset
from training.tasks.tabular.metrics import regression_metrics

BATCH = 1024

Row = Mapping[str, str]


class TableFiles(TaskFiles):
    """Files are CSV or TSV; labelled data has the target's column too."""

    noun = "rows"

    def labelled(self, path: Path, signature: Signature, options: Options) -> Labelled:
        del options
        return read_labelled_rows(path, signature)

    def test_part(self, dataset: TableDataset, signature: Signature) -> Labelled:
        found = (dataset.input, dataset.target, dataset.labels)
        if found != (signature.input, signature.target, signature.labels):
            raise OkazuError(
                f"{dataset.name}: the columns or their values changed since the model was trained;"
                " measure it on a file of your choice with --data"
            )
        return Labelled(dataset.test.rows, dataset.test.targets)

    def metrics(
        self, answers: NDArray[Any], part: Labelled, signature: Signature
    ) -> dict[str, float]:
        if signature.labels:
            return classification_metrics(answers, part.truth)
        return regression_metrics(answers[:, 0], part.truth)

    def find_inputs(self, paths: Sequence[Path]) -> list[Path]:
        for path in paths:
            DelimitedFile(path)
        return list(paths)

    def plan(self, card: ModelCard, files: Sequence[Path], options: Options) -> Plan:
        del options
        tables = [DelimitedFile(path) for path in files]
        header = joined_header({table.path: table.header for table in tables})
        wanted = ["prediction"] if card.predicts_number else ["prediction", "score"]
        return Plan(header, wanted, sum(1 for table in tables for _ in table.rows()))

    def predict(
        self, model: LoadedModel, files: Sequence[Path], options: Options, start: int = 0
    ) -> Iterator[Prediction]:
        del options
        tables = [DelimitedFile(path) for path in files]
        for table in tables:
            _expect_columns(table, model.card.expect_input(TableInput))
        return answers_from(
            start,
            (
                (len(rows), _predict_batch(model, table, rows, first))
                for table in tables
                for first, rows in _batches(table)
            ),
        )


FILES = TableFiles()


def read_labelled_rows(path: Path, signature: Signature) -> Labelled:
    """Reads a file with the model's columns and its target; rows without a target are left out.

    Raises:
        InvalidSetting: The file is no table, lacks a column or has no rows.
        OkazuError: A cell is not what its column holds; the message says where.
    """
    spec, target = signature.input, signature.target
    if not isinstance(spec, TableInput) or target is None:
        raise InvalidSetting(f"expected a model of tables, this one takes a {spec.kind}")
    file = DelimitedFile(path)
    _expect_columns(file, spec, target.name)
    inputs: list[NDArray[np.float32]] = []
    truth: list[float] = []
    left_out = 0
    for first, rows in _batches(file):
        try:
            table = rows_to_array(_typed(rows, spec), spec, first_row=first)
        except UnusableRow as error:
            raise OkazuError(f"{path}: {error}") from None
        told = [not is_missing(row[target.name]) for row in rows]
        left_out += told.count(False)
        inputs.append(table[told])
        numbered = [pair for pair, there in zip(enumerate(rows, first), told, strict=True) if there]
        truth += [_truth(path, row[target.name], number, signature) for number, row in numbered]
    if not truth:
        raise InvalidSetting(f"{path}: expected rows with a value of {target.name!r}, found none")
    if left_out:
        notice(f"{path}: left out {counted(left_out, 'row')} without a value of {target.name!r}")
    kind = np.int64 if signature.labels else np.float64
    return Labelled(np.concatenate(inputs), np.array(truth, kind))


def _truth(path: Path, text: str, number: int, signature: Signature) -> float:
    """What a target's cell stands for: the index of a label, or a number."""
    name = signature.target.name if signature.target else ""
    where = f"{path}: row {number}, column {name!r}"
    if signature.labels:
        label = class_label(text, signature.labels)
        if label not in signature.labels:
            known = ", ".join(signature.labels)
            raise OkazuError(f"{where}: expected one of: {known}; received {text!r}")
        return signature.labels.index(label)
    value = parse_number(text.strip())
    if value is None or abs(value) > LARGEST:
        raise OkazuError(f"{where}: expected a number, received {text!r}")
    return value


def _expect_columns(file: DelimitedFile, spec: TableInput, *others: str) -> None:
    needed = [*(column.name for column in spec.columns if not column.missing), *others]
    if absent := [name for name in needed if name not in file.header]:
        known = ", ".join(filter(None, file.header))
        raise InvalidSetting(
            f"{file.path}: expected the columns {', '.join(map(repr, absent))}; there are: {known}"
        )


def _batches(file: DelimitedFile) -> Iterator[tuple[int, list[Row]]]:
    """The number of the first row, and some rows."""
    first = 1
    cells_of_rows = file.rows()
    while batch := list(itertools.islice(cells_of_rows, BATCH)):
        yield first, [dict(zip(file.header, cells, strict=True)) for cells in batch]
        first += len(batch)


def _typed(rows: Sequence[Row], spec: TableInput) -> list[dict[str, object]]:
    """Values of the columns that the model reads."""
    names = {column.name for column in spec.columns}
    return [
        {name: value for name, value in row.items() if name in names}
        for row in parse_text_rows(rows, spec)
    ]


def _predict_batch(
    model: LoadedModel, file: DelimitedFile, rows: Sequence[Row], first: int
) -> Iterator[Prediction]:
    try:
        yield from _answered(model, file, rows, first)
    except UnusableRow as error:
        if len(rows) == 1:
            yield _failure(file.path, rows[0], first, str(error))
            return
        # One bad row is its own matter.
        for number, row in enumerate(rows, first):
            yield from _predict_batch(model, file, [row], number)


def _answered(
    model: LoadedModel, file: DelimitedFile, rows: Sequence[Row], first: int
) -> list[Prediction]:
    card = model.card
    spec = card.expect_input(TableInput)
    table = rows_to_array(_typed(rows, spec), spec, first_row=first)
    answers = row_predictions(card, table_outputs(model, table), first_row=first)
    predictions = []
    for number, (row, answer) in enumerate(zip(rows, answers, strict=True), first):
        label, score, value = map(dict(answer).get, ("label", "score", "value"))
        told = [value] if card.predicts_number else [label, score]
        shown = f"{value:.7g}" if card.predicts_number else f"{label} {score:.1%}"
        predictions.append(
            Prediction(
                content={"input": str(file.path), "row": number, **answer},
                line=f"{file.path} row {number}: {shown}",
                cells=row,
                answers=told,
            )
        )
    return predictions


def _failure(path: Path, row: Row, number: int, error: str) -> Prediction:
    return Prediction(
        content={"input": str(path), "row": number, "error": error},
        line=f"{path}: {error}",
        cells=row,
        error=error,
    )
