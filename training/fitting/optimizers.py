"""From a recipe's optimizer and schedule to Keras' own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from training.recipe import (
    Constant,
    Cosine,
    Exponential,
    Fit,
    InverseSquareRoot,
    OneCycle,
    Step,
)

if TYPE_CHECKING:
    from training.recipe import Optimizer, Schedule


class Adagrad(keras.optimizers.Adagrad):  # type: ignore[misc]
    """Keras' own, which goes through all rows of a table of which a step learns few; this does not.

    The steps are the same: a row without a gradient stays as it is.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        if not hasattr(gradient, "indices"):  # TensorFlow's way to say which rows have one
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf

        rows, places = tf.unique(gradient.indices)
        gradient = tf.math.unsorted_segment_sum(gradient.values, places, tf.size(rows))
        sums = self._accumulators[self._get_variable_index(variable)].value
        sums.scatter_add(tf.IndexedSlices(tf.square(gradient), rows))
        step = gradient * tf.math.rsqrt(tf.gather(sums, rows) + self.epsilon)
        step *= tf.cast(learning_rate, step.dtype)
        variable.scatter_sub(tf.IndexedSlices(step, rows))


_OPTIMIZERS = {
    "sgd": keras.optimizers.SGD,
    "adagrad": Adagrad,
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
}


def build_optimizer(fit: Fit, steps_per_epoch: int) -> keras.Optimizer:
    """Builds the optimizer of a recipe, its learning rate scheduled over the training's steps."""
    optimizer: Optimizer = fit.optimizer
    options = optimizer.model_dump(exclude={"name", "learning_rate"})
    if not options.get("weight_decay", True):
        del options["weight_decay"]  # Keras' word for none is None
    if fit.ema:
        options |= {"use_ema": True, "ema_momentum": fit.ema}
    rate = ScheduledRate(optimizer.learning_rate, fit.schedule, fit.epochs, steps_per_epoch)
    built = _OPTIMIZERS[optimizer.name](
        learning_rate=rate, global_clipnorm=fit.clip_norm, **options
    )
    if built.weight_decay:
        # Scales and offsets are no weights of the kind that decay is for (He et al. 2019, 3.1).
        built.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return built


def own_optimizer(model: keras.Model) -> keras.Optimizer:
    """Return the optimizer that `build_optimizer` built for a compiled model.

    In float16 Keras wraps it in one that scales the loss and has none of its attributes.
    """
    optimizer = model.optimizer
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return optimizer.inner_optimizer
    return optimizer


class ScheduledRate(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """The learning rate at a step, steps counted from 0 over the whole training.

    A warm-up rises in a straight line, and reaches the schedule's own value at its last step.

    Args:
        learning_rate: The recipe's, which the schedule scales.
        schedule: The recipe's.
        epochs: Length of the whole training.
        steps_per_epoch: Batches in an epoch.
    """

    def __init__(
        self, learning_rate: float, schedule: Schedule, epochs: int, steps_per_epoch: int
    ) -> None:
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch

    def __call__(self, step: Any) -> Any:
        epoch = ops.cast(step, "float32") / self.steps_per_epoch
        rate = self.learning_rate * self._factor(epoch)
        warmup_steps = getattr(self.schedule, "warmup_epochs", 0) * self.steps_per_epoch
        if not warmup_steps:
            return rate
        return rate * ops.minimum((ops.cast(step, "float32") + 1) / warmup_steps, 1.0)

    def _factor(self, epoch: Any) -> Any:
        schedule = self.schedule
        if isinstance(schedule, Constant):
            return ops.ones_like(epoch)
        if isinstance(schedule, Step):
            return ops.power(schedule.factor, ops.floor(epoch / schedule.every_epochs))
        if isinstance(schedule, Exponential):
            return ops.power(schedule.decay, epoch)
        if isinstance(schedule, Cosine):
            progress = (epoch - schedule.warmup_epochs) / (self.epochs - schedule.warmup_epochs)
            progress = ops.clip(progress, 0.0, 1.0)
            return schedule.final + (1 - schedule.final) * 0.5 * (1 + ops.cos(math.pi * progress))
        if isinstance(schedule, InverseSquareRoot):
            # Counted as the warm-up is, the first step as one.
            step = epoch + 1 / self.steps_per_epoch
            return ops.sqrt(schedule.warmup_epochs / ops.maximum(step, schedule.warmup_epochs))
        return _one_cycle(schedule, epoch / self.epochs)

    def get_config(self) -> dict[str, Any]:
        raise TypeError("a schedule is rebuilt from its recipe, not from a saved model")


def _one_cycle(schedule: OneCycle, progress: Any) -> Any:
    up = schedule.start + (1 - schedule.start) * progress / schedule.peak_at
    down = 1 - (progress - schedule.peak_at) / (1 - schedule.peak_at)
    return ops.maximum(ops.minimum(up, down), 0.0)
