"""Fitting a network to a data set, as a recipe says; the one training step path of all."""

from __future__ import annotations

import time
from dataclasses import dataclass

import keras

from models.errors import OkazuError
from training.contract.dataset import Dataset
from training.fitting.batches import FollowEpoch, for_keras
from training.fitting.callbacks import (
    AveragedWeights,
    BestWeights,
    Checkpointer,
    KeptWeights,
    MeanWeights,
    Recorder,
    StopOnInterrupt,
    training_variables,
)
from training.fitting.checkpoints import Checkpoint
from training.fitting.fine_tuning import phases
from training.fitting.interrupts import Interrupts
from training.fitting.optimizers import build_optimizer
from training.fitting.progress import Progress
from training.fitting.seeds import Use, derived_seed
from training.fitting.training_model import RECORDED_LOSS, Penalty
from training.recipe import Fit, Recipe
from training.run.folder import RunFolder
from training.tasks import task_of


@dataclass(frozen=True)
class FitResult:
    """How a fit went.

    Attributes:
        history: A row for each epoch, see `Recorder`.
        best_epoch: Whose weights were kept, from 1; None where the last ones were, or their mean.
        interrupted: Whether Ctrl-C ended it.
        seconds: Of training, earlier parts of a resumed run included.
    """

    history: list[dict[str, float]]
    best_epoch: int | None
    interrupted: bool
    seconds: float


def fit(
    network: keras.Model,
    recipe: Recipe,
    dataset: Dataset,
    *,
    progress: Progress,
    folder: RunFolder | None = None,
    checkpoint: Checkpoint | None = None,
) -> FitResult:
    """Trains a network in place; early stopping leaves the best weights in it.

    Args:
        network: As the recipe's task builds it.
        recipe: Says how; its `task` decides what the batches and the loss are.
        dataset: Its training and validation parts are used.
        progress: Told of every batch and epoch.
        folder: Takes history, checkpoints and TensorBoard logs, or None for no files at all.
        checkpoint: Where to go on.
    """
    if checkpoint:
        _expect_comparable_epochs(checkpoint, network, recipe.fit, folder)
    task = task_of(recipe)
    batches = task.training_batches(recipe, dataset, derived_seed(recipe.fit.seed, Use.ORDER))
    model = task.training_model(network, recipe)
    model.validation_loss = task.build_validation_loss(network, recipe, dataset)
    recorder = Recorder(folder)
    kept = _kept_weights(recipe.fit)
    interrupts = Interrupts(progress.interrupted)
    callbacks = [
        FollowEpoch(batches),
        *task.validation_callbacks(network, recipe, dataset, progress.note),
        AveragedWeights() if recipe.fit.ema else None,
        StopOnInterrupt(interrupts),
        Penalty(),
        recorder,
        progress.callback(len(batches)),
        kept,
        *_files_kept(folder, recorder, kept),
    ]
    start = checkpoint.epoch if checkpoint else 0
    began = time.perf_counter()
    with interrupts.listening():
        for number, phase in enumerate(phases(recipe, from_epoch=start)):
            phase.prepare(network)
            _compile(model, network, phase.recipe, dataset, len(batches))
            if checkpoint and number == 0:
                _restore(model, checkpoint, recorder, kept)
                if checkpoint.state["stopped"]:
                    break
            model.fit(
                for_keras(batches),
                initial_epoch=max(start, phase.begin),
                epochs=phase.end,
                validation_data=for_keras(task.validation_batches(recipe, dataset)),
                shuffle=False,
                verbose=0,
                callbacks=[callback for callback in callbacks if callback],
            )
            if model.stop_training:
                break
    # Keras itself ends a fit with the averaged weights in the model, where it keeps them.
    weights = kept.weights if kept else []
    if weights:
        model.set_weights(weights)
    earlier = checkpoint.state["rows"][-1]["seconds"] if checkpoint else 0.0
    return FitResult(
        history=recorder.rows,
        best_epoch=(kept.best_epoch if kept and weights else 0) or None,
        interrupted=interrupts.heard,
        seconds=earlier + time.perf_counter() - began,
    )


def compile_training_model(
    network: keras.Model, recipe: Recipe, dataset: Dataset, steps_per_epoch: int
) -> keras.Model:
    """What is fitted: the task's training model, with its loss, its metrics and an optimizer."""
    model = task_of(recipe).training_model(network, recipe)
    _compile(model, network, recipe, dataset, steps_per_epoch)
    return model


def _compile(
    model: keras.Model,
    network: keras.Model,
    recipe: Recipe,
    dataset: Dataset,
    steps_per_epoch: int,
) -> None:
    task = task_of(recipe)
    model.compile(
        optimizer=build_optimizer(recipe.fit, steps_per_epoch),
        loss=task.build_loss(network, recipe, dataset),
        metrics=task.build_metrics(network, dataset),
    )
    model.optimizer.build(model.trainable_variables)


def _kept_weights(fit: Fit) -> KeptWeights | None:
    """What stops early, where that is asked for, not before the last phase; or averages."""
    if fit.average_epochs:
        return MeanWeights(fit.epochs, fit.average_epochs)
    if fit.early_stopping is None:
        return None
    return BestWeights(fit.early_stopping, patient_until=fit.phases[-1][0])


def _files_kept(
    folder: RunFolder | None, recorder: Recorder, kept: KeptWeights | None
) -> list[keras.callbacks.Callback]:
    """Checkpoints and TensorBoard logs, where there is a folder for them."""
    if folder is None:
        return []
    logs = keras.callbacks.TensorBoard(log_dir=str(folder.tensorboard), write_graph=False)
    return [Checkpointer(folder, recorder, kept), logs]


def _expect_comparable_epochs(
    checkpoint: Checkpoint, network: keras.Model, fit: Fit, folder: RunFolder | None
) -> None:
    """Refuse a checkpoint whose epochs were measured in another way than those to come.

    An earlier version recorded what was minimised. Where that is the task's own loss, or no epoch
    is chosen by it, the run goes on.
    """
    chosen = fit.early_stopping is not None and fit.early_stopping.monitor == "val_loss"
    plain = len(network.outputs) == 1 and not (fit.l1 or fit.l2 or fit.label_smoothing or fit.loss)
    if not chosen or plain or checkpoint.state.get("val_loss") == RECORDED_LOSS:
        return
    place, command = "the checkpoint", "okazu train"
    if folder:
        place, command = str(folder.path), f"okazu train {folder.path / 'recipe.yaml'}"
    raise OkazuError(
        f"{place}: expected epochs whose val_loss has no penalty and no label smoothing in it,"
        f" received those of an earlier version, which cannot be compared; `{command}` starts again"
    )


def _restore(
    model: keras.Model, checkpoint: Checkpoint, recorder: Recorder, kept: KeptWeights | None
) -> None:
    variables = training_variables(model)
    shapes = [tuple(variable.shape) for variable in variables]
    if shapes != [array.shape for array in checkpoint.variables]:
        raise OkazuError("the checkpoint is of another network; was the recipe changed since?")
    for variable, array in zip(variables, checkpoint.variables, strict=True):
        variable.assign(array)
    recorder.restore(checkpoint.state["rows"])
    if kept and "best" in checkpoint.state:
        kept.restore(checkpoint.state["best"], checkpoint.best_weights)
