"""What happens around each epoch of a fit: the record, the best weights, checkpoints, Ctrl-C."""

from __future__ import annotations

import time
from typing import Any

import keras

from training.fitting.checkpoints import Checkpoint, Weights, save_checkpoint
from training.fitting.interrupts import Interrupts
from training.fitting.optimizers import own_optimizer
from training.fitting.training_model import RECORDED_LOSS
from training.recipe import EarlyStopping
from training.run.folder import RunFolder

Logs = dict[str, Any] | None

# Saving more often than this costs more than the epochs that it could save.
SECONDS_BETWEEN_CHECKPOINTS = 5.0


class Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps a row for each finished epoch, and the history file with them.

    Attributes:
        rows: `epoch` (from 1), `learning_rate`, the metrics, and `seconds` so far.
    """

    def __init__(self, folder: RunFolder | None) -> None:
        super().__init__()
        self.rows: list[dict[str, float]] = []
        self._folder = folder
        self._began = time.perf_counter()
        self._earlier_seconds = 0.0

    def restore(self, rows: list[dict[str, float]]) -> None:
        self.rows = list(rows)
        self._earlier_seconds = rows[-1]["seconds"] if rows else 0.0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.model.stop_training:
            return  # Ctrl-C: the epoch did not end
        rate = float(keras.ops.convert_to_numpy(own_optimizer(self.model).learning_rate))
        seconds = self._earlier_seconds + time.perf_counter() - self._began
        metrics = {name: float(value) for name, value in (logs or {}).items()}
        self.rows.append(
            {"epoch": epoch + 1, "learning_rate": rate, **metrics, "seconds": round(seconds, 2)}
        )
        if self._folder:
            self._folder.write_history(self.rows)


class BestWeights(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the weights of the best epoch, and stops when none was better for long enough.

    Args:
        early_stopping: How long that is.
        patient_until: The epoch before which it never stops.

    Attributes:
        best_epoch: From 1; 0 before the first epoch has ended.
        weights: Of that epoch.
    """

    def __init__(self, early_stopping: EarlyStopping, patient_until: int = 0) -> None:
        super().__init__()
        self._options = early_stopping
        self._patient_until = patient_until
        self.best_epoch = 0
        self.best_value = 0.0
        self.weights: Weights = []

    def state(self) -> dict[str, Any]:
        return {"best_epoch": self.best_epoch, "best_value": self.best_value}

    @property
    def stored(self) -> Weights:
        """What a checkpoint holds beside the state."""
        return self.weights

    def restore(self, state: dict[str, Any], stored: Weights) -> None:
        self.best_epoch, self.best_value = state["best_epoch"], state["best_value"]
        self.weights = stored

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.model.stop_training:
            return
        value = float((logs or {})[self._options.monitor])
        if self._improves(value):
            self.best_epoch, self.best_value = epoch + 1, value
            self.weights = evaluated_weights(self.model)
        elif epoch + 1 - max(self.best_epoch, self._patient_until) >= self._options.patience:
            self.model.stop_training = True

    def _improves(self, value: float) -> bool:
        if not self.best_epoch:
            return True
        gain = (
            self.best_value - value
            if self._options.monitor == "val_loss"
            else (value - self.best_value)
        )
        return gain > self._options.min_delta


class MeanWeights(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the mean of the weights after each of the last epochs (Vaswani et al. 2017, 6.1).

    Args:
        epochs: Length of the training.
        count: How many of them are averaged.
    """

    best_epoch = 0

    def __init__(self, epochs: int, count: int) -> None:
        super().__init__()
        self._first, self._count = epochs - count, count
        self._added = 0
        self._sums: Weights = []

    @property
    def weights(self) -> Weights:
        """The mean; none if the training ended before its time."""
        return [total / self._count for total in self._sums] if self._added == self._count else []

    def state(self) -> dict[str, Any]:
        return {"added": self._added}

    @property
    def stored(self) -> Weights:
        return self._sums

    def restore(self, state: dict[str, Any], stored: Weights) -> None:
        self._added, self._sums = state["added"], stored

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        del logs
        if self.model.stop_training or epoch < self._first:
            return
        weights = self.model.get_weights()
        self._sums = (
            [a + b for a, b in zip(self._sums, weights, strict=True)] if self._sums else weights
        )
        self._added += 1


class AveragedWeights(keras.callbacks.Callback):  # type: ignore[misc]
    """Evaluates with the optimizer's moving average of the weights, and trains with the weights."""

    def swap(self) -> None:
        """Exchanges the trainable weights and their averages."""
        for weight, average in _averages(self.model):
            value = keras.ops.copy(weight.value)
            weight.assign(average)
            average.assign(value)

    def on_test_begin(self, logs: Logs = None) -> None:
        del logs
        self.swap()

    def on_test_end(self, logs: Logs = None) -> None:
        del logs
        self.swap()


def _averages(model: keras.Model) -> list[tuple[Any, Any]]:
    optimizer = own_optimizer(model)
    if not optimizer.use_ema:
        return []
    averages = optimizer._model_variables_moving_average
    return list(zip(model.trainable_variables, averages, strict=True))


def evaluated_weights(model: keras.Model) -> Weights:
    """The weights that validation measured, in the order of `get_weights`: averages, where kept."""
    averages = {id(weight): average for weight, average in _averages(model)}
    chosen = [averages.get(id(weight), weight) for weight in model.weights]
    return [keras.ops.convert_to_numpy(weight) for weight in chosen]


# What decides which weights are kept in the end; without it those of the last epoch are.
KeptWeights = BestWeights | MeanWeights


class Checkpointer(keras.callbacks.Callback):  # type: ignore[misc]
    """Saves, between epochs, what `okazu resume` needs to go on exactly."""

    def __init__(self, folder: RunFolder, recorder: Recorder, kept: KeptWeights | None) -> None:
        super().__init__()
        self._folder, self._recorder, self._kept = folder, recorder, kept
        self._last = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        del logs
        if len(self._recorder.rows) != epoch + 1:
            return  # Ctrl-C came in the middle of the epoch
        due = time.perf_counter() - self._last >= SECONDS_BETWEEN_CHECKPOINTS
        if not due and not self.model.stop_training:
            return
        self.save(epoch + 1)
        self._last = time.perf_counter()

    def save(self, next_epoch: int) -> None:
        state: dict[str, Any] = {
            "rows": self._recorder.rows,
            "stopped": self.model.stop_training,
            "val_loss": RECORDED_LOSS,
        }
        if self._kept:
            state["best"] = self._kept.state()
        values = [keras.ops.convert_to_numpy(v) for v in training_variables(self.model)]
        stored = self._kept.stored if self._kept else []
        checkpoint = Checkpoint(next_epoch, values, stored, state)
        save_checkpoint(self._folder.checkpoints, checkpoint)


def training_variables(model: keras.Model) -> list[Any]:
    """All variables of a compiled model and its optimizer, random states included, in order."""
    return [*model.variables, *model.optimizer.variables]


class StopOnInterrupt(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends the training after the running batch once Ctrl-C was heard."""

    def __init__(self, interrupts: Interrupts) -> None:
        super().__init__()
        self._interrupts = interrupts

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        del batch, logs
        if self._interrupts.heard:
            self.model.stop_training = True
