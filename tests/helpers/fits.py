"""Small trainings of images: quick ones, silent ones, and ones that Ctrl-C ends."""

from __future__ import annotations

import io
import os
import signal
from typing import Any

import keras
import numpy as np
from rich.console import Console

from tests.conftest import TINY
from training.fitting.backend import prepare_training
from training.fitting.fit import FitResult, fit
from training.fitting.progress import Progress
from training.recipe import Recipe
from training.recipe.loading import load_recipe
from training.tasks import task_of

SHAKY = {**TINY, "model.dropout": 0.3, "fit.epochs": 4}  # every kind of randomness in it


def silent() -> Progress:
    return Progress(Console(file=io.StringIO()), quiet=True)


def tiny(**changes: Any) -> Recipe:
    return load_recipe("digits-cnn", {**SHAKY, **changes})


def train_network(recipe: Recipe) -> tuple[keras.Model, FitResult]:
    dataset = task_of(recipe).load(recipe)
    prepare_training(recipe.fit)
    network = task_of(recipe).build_network(recipe, dataset)
    return network, fit(network, recipe, dataset, progress=silent())


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
