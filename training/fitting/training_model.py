"""What `fit` trains: a network's weights, with the loss that is minimised and the one recorded.

In training the loss is what is minimised: the task's own, smoothed where the recipe says so, and
the penalties on the weights. In validation it is the task's own alone, so that epochs and trials
are compared by how wrong the network is, not by how small its weights are.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

# What `val_loss` is in checkpoints and searches; those that say otherwise are of other versions.
RECORDED_LOSS = "the task's own"


class TrainingModel(keras.Model):  # type: ignore[misc]
    """A Keras model whose validation loss has no penalty and no smoothing in it.

    Attributes:
        validation_loss: Of targets and outputs, the mean over the batch's examples; None for the
            loss that the model is compiled with, penalties included.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.validation_loss: keras.losses.Loss | None = None

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Return the loss of a batch: in training what is minimised, else the task's own."""
        if training or self.validation_loss is None:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        return self.validation_loss(y, y_pred, sample_weight)


class Penalty(keras.callbacks.Callback):  # type: ignore[misc]
    """Adds `penalty` to an epoch's record: what L1 and L2 add to the loss at the epoch's end.

    Of a network without penalties there is none. It belongs before the record.
    """

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        del epoch
        if logs is None:
            return
        terms = [
            float(keras.ops.convert_to_numpy(variable.regularizer(variable.value)))
            for variable in self.model.trainable_variables
            if variable.regularizer is not None
        ]
        if terms:
            logs["penalty"] = float(np.sum(terms))
