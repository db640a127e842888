"""Whole jobs: from a recipe to a finished run folder, and an interrupted run taken up again."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from models.errors import OkazuError
from models.files import atomic_write, flush_to_disk
from training.architectures.float32 import in_float32
from training.architectures.normalization import BatchNormalization
from training.contract.dataset import Dataset
from training.fitting.backend import prepare_training
from training.fitting.checkpoints import Checkpoint, latest_checkpoint
from training.fitting.fit import FitResult, fit
from training.fitting.interrupts import Interrupted
from training.fitting.progress import Progress
from training.jobs.provenance import describe, environment
from training.recipe import Recipe
from training.report.page import write_report
from training.run.folder import RunFolder
from training.run.records import DataRecord, Summary
from training.tasks import task_of

# What the files of networks name, and a process that loads one may not have built before.
OWN_LAYERS = {"okazu>BatchNormalization": BatchNormalization}


@dataclass(frozen=True)
class Outcome:
    """What a job left behind.

    Attributes:
        folder: The run folder.
        metrics: Of the test part; the content of `metrics.json` under `metrics`.
        interrupted: Whether Ctrl-C ended the training before its time.
    """

    folder: RunFolder
    metrics: dict[str, float]
    interrupted: bool


def train(recipe: Recipe, progress: Progress) -> Outcome:
    """Trains a recipe from the start, in a new run folder; none is left if no epoch ended.

    Raises:
        OkazuError: The data cannot be had, or the folder cannot be written.
        Interrupted: Ctrl-C came before there was anything to measure.
    """
    dataset = task_of(recipe).load(recipe)
    folder = RunFolder.create(recipe)
    with _told(folder, new=True):
        return _run(recipe, dataset, folder, progress, checkpoint=None)


def resume(folder: RunFolder, progress: Progress) -> Outcome:
    """Goes on with an interrupted run; the result is that of a run never interrupted.

    Raises:
        OkazuError: The run ended already, or its data or network are no longer the same.
        Interrupted: Ctrl-C came before there was anything to measure.
    """
    recipe = folder.recipe()
    has_ended = folder.has(Summary) and folder.model.exists()
    if has_ended and not (summary := folder.read(Summary)).interrupted:
        if folder.report.exists():
            raise OkazuError(f"{folder.path}: this run has ended, there is nothing to resume")
        report(folder)  # killed between its last two files
        return Outcome(folder, summary.metrics, interrupted=False)
    dataset = task_of(recipe).load(recipe)
    if folder.has(DataRecord):
        _expect_same_data(folder, recipe, dataset)
    with _told(folder, new=False):
        checkpoint = latest_checkpoint(folder.checkpoints, progress.note)
        return _run(recipe, dataset, folder, progress, checkpoint)


def report(folder: RunFolder) -> None:
    """Measures a finished run's network once more and writes its report anew.

    Raises:
        OkazuError: The run did not end, its data is no longer the same, or nothing can be written.
    """
    recipe = folder.recipe()
    task = task_of(recipe)
    folder.read(Summary)
    dataset = task.load(recipe)
    _expect_same_data(folder, recipe, dataset)
    network = load_network(folder)
    score = task.score(network, recipe, dataset)
    try:
        write_report(folder, recipe, task.report_sections(network, dataset, score))
    except OSError as error:
        raise OkazuError(f"{folder.report}: {error.strerror or error}") from None


def _expect_same_data(folder: RunFolder, recipe: Recipe, dataset: Dataset) -> None:
    """Of the same content, and read alike: a vocabulary that is learned anew is the same one."""
    recorded = folder.read(DataRecord).fingerprint
    if recorded != dataset.fingerprint:
        raise OkazuError(
            f"{folder.path}: the data changed since the run began (fingerprint {recorded[:12]},"
            f" now {dataset.fingerprint[:12]}); train anew"
        )
    try:
        other = _asset_that_differs(folder, recipe, dataset)
    except OSError as error:
        raise OkazuError(f"{folder.assets}: {error.strerror or error}") from None
    if other:
        raise OkazuError(
            f"{other}: not what is learned from the data now, as it is where the versions differ"
            f" from those in {folder.path / 'environment.json'}; train anew"
        )


def _asset_that_differs(folder: RunFolder, recipe: Recipe, dataset: Dataset) -> Path | None:
    """One that is there and would be written otherwise now; what is missing is written anew."""
    with tempfile.TemporaryDirectory() as place:
        now = RunFolder(Path(place))
        task_of(recipe).write_assets(dataset, now.path)
        for made in sorted(now.assets.glob("*")):
            kept = folder.assets / made.name
            if kept.exists() and kept.read_bytes() != made.read_bytes():
                return kept
    return None


@contextlib.contextmanager
def _told(folder: RunFolder, *, new: bool) -> Iterator[None]:
    """Says how to go on with a run that was cut short; a new one without an epoch is removed."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise OkazuError(
            f"{folder.path}: {reason}; once that is mended, `okazu resume {folder.path}` goes on"
        ) from None
    except KeyboardInterrupt:
        if new and folder.discard_untrained():
            raise Interrupted(
                "interrupted before the first epoch ended, nothing was kept; the same command"
                " begins again"
            ) from None
        raise Interrupted(f"interrupted; `okazu resume {folder.path}` goes on") from None
    except BaseException:
        if new:
            folder.discard_untrained()
        raise


