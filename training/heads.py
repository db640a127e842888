"""Training a network with auxiliary heads (Szegedy et al. 2015, section 5).

The heads' logits are stacked, so that the network is one output, one loss and one accuracy to
Keras, under the names that callbacks and histories know.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

AUXILIARY_WEIGHT = 0.3


def stack_heads(outputs: Any) -> Any:
    """Several `[batch, classes]` to one `[batch, heads, classes]`; a single head stays as it is."""
    return ops.stack(outputs, axis=1) if isinstance(outputs, (list, tuple)) else outputs


def without_auxiliary_heads(network: keras.Model) -> keras.Model:
    """The network that is left when training is over, with the same weights."""
    if len(network.outputs) == 1:
        return network
    return keras.Model(network.inputs[0], network.outputs[0], name=network.name)


def build_loss(heads: int, label_smoothing: float) -> keras.losses.Loss:
    """Cross-entropy of logits with one-hot labels; auxiliary heads count for 0.3 each."""
    if heads == 1:
        return keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=label_smoothing
        )
    return _HeadsCrossentropy(label_smoothing)


def build_accuracy(heads: int) -> keras.metrics.Metric:
    """Accuracy of the network's own head."""
    if heads == 1:
        return keras.metrics.CategoricalAccuracy(name="accuracy")
    return keras.metrics.MeanMetricWrapper(_first_head_accuracy, name="accuracy")


class _HeadsCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    def __init__(self, label_smoothing: float) -> None:
        super().__init__(name="heads_crossentropy")
        self._label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        losses = keras.losses.categorical_crossentropy(
            ops.broadcast_to(y_true[:, None, :], ops.shape(y_pred)),
            y_pred,
            from_logits=True,
            label_smoothing=self._label_smoothing,
        )
        return losses[:, 0] + AUXILIARY_WEIGHT * ops.sum(losses[:, 1:], axis=1)


def _first_head_accuracy(y_true: Any, y_pred: Any) -> Any:
    return keras.metrics.categorical_accuracy(y_true, y_pred[:, 0])
