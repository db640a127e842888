"""Tables: rows of named columns to a class or a number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from models.card import Output, TableInput, Target
from models.errors import InvalidSetting, OkazuError
from training.architectures.float32 import in_float32
from training.architectures.tables import TableContext, build_table_network
from training.classification.losses import build_accuracy, build_loss, build_validation_loss
from training.classification.scores import OBJECTIVE, classification_sections, score_classifier
from training.classification.serving import probabilities_output, serving_classifier
from training.contract.interface import Signature
from training.contract.task import Arrays, Objective, Score, Task
from training.data.catalogue import load_dataset
from training.data.tables.target import is_constant
from training.fitting.batches import TrainingBatches, ValidationBatches, class_weights, one_hot
from training.fitting.training_model import TrainingModel
from training.report.page import ReportSection, plain
from training.run.records import DataRecord, TargetRecord
from training.tasks.tabular.data.table_dataset import (
    ColumnStatistics,
    TableDataset,
    TableSplit,
    statistics,
)
from training.tasks.tabular.metrics import regression_metrics
from training.tasks.tabular.permutation_importance import permutation_importance
from training.tasks.tabular.recipe import TabularRecipe
from training.tasks.tabular.report import importance_section, regression_section

VALUE = "value"
SAMPLES = 16  # made-up rows kept with a run
_PREDICTION_BATCH = 1024


class TableTask(Task[TabularRecipe, TableDataset]):
    """float32 rows `[batch, columns]` to logits or, in units of its deviation, a number."""

    def load(self, recipe: TabularRecipe) -> TableDataset:
        dataset: TableDataset = load_dataset(recipe.data)
        if not dataset.labels:
            _check_regression(recipe)
        return dataset

    def describe(self, dataset: TableDataset) -> dict[str, Any]:
        target = dataset.target.model_dump()
        if not dataset.labels:
            target |= vars(_target_statistics(dataset))
        return {
            "labels": list(dataset.labels),
            "input": dataset.input.model_dump(),
            "target": target,
        }

    def signature(self, recipe: TabularRecipe, data: DataRecord, directory: Path) -> Signature:
        del recipe, directory
        target = _target(data)
        number = Output(name=VALUE, dtype="float32", shape=[1])
        return Signature(
            data.input_of(TableInput),
            (probabilities_output(len(data.labels)) if data.labels else number,),
            data.labels,
            Target(name=target.name, kind=target.kind),
        )

    def objective(self, dataset: TableDataset) -> Objective:
        return OBJECTIVE if dataset.labels else Objective("val_loss", "min")

    def build_network(self, recipe: TabularRecipe, dataset: TableDataset) -> keras.Model:
        return build_table_network(recipe.model, table_context(recipe, dataset))

    def training_model(self, network: keras.Model, recipe: TabularRecipe) -> TrainingModel:
        del recipe
        return TrainingModel(network.inputs[0], network.outputs[0], name="training")

    def build_loss(
        self, network: keras.Model, recipe: TabularRecipe, dataset: TableDataset
    ) -> keras.losses.Loss:
        del network
        return build_loss(1, recipe.fit) if dataset.labels else keras.losses.MeanSquaredError()

    def build_validation_loss(
        self, network: keras.Model, recipe: TabularRecipe, dataset: TableDataset
    ) -> keras.losses.Loss:
        del network, recipe
        return build_validation_loss() if dataset.labels else keras.losses.MeanSquaredError()

    def build_metrics(
        self, network: keras.Model, dataset: TableDataset
    ) -> Sequence[keras.metrics.Metric]:
        del network
        return [build_accuracy(1)] if dataset.labels else [keras.metrics.R2Score(name="r2")]

    def training_batches(
        self, recipe: TabularRecipe, dataset: TableDataset, seed: int
    ) -> TrainingBatches:
        part = dataset.train
        weights = None
        if dataset.labels:
            weights = class_weights(recipe.fit, _classes(part), len(dataset.labels))
        return TrainingBatches(
            part.rows,
            _training_targets(part, dataset),
            recipe.fit.batch_size,
            seed,
            class_weights=weights,
        )

    def validation_batches(self, recipe: TabularRecipe, dataset: TableDataset) -> ValidationBatches:
        del recipe
        return ValidationBatches(
            dataset.validation.rows, _training_targets(dataset.validation, dataset)
        )

    def score(self, network: keras.Model, recipe: TabularRecipe, dataset: TableDataset) -> Score:
        del recipe
        test = _predict(network, dataset.test.rows)
        if not dataset.labels:
            values = _in_units(test, dataset)
            return Score(regression_metrics(values, _numbers(dataset.test)), values)
        validation = dataset.validation
        return score_classifier(
            _predict(network, validation.rows), _classes(validation), test, _classes(dataset.test)
        )

    def samples(self, dataset: TableDataset) -> Arrays:
        # Every column in an order of its own: no row of the data travels with the exported model.
        rows = np.random.default_rng(1).permuted(dataset.test.rows, axis=0)
        return {"table": rows[:SAMPLES]}

    def report_sections(
        self, network: keras.Model, dataset: TableDataset, score: Score
    ) -> list[ReportSection]:
        test, name = dataset.test, dataset.target.name

        def error(rows: NDArray[np.float32], targets: NDArray[Any]) -> float:
            answers = _predict(network, rows)
            if dataset.labels:
                likelihoods = log_softmax(answers / score.temperature, axis=1)
                return float(-likelihoods[np.arange(len(rows)), targets].mean())
            return float(np.sqrt(np.mean(np.square(_in_units(answers, dataset) - targets))))

        increases = permutation_importance(error, test.rows, test.targets)
        importance = importance_section(
            [column.name for column in dataset.input.columns],
            increases,
            "the loss, nats" if dataset.labels else f"the root mean squared error, {plain(name)}",
        )
        if not dataset.labels:
            return [regression_section(name, score.answers, _numbers(test)), importance]
        return [
            *classification_sections(dataset.labels, score.answers, _classes(test)),
            importance,
        ]

    def serving_model(
        self, network: keras.Model, recipe: TabularRecipe, data: DataRecord, temperature: float
    ) -> keras.Model:
        del recipe
        if data.labels:
            return serving_classifier(network, temperature)
        network = in_float32(network)
        target = _target(data)
        value = keras.layers.Rescaling(target.deviation, target.mean, dtype="float32", name=VALUE)(
            network.outputs[0]
        )
        return keras.Model(network.inputs[0], {VALUE: value}, name="serving")

    def golden_questions(self, samples: Arrays, signature: Signature) -> Arrays:
        """The samples, and a row in which everything is missing or unknown."""
        del signature
        rows = samples["table"]
        return {"table": np.concatenate([rows, np.full_like(rows[:1], np.nan)])}


TASK = TableTask()


def table_context(recipe: TabularRecipe, dataset: TableDataset) -> TableContext:
    """What a builder needs to know of the data: statistics of the training part alone."""
    columns = dataset.input.columns
    told = [
        statistics(dataset.train.rows[:, place])
        if column.type == "number"
        else ColumnStatistics(0.0, 1.0)
        for place, column in enumerate(columns)
    ]
    return TableContext(
        categories=tuple(len(column.values) for column in columns),
        means=tuple(column.mean for column in told),
        deviations=tuple(column.deviation for column in told),
        missing=tuple(column.missing for column in columns),
        outputs=len(dataset.labels) or 1,
        l1=recipe.fit.l1,
        l2=recipe.fit.l2,
    )


def _check_regression(recipe: TabularRecipe) -> None:
    """Refuses what has no meaning where a number is predicted."""
    fit = recipe.fit
    refused: dict[str, tuple[object, object, bool]] = {
        "fit.loss": ("mean_squared_error", fit.loss, fit.loss == "cross_entropy"),
        "fit.label_smoothing": (0, fit.label_smoothing, fit.label_smoothing > 0),
        "fit.class_weights": ("none", fit.class_weights, fit.class_weights != "none"),
    }
    if stopping := fit.early_stopping:
        monitor = stopping.monitor
        refused["fit.early_stopping.monitor"] = ("val_loss", monitor, monitor != "val_loss")
    for field, (expected, received, wrong) in refused.items():
        if wrong:
            raise InvalidSetting(
                f"{recipe.name}: {field}: the target is a number, not a class; expected"
                f" {expected}, received {received}"
            )


def _target(data: DataRecord) -> TargetRecord:
    if data.target is None:
        raise OkazuError(f"{data.file}: target: expected what the table's model predicts")
    return data.target


def _target_statistics(dataset: TableDataset) -> ColumnStatistics:
    targets = dataset.train.targets
    deviation = 1.0 if is_constant(targets) else float(targets.std())
    return ColumnStatistics(float(targets.mean()), deviation)


def _training_targets(part: TableSplit, dataset: TableDataset) -> NDArray[np.float32]:
    """float32 `[examples, classes]`, one-hot; or `[examples, 1]`, in units of the deviation."""
    if dataset.labels:
        return one_hot(_classes(part), len(dataset.labels))
    told = _target_statistics(dataset)
    standardised = (part.targets - told.mean) / told.deviation
    return standardised.astype(np.float32)[:, np.newaxis]


def _in_units(outputs: NDArray[np.float32], dataset: TableDataset) -> NDArray[np.float64]:
    """The network's answers `[examples, 1]` as float64 `[examples]` in the target's units."""
    told = _target_statistics(dataset)
    numbers: NDArray[np.float64] = outputs[:, 0].astype(np.float64) * told.deviation + told.mean
    return numbers


def _classes(part: TableSplit) -> NDArray[np.int64]:
    return np.asarray(part.targets, np.int64)


def _numbers(part: TableSplit) -> NDArray[np.float64]:
    return np.asarray(part.targets, np.float64)


def _predict(network: keras.Model, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The network's outputs, float32 `[examples, outputs]`."""
    starts = range(0, len(rows), _PREDICTION_BATCH)
    parts = [rows[start : start + _PREDICTION_BATCH] for start in starts]
    # Called as it is: a network this small is done before a graph for each size would be made.
    outputs = [network(part, training=False) for part in parts]
    return np.concatenate([keras.ops.convert_to_numpy(output) for output in outputs])