def _run(
    recipe: Recipe,
    dataset: Dataset,
    folder: RunFolder,
    progress: Progress,
    checkpoint: Checkpoint | None,
) -> Outcome:
    task = task_of(recipe)
    folder.write(environment(recipe, dataset))
    folder.write(describe(dataset, task.describe(dataset)))
    task.write_assets(dataset, folder.path)
    prepare_training(recipe.fit)
    network = task.build_network(recipe, dataset)
    progress.note(
        f"{recipe.name}: {network.count_params():,} parameters,"
        f" {len(dataset.train):,} training examples -> {folder.path}"
    )
    result = fit(network, recipe, dataset, progress=progress, folder=folder, checkpoint=checkpoint)
    if not result.history:
        raise KeyboardInterrupt  # nothing else ends a training before its first epoch has
    return _finish(network, recipe, dataset, folder, result)


def _finish(
    network: keras.Model,
    recipe: Recipe,
    dataset: Dataset,
    folder: RunFolder,
    result: FitResult,
) -> Outcome:
    task = task_of(recipe)
    # Whatever it was trained in, it is measured and kept as it will be served.
    network = in_float32(task.finished_network(network))
    score = task.score(network, recipe, dataset)
    # An interrupted part may have left some: they are of another network than the one to be saved.
    folder.forget_results()
    with atomic_write(folder.samples) as file:
        np.savez_compressed(file, **task.samples(dataset))  # type: ignore[arg-type]
    save_network(network, folder)
    folder.write(
        Summary(
            metrics=score.metrics,
            temperature=score.temperature,
            parameters=network.count_params(),
            epochs=len(result.history),
            best_epoch=result.best_epoch,
            seconds=round(result.seconds, 1),
            interrupted=result.interrupted,
        )
    )
    write_report(folder, recipe, task.report_sections(network, dataset, score))
    return Outcome(folder, score.metrics, result.interrupted)


def save_network(network: keras.Model, folder: RunFolder) -> None:
    """Writes `model.keras`, whole or not at all."""
    partial = folder.model.with_name(".partial.keras")
    try:
        network.save(partial)
        flush_to_disk(partial, recursive=False)
        partial.replace(folder.model)
    finally:
        partial.unlink(missing_ok=True)


def load_network(folder: RunFolder) -> keras.Model:
    """Reads `model.keras`.

    Raises:
        OkazuError: The file is missing or broken.
    """
    try:
        return keras.saving.load_model(folder.model, OWN_LAYERS, compile=False)
    except Exception as error:  # Keras raises whatever its parts raise
        if not folder.model.exists():
            raise OkazuError(f"{folder.model} is missing: the run did not end") from None
        reason = str(error).strip().splitlines()[0]
        raise OkazuError(f"{folder.model} is no whole Keras model ({reason}); train anew") from None
