"""Training a network with auxiliary heads (Szegedy et al. 2015, section 5).

The heads' logits are stacked, so that the network is one output, one loss and one accuracy to
Keras, under the names that callbacks and histories know.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from training.recipe import Fit

AUXILIARY_WEIGHT = 0.3


def stack_heads(outputs: Any) -> Any:
    """Several `[batch, classes]` to one `[batch, heads, classes]`; a single head stays as it is."""
    return ops.stack(outputs, axis=1) if isinstance(outputs, (list, tuple)) else outputs


def without_auxiliary_heads(network: keras.Model) -> keras.Model:
    """The network that is left when training is over, with the same weights."""
    if len(network.outputs) == 1:
        return network
    return keras.Model(network.inputs[0], network.outputs[0], name=network.name)


def build_loss(
    heads: int, fit: Fit, auxiliary_weight: float = AUXILIARY_WEIGHT
) -> keras.losses.Loss:
    """The recipe's loss of logits and one-hot labels.

    That is cross-entropy, or the squared error of the probabilities (Brier 1950).

    Args:
        heads: How many the network has.
        fit: Of the recipe.
        auxiliary_weight: What each of them but the first counts for.
    """
    if heads == 1 and fit.loss != "mean_squared_error":
        return keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=fit.label_smoothing
        )
    if heads == 1:
        return _BrierScore(fit.label_smoothing)
    return _HeadsLoss(build_loss(1, fit), auxiliary_weight)


def build_validation_loss() -> keras.losses.Loss:
    """The cross-entropy of the network's own head, nats, whatever it is trained with."""
    return _AnswerCrossEntropy(name="cross_entropy")


def build_accuracy(heads: int) -> keras.metrics.Metric:
    """Accuracy of the network's own head."""
    if heads == 1:
        return keras.metrics.CategoricalAccuracy(name="accuracy")
    return keras.metrics.MeanMetricWrapper(_first_head_accuracy, name="accuracy")


class _BrierScore(keras.losses.Loss):  # type: ignore[misc]
    def __init__(self, label_smoothing: float) -> None:
        super().__init__(name="brier_score")
        self._label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        evenly = self._label_smoothing / y_pred.shape[-1]
        y_true = (1 - self._label_smoothing) * y_true + evenly
        return ops.sum(ops.square(ops.softmax(y_pred) - y_true), axis=-1)


class _HeadsLoss(keras.losses.Loss):  # type: ignore[misc]
    def __init__(self, loss: keras.losses.Loss, auxiliary_weight: float) -> None:
        super().__init__(name="heads_loss")
        self._loss, self._auxiliary_weight = loss, auxiliary_weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        losses = self._loss.call(ops.broadcast_to(y_true[:, None, :], ops.shape(y_pred)), y_pred)
        return losses[:, 0] + self._auxiliary_weight * ops.sum(losses[:, 1:], axis=1)


class _AnswerCrossEntropy(keras.losses.Loss):  # type: ignore[misc]
    def call(self, y_true: Any, y_pred: Any) -> Any:
        logits = y_pred[:, 0] if len(y_pred.shape) == 3 else y_pred
        return ops.categorical_crossentropy(y_true, logits, from_logits=True)


def _first_head_accuracy(y_true: Any, y_pred: Any) -> Any:
    return keras.metrics.categorical_accuracy(y_true, y_pred[:, 0])
