"""Fitting a network to a data set, as a recipe says; the one training step path of all."""

from __future__ import annotations

import time
from dataclasses import dataclass

import keras
import numpy as np

from models.errors import OkazuError
from training.augmentation import Augmentation, augments
from training.batches import FollowEpoch, TrainingBatches, ValidationBatches
from training.callbacks import (
    AveragedWeights,
    BestWeights,
    Checkpointer,
    Recorder,
    StopOnInterrupt,
    training_variables,
)
from training.checkpoints import Checkpoint
from training.datasets.images import ImageDataset
from training.heads import build_accuracy, build_loss, stack_heads
from training.optimizers import build_optimizer
from training.progress import Progress
from training.recipe import Recipe
from training.runs import RunFolder

# Uses of one seed's randomness that must not repeat each other.
_ORDER, _AUGMENTATION = 1, 2
_VALIDATION_BATCH = 256


@dataclass(frozen=True)
class FitResult:
    """How a fit went.

    Attributes:
        history: A row for each epoch, see `Recorder`.
        best_epoch: Whose weights were kept, from 1; None where the last ones were.
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
    dataset: ImageDataset,
    *,
    progress: Progress,
    folder: RunFolder | None = None,
    checkpoint: Checkpoint | None = None,
) -> FitResult:
    """Trains a network in place; early stopping leaves the best weights in it.

    Args:
        network: uint8 images to logits.
        recipe: Says how; its `fit` and `augment` sections are used.
        dataset: Its training and validation parts are used.
        progress: Told of every batch and epoch.
        folder: Takes history, checkpoints and TensorBoard logs, or None for no files at all.
        checkpoint: Where to go on.
    """
    batches = TrainingBatches(
        dataset.train, len(dataset.labels), recipe, derived_seed(recipe.fit.seed, _ORDER)
    )
    model = _compiled_model(network, recipe, len(batches))
    recorder = Recorder(folder)
    best = BestWeights(recipe.fit.early_stopping) if recipe.fit.early_stopping else None
    interrupt = StopOnInterrupt(progress.interrupted)
    if checkpoint:
        _restore(model, checkpoint, recorder, best)
    began = time.perf_counter()
    if not (checkpoint and checkpoint.state["stopped"]):
        callbacks = [
            FollowEpoch(batches),
            AveragedWeights() if recipe.fit.ema else None,
            interrupt,
            recorder,
            progress.callback(len(batches)),
            best,
            *_files_kept(folder, recorder, best),
        ]
        with interrupt.listening():
            model.fit(
                batches,
                initial_epoch=checkpoint.epoch if checkpoint else 0,
                epochs=recipe.fit.epochs,
                validation_data=ValidationBatches(
                    dataset.validation, len(dataset.labels), _VALIDATION_BATCH
                ),
                shuffle=False,
                verbose=0,
                callbacks=[callback for callback in callbacks if callback],
            )
    # Keras itself ends a fit with the averaged weights in the model, where it keeps them.
    if best and best.weights:
        model.set_weights(best.weights)
    earlier = checkpoint.state["rows"][-1]["seconds"] if checkpoint else 0.0
    return FitResult(
        history=recorder.rows,
        best_epoch=best.best_epoch if best and best.weights else None,
        interrupted=interrupt.interrupted,
        seconds=earlier + time.perf_counter() - began,
    )


def derived_seed(seed: int, use: int) -> int:
    """An independent 32-bit seed for one of the uses of a recipe's seed."""
    return int(np.random.SeedSequence([seed, use]).generate_state(1)[0])


def _compiled_model(network: keras.Model, recipe: Recipe, steps_per_epoch: int) -> keras.Model:
    model = _training_model(network, recipe)
    model.compile(
        optimizer=build_optimizer(recipe.fit, steps_per_epoch),
        loss=build_loss(len(network.outputs), recipe.fit.label_smoothing),
        metrics=[build_accuracy(len(network.outputs))],
    )
    model.optimizer.build(model.trainable_variables)
    return model


def _training_model(network: keras.Model, recipe: Recipe) -> keras.Model:
    """The network with augmentation in front of it and its heads stacked, sharing its weights."""
    if not augments(recipe.augment) and len(network.outputs) == 1:
        return keras.Model(network.inputs[0], network.outputs[0], name="training")
    image = keras.Input(network.input_shape[1:], dtype="uint8", name="image")
    layer = Augmentation(
        recipe.augment, derived_seed(recipe.fit.seed, _AUGMENTATION), name="augmentation"
    )
    augmented = layer(image) if augments(recipe.augment) else image
    return keras.Model(image, stack_heads(network(augmented)), name="training")


def _files_kept(
    folder: RunFolder | None, recorder: Recorder, best: BestWeights | None
) -> list[keras.callbacks.Callback]:
    """Checkpoints and TensorBoard logs, where there is a folder for them."""
    if folder is None:
        return []
    logs = keras.callbacks.TensorBoard(log_dir=str(folder.tensorboard), write_graph=False)
    return [Checkpointer(folder, recorder, best), logs]


def _restore(
    model: keras.Model, checkpoint: Checkpoint, recorder: Recorder, best: BestWeights | None
) -> None:
    variables = training_variables(model)
    shapes = [tuple(variable.shape) for variable in variables]
    if shapes != [array.shape for array in checkpoint.variables]:
        raise OkazuError("the checkpoint is of another network; was the recipe changed since?")
    for variable, array in zip(variables, checkpoint.variables, strict=True):
        variable.assign(array)
    recorder.restore(checkpoint.state["rows"])
    if best and "best" in checkpoint.state:
        best.restore(checkpoint.state["best"], checkpoint.best_weights)
