"""Whole jobs: from a recipe to a finished run folder, and an interrupted run taken up again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from models.errors import OkazuError
from models.files import atomic_write
from training.architectures import NetworkContext, build_network
from training.backend import prepare_training
from training.calibration import calibrated_probabilities, fit_temperature
from training.checkpoints import Checkpoint, latest_checkpoint
from training.datasets import load_dataset
from training.datasets.images import ImageDataset, ImageSplit
from training.fit import FitResult, fit
from training.heads import without_auxiliary_heads
from training.metrics import classification_metrics, expected_calibration_error
from training.progress import Progress
from training.provenance import describe, environment
from training.recipe import Recipe
from training.report import write_report
from training.runs import RunFolder

SAMPLES = 16  # test images kept with a run, to ask the exported model about
_PREDICTION_BATCH = 256
_STATISTICS_IMAGES = 60_000
_STATISTICS_PIXELS = 1 << 22


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
    """Trains a recipe from the start, in a new run folder.

    Raises:
        OkazuError: The data cannot be had, or the folder cannot be written.
    """
    dataset = load_dataset(recipe.data)
    return _run(recipe, dataset, RunFolder.create(recipe), progress, checkpoint=None)


def resume(folder: RunFolder, progress: Progress) -> Outcome:
    """Goes on with an interrupted run; the result is that of a run never interrupted.

    Raises:
        OkazuError: The run ended already, or its data or network are no longer the same.
    """
    recipe = folder.recipe()
    if (folder.path / "metrics.json").exists() and not folder.read_json("metrics")["interrupted"]:
        raise OkazuError(f"{folder.path}: this run has ended, there is nothing to resume")
    dataset = load_dataset(recipe.data)
    if (folder.path / "data.json").exists():
        _expect_same_data(folder, dataset)
    return _run(recipe, dataset, folder, progress, latest_checkpoint(folder.checkpoints))


def _expect_same_data(folder: RunFolder, dataset: ImageDataset) -> None:
    recorded = folder.read_json("data")["fingerprint"]
    if recorded != dataset.fingerprint:
        raise OkazuError(
            f"{folder.path}: the data changed since the run began (fingerprint {recorded[:12]},"
            f" now {dataset.fingerprint[:12]}); train anew"
        )


def _run(
    recipe: Recipe,
    dataset: ImageDataset,
    folder: RunFolder,
    progress: Progress,
    checkpoint: Checkpoint | None,
) -> Outcome:
    try:
        folder.write_json("environment", environment(recipe, dataset))
        folder.write_json("data", describe(dataset))
        prepare_training(recipe.fit)
        network = build_network(recipe.model, network_context(recipe, dataset))
        progress.note(
            f"{recipe.name}: {network.count_params():,} parameters,"
            f" {len(dataset.train):,} training images -> {folder.path}"
        )
        result = fit(
            network, recipe, dataset, progress=progress, folder=folder, checkpoint=checkpoint
        )
        return _finish(network, recipe, dataset, folder, result)
    except OSError as error:
        reason = error.strerror or error
        raise OkazuError(
            f"{folder.path}: {reason}; once that is mended, `okazu resume {folder.path}` goes on"
        ) from None


def _finish(
    network: keras.Model,
    recipe: Recipe,
    dataset: ImageDataset,
    folder: RunFolder,
    result: FitResult,
) -> Outcome:
    network = without_auxiliary_heads(network)
    temperature, metrics, test_probabilities = score(network, dataset)
    with atomic_write(folder.samples) as file:
        np.savez_compressed(file, image=dataset.test.images[:SAMPLES])
    save_network(network, folder)
    folder.write_json(
        "metrics",
        {
            "metrics": metrics,
            "temperature": temperature,
            "parameters": network.count_params(),
            "epochs": len(result.history),
            "best_epoch": result.best_epoch,
            "seconds": round(result.seconds, 1),
            "interrupted": result.interrupted,
        },
    )
    write_report(folder, recipe, dataset, test_probabilities)
    return Outcome(folder, metrics, result.interrupted)


def network_context(recipe: Recipe, dataset: ImageDataset) -> NetworkContext:
    """What a builder needs to know of the data: statistics of the training part alone."""
    mean, variance = pixel_statistics(dataset.train)
    return NetworkContext(
        input_shape=dataset.input.shape,
        classes=len(dataset.labels),
        pixel_mean=mean,
        pixel_variance=variance,
        l1=recipe.fit.l1,
        l2=recipe.fit.l2,
    )


def pixel_statistics(split: ImageSplit) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and variance of each channel, over as many images as say enough."""
    rows = np.arange(0, len(split), math.ceil(len(split) / _STATISTICS_IMAGES))
    height, width, channels = split.images.shape[1:]
    # A few at a time: as float64 the images take eight times their room.
    parts = np.array_split(rows, math.ceil(len(rows) * height * width / _STATISTICS_PIXELS))
    total = len(rows) * height * width

    def pixels() -> Iterator[np.ndarray[Any, Any]]:
        return (split.images[part].reshape(-1, channels).astype(np.float64) for part in parts)

    mean = np.sum([part.sum(axis=0) for part in pixels()], axis=0) / total
    squares = np.sum([np.square(part - mean).sum(axis=0) for part in pixels()], axis=0)
    return tuple(mean.tolist()), tuple((squares / total).tolist())


def predict_logits(network: keras.Model, split: ImageSplit) -> np.ndarray[Any, Any]:
    """float32 logits `[examples, classes]`."""
    starts = range(0, len(split), _PREDICTION_BATCH)
    parts = [split.images[start : start + _PREDICTION_BATCH] for start in starts]
    return np.concatenate([network.predict_on_batch(part) for part in parts])


def score(
    network: keras.Model, dataset: ImageDataset
) -> tuple[float, dict[str, float], np.ndarray[Any, Any]]:
    """Calibrates on the validation part and measures on the test part.

    Returns:
        The temperature, the metrics, and the test part's calibrated probabilities.
    """
    validation = dataset.validation
    temperature = fit_temperature(predict_logits(network, validation), validation.labels)
    logits = predict_logits(network, dataset.test)
    probabilities = calibrated_probabilities(logits, temperature)
    metrics = classification_metrics(probabilities, dataset.test.labels)
    metrics["expected_calibration_error_uncalibrated"] = expected_calibration_error(
        calibrated_probabilities(logits, 1.0), dataset.test.labels
    )
    return temperature, metrics, probabilities


def save_network(network: keras.Model, folder: RunFolder) -> None:
    """Writes `model.keras`, whole or not at all."""
    partial = folder.model.with_name(".partial.keras")
    try:
        network.save(partial)
        partial.replace(folder.model)
    finally:
        partial.unlink(missing_ok=True)


def load_network(folder: RunFolder) -> keras.Model:
    """Reads `model.keras`.

    Raises:
        OkazuError: The file is missing or broken.
    """
    try:
        return keras.saving.load_model(folder.model, compile=False)
    except Exception as error:  # Keras raises whatever its parts raise
        if not folder.model.exists():
            raise OkazuError(f"{folder.model} is missing: the run did not end") from None
        reason = str(error).strip().splitlines()[0]
        raise OkazuError(f"{folder.model} is no whole Keras model ({reason}); train anew") from None
