"""What is done after each epoch, told epoch by epoch: stopping, the best weights, checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import pytest

from training.fitting.callbacks import BestWeights, Checkpointer, MeanWeights, Recorder
from training.fitting.checkpoints import latest_checkpoint
from training.recipe import EarlyStopping
from training.run.folder import RunFolder


@pytest.fixture
def model() -> keras.Model:
    x = keras.Input((1,))
    made = keras.Model(x, keras.layers.Dense(1, use_bias=False)(x))
    made.compile("sgd", "mse")
    made.optimizer.build(made.trainable_variables)
    made.stop_training = False
    return made


def epochs_until_stop(
    callback: keras.callbacks.Callback, model: keras.Model, monitor: str, values: Sequence[float]
) -> int:
    """Tells of epochs with these values; the weight is the epoch's number, from 1, after each."""
    callback.set_model(model)
    for epoch, value in enumerate(values):
        model.set_weights([np.full((1, 1), epoch + 1.0)])
        callback.on_epoch_end(epoch, {monitor: value})
        if model.stop_training:
            return epoch + 1
    return 0


def test_it_stops_after_so_many_epochs_without_a_smaller_loss(model: keras.Model) -> None:
    best = BestWeights(EarlyStopping(patience=2))
    assert epochs_until_stop(best, model, "val_loss", [3, 2, 2, 1, 1, 1.5, 1]) == 6
    assert best.best_epoch == 4
    assert [float(weight[0, 0]) for weight in best.weights] == [4]


def test_of_accuracies_the_largest_is_best(model: keras.Model) -> None:
    best = BestWeights(EarlyStopping(monitor="val_accuracy", patience=3))
    assert epochs_until_stop(best, model, "val_accuracy", [0.5, 0.75, 0.7, 0.75, 0.6]) == 5
    assert best.best_epoch == 2


def test_a_gain_that_is_too_small_is_none(model: keras.Model) -> None:
    best = BestWeights(EarlyStopping(patience=2, min_delta=0.25))
    assert epochs_until_stop(best, model, "val_loss", [4, 3.875, 3.75, 3]) == 3
    assert best.best_epoch == 1


def test_it_does_not_stop_before_the_last_phase_has_had_its_patience(model: keras.Model) -> None:
    best = BestWeights(EarlyStopping(patience=2), patient_until=5)
    assert epochs_until_stop(best, model, "val_loss", [1, 2, 2, 2, 2, 2, 2, 2]) == 7
    assert best.best_epoch == 1


def test_the_mean_is_that_of_the_last_epochs(model: keras.Model) -> None:
    mean = MeanWeights(epochs=5, count=2)
    epochs_until_stop(mean, model, "val_loss", [1, 1, 1, 1, 1])
    assert [float(weight[0, 0]) for weight in mean.weights] == [4.5]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in seconds, as the callbacks see it."""
    now = [100.0]
    monkeypatch.setattr("training.fitting.callbacks.time.perf_counter", lambda: now[0])
    return now


def test_checkpoints_are_some_seconds_apart(
    model: keras.Model, clock: list[float], tmp_path: Path
) -> None:
    """Epochs of 2 seconds: one is saved at the first that ends 5 seconds after the one before."""
    folder = RunFolder(tmp_path)
    folder.checkpoints.mkdir()
    recorder = Recorder(None)
    checkpointer = Checkpointer(folder, recorder, None)
    for callback in (recorder, checkpointer):
        callback.set_model(model)
    newest = []
    for epoch in range(7):
        clock[0] += 2
        recorder.on_epoch_end(epoch, {"loss": 1.0})
        checkpointer.on_epoch_end(epoch)
        found = latest_checkpoint(folder.checkpoints)
        newest.append(found.epoch if found else None)
    assert newest == [None, None, 3, 3, 3, 6, 6]
    # Where training stops, what there is is saved whenever that is.
    model.stop_training = True
    recorder.rows.append({"epoch": 8})
    checkpointer.on_epoch_end(7)
    last = latest_checkpoint(folder.checkpoints)
    assert last is not None
    assert last.epoch == 8
    assert last.state["stopped"]
