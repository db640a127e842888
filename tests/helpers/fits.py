"""Small trainings of images: quick ones, silent ones, and ones that Ctrl-C ends."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import keras
import numpy as np
import pytest
from rich.console import Console

from tests.conftest import TINY
from training.fitting import callbacks
from training.fitting.backend import prepare_training
from training.fitting.checkpoints import Weights
from training.fitting.fit import FitResult, fit
from training.fitting.progress import Progress
from training.recipe import Recipe
from training.recipe.loading import load_recipe
from training.report import page
from training.run.folder import RunFolder
from training.tasks import task_of

SHAKY = {**TINY, "model.dropout": 0.3, "fit.epochs": 4}  # every kind of randomness in it

# The same without convolutions: its step is traced in a third of the time.
QUICK = {
    "model.hidden": [16],
    "model.batch_normalization": True,
    "model.dropout": 0.3,
    "fit.epochs": 4,
    "fit.batch_size": 128,
}


def silent() -> Progress:
    return Progress(Console(file=io.StringIO()), quiet=True)


def tiny(**changes: Any) -> Recipe:
    return load_recipe("digits-cnn", {**SHAKY, **changes})


def quick(**changes: Any) -> Recipe:
    return load_recipe("digits-mlp", {**QUICK, **changes})


@contextlib.contextmanager
def runs_in(folder: Path, *, drawn: bool = False) -> Iterator[None]:
    """Puts runs into a folder, with a checkpoint after each epoch and no drawings in reports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OKAZU_RUNS", str(folder))
        patch.setattr(callbacks, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
        if not drawn:
            patch.setattr(page, "FigureCanvasSVG", Undrawn)
        yield


class Undrawn:
    """A figure that is not drawn: three of them take as long as the training of a small network."""

    def __init__(self, figure: object) -> None:
        del figure

    def print_svg(self, file: TextIO, metadata: object) -> None:
        del metadata
        file.write("<svg></svg>")


def train_network(
    recipe: Recipe, progress: Progress | None = None
) -> tuple[keras.Model, FitResult]:
    dataset = task_of(recipe).load(recipe)
    prepare_training(recipe.fit)
    network = task_of(recipe).build_network(recipe, dataset)
    return network, fit(network, recipe, dataset, progress=progress or silent())


def copy_of(folder: RunFolder, path: Path) -> RunFolder:
    """A run that a test may change."""
    shutil.copytree(folder.path, path)
    return RunFolder(path)


def same(left: list[Any], right: list[Any]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


class StopAt(keras.callbacks.Callback):  # type: ignore[misc]
    """Presses Ctrl-C in the middle of an epoch."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.at = epoch
        self.now = 0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        del logs
        self.now = epoch

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        del logs
        if self.now == self.at and batch == 3:
            os.kill(os.getpid(), signal.SIGINT)


class InterruptingProgress(Progress):
    def __init__(self, epoch: int) -> None:
        super().__init__(Console(file=io.StringIO()))
        self._epoch = epoch

    def callback(self, steps_per_epoch: int) -> keras.callbacks.Callback:
        del steps_per_epoch
        return StopAt(self._epoch)


class Watching(Progress):
    """Keeps the weights after each epoch.

    Args:
        copy_before: An epoch, from 0: the run folder is copied as it is then, which is what a
            process killed at that moment leaves.
        copy_to: Where the copy goes.
    """

    def __init__(self, copy_before: int | None = None, copy_to: Path | None = None) -> None:
        super().__init__(Console(file=io.StringIO()), quiet=True)
        self.after: list[Weights] = []
        self._copy_before, self._copy_to = copy_before, copy_to

    def callback(self, steps_per_epoch: int) -> keras.callbacks.Callback:
        del steps_per_epoch
        watching = self

        class Keeping(keras.callbacks.Callback):  # type: ignore[misc]
            def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
                del logs
                watching.copy(epoch)

            def on_epoch_end(self, epoch: int, logs: object = None) -> None:
                del epoch, logs
                watching.after.append(self.model.get_weights())

        return Keeping()

    def copy(self, epoch: int) -> None:
        if self._copy_to and epoch == self._copy_before:
            [run] = Path(os.environ["OKAZU_RUNS"]).glob("*/*/")
            shutil.copytree(run, self._copy_to)
