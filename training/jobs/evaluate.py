"""Measuring a run or an exported model on labelled data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from models.artifact.loading import load_model
from models.environment.extras import expect_installed
from models.errors import InvalidSetting, OkazuError
from models.settings import ModelSettings
from training.contract.files import Columns, Labelled, Options, TaskFiles
from training.contract.interface import Signature
from training.data.catalogue import load_dataset
from training.run.folder import RunFolder
from training.run.records import DataRecord, Summary
from training.tasks import files_of, recipe_class


@dataclass(frozen=True)
class Evaluated:
    """Metrics, and what they were measured on.

    Attributes:
        data: Its name, and how much of it.
        metrics: By name.
        signatures: How some of them were computed, by the same names.
    """

    data: str
    metrics: dict[str, float]
    signatures: Mapping[str, str]


def evaluate_model(
    path: Path,
    settings: ModelSettings,
    data: Path | None,
    augmentation: str = "none",
    columns: Columns = Columns(),
) -> Evaluated:
    """Measures an exported model through its runtime.

    Args:
        path: The model's directory.
        settings: How to run it.
        data: Labelled data in a form of the model's task, else the recipe's test part.
        augmentation: Measures the mean over these views of each image too.
        columns: Of the data, if it is a file of texts.

    Raises:
        InvalidSetting: The data is none of the model's task, or the views or columns are none of
            its input.
    """
    model = load_model(path, settings)
    card = model.card

    def ask(batch: NDArray[Any]) -> NDArray[Any]:
        return model.runner({card.input.kind: batch})[card.outputs[0].name]

    return _evaluate(
        ask,
        _files_of(card.task, columns),
        Signature.of_model(model),
        card.recipe,
        Options(settings, columns=columns, usual=Columns.of_recipe(card.recipe)),
        data,
        augmentation,
    )


def evaluate_run(
    folder: RunFolder,
    settings: ModelSettings,
    data: Path | None,
    augmentation: str = "none",
    columns: Columns = Columns(),
) -> Evaluated:
    """Measures a run's Keras model, as it would be served; see `evaluate_model`."""
    from training.jobs.train import load_network
    from training.tasks import task_of

    recipe, summary = folder.recipe(), folder.read(Summary)
    recorded = folder.read(DataRecord)
    task = task_of(recipe)
    signature = task.signature(recipe, recorded, folder.path)
    served = task.serving_model(load_network(folder), recipe, recorded, summary.temperature)

    def ask(batch: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(served.predict_on_batch(batch)[signature.outputs[0].name])

    content = recipe.model_dump()
    files = _files_of(recipe.task, columns)
    options = Options(settings, columns=columns, usual=Columns.of_recipe(content))
    return _evaluate(ask, files, signature, content, options, data, augmentation)


def _files_of(task: str, columns: Columns) -> TaskFiles:
    files = files_of(task)
    files.expect_columns(columns)
    return files


def _evaluate(
    ask: Callable[[NDArray[Any]], NDArray[Any]],
    files: TaskFiles,
    signature: Signature,
    recipe: Mapping[str, Any],
    options: Options,
    data: Path | None,
    augmentation: str,
) -> Evaluated:
    if augmentation != "none" and not files.has_test_time_augmentation:
        raise InvalidSetting(
            "--test-time-augmentation: expected a model of images, this one takes a"
            f" {signature.input.kind}"
        )
    expect_installed(*files.metric_packages)  # told now, not when all is translated
    part, name = _part(files, signature, recipe, options, data)
    metrics = files.metrics(part.answers(ask), part, signature)
    metrics |= files.augmented_metrics(ask, part, augmentation)
    return Evaluated(name, metrics, files.metric_signatures(part))


def _part(
    files: TaskFiles,
    signature: Signature,
    recipe: Mapping[str, Any],
    options: Options,
    data: Path | None,
) -> tuple[Labelled, str]:
    if data is not None:
        part = files.labelled(data, signature, options)
        return part, f"{data}, {len(part)} {files.noun}"
    try:
        section = recipe_class(recipe["task"]).data_section(recipe["data"])
    except (InvalidSetting, KeyError, ValidationError):
        raise OkazuError(
            "the model's card names no data that this version of Okazu knows; measure it on some"
            " of your choice with --data"
        ) from None
    dataset = load_dataset(section)
    part = files.test_part(dataset, signature)
    return part, f"{dataset.name}, test part, {len(part)} examples"
