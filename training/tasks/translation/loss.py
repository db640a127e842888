"""Loss and measures of networks that predict the next id at each position; padding does not count.

Targets are int32 ids `[batch, length]`, predictions float32 logits `[batch, length, tokens]`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import keras
from keras import ops

from models.texts.sentencepiece_file import PADDING


@keras.saving.register_keras_serializable("okazu")
class TokenCrossEntropy(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy with label smoothing, the mean over the batch's ids (Szegedy et al. 2016, 7).

    The logits are the largest thing in a training step. So no distribution of the targets is ever
    made, and the gradient, written by hand, takes as few passes over the logits as it can.

    Args:
        label_smoothing: Share of the target that is spread over all ids.
        name: Of the loss.
    """

    def __init__(self, label_smoothing: float = 0.0, name: str = "token_cross_entropy") -> None:
        super().__init__(name=name, reduction="sum")  # of one number
        self.label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        targets = ops.reshape(ops.cast(y_true, "int32"), (-1,))
        logits = ops.reshape(y_pred, (-1, y_pred.shape[-1]))
        counted = ops.cast(ops.not_equal(targets, PADDING), logits.dtype)
        weights = counted / ops.maximum(ops.sum(counted), 1)
        return _cross_entropy(logits, targets, weights, self.label_smoothing)

    def get_config(self) -> dict[str, Any]:
        return {"label_smoothing": self.label_smoothing, "name": self.name}


class MeanTokenLoss(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy without smoothing, whose mean over all sentences is that over all their ids.

    Keras averages over sentences, which are of different lengths. So each of them counts for the
    sum over its ids, in units of a mean sentence.

    Args:
        ids: Of a sentence, the mean over all that are measured.
    """

    def __init__(self, ids: float) -> None:
        super().__init__(name="token_loss")
        self._ids = ids

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true = ops.cast(y_true, "int32")
        counted = ops.cast(ops.not_equal(y_true, PADDING), "float32")
        entropy = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
        return ops.sum(entropy * counted, axis=1) / self._ids


def _cross_entropy(logits: Any, targets: Any, weights: Any, smoothing: float) -> Any:
    """The weighted sum over rows of `log sum exp(x) - (1 - s) x[target] - s mean(x)`.

    Args:
        logits: `[rows, tokens]`.
        targets: int32 `[rows]`.
        weights: `[rows]`.
        smoothing: `s`.
    """
    tokens = logits.shape[-1]
    rows = ops.arange(ops.shape(targets)[0], dtype="int32")
    places = ops.stack([rows, targets], axis=-1)

    def loss(logits: Any) -> tuple[Any, Any]:
        greatest = ops.max(logits, axis=-1, keepdims=True)
        shares = ops.exp(logits - greatest)
        total = ops.sum(shares, axis=-1, keepdims=True)
        entropy = ops.squeeze(greatest + ops.log(total), -1)
        right = ops.squeeze(ops.take_along_axis(logits, targets[:, None], axis=-1), -1)
        right_share = ops.exp(right - ops.squeeze(greatest, -1)) / ops.squeeze(total, -1)
        entropy = entropy - (1 - smoothing) * right
        if smoothing:
            entropy = entropy - smoothing * ops.mean(logits, axis=-1)

        def gradient(*arguments: Any, upstream: Any = None) -> Any:
            (upstream,) = arguments or (upstream,)
            scale = upstream * weights
            slope = shares * (scale[:, None] / total) - scale[:, None] * (smoothing / tokens)
            # What stands there is computed anew: a second look at the slope would have it copied.
            at_target = scale * (right_share - smoothing / tokens - (1 - smoothing))
            return ops.scatter_update(slope, places, at_target)

        return ops.sum(entropy * weights), gradient

    return ops.custom_gradient(loss)(logits)


class _PerToken(keras.metrics.Metric, ABC):  # type: ignore[misc]
    """The mean of something over all ids that are no padding."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.total = self.add_weight((), initializer="zeros", name="total")
        self.count = self.add_weight((), initializer="zeros", name="count")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        del sample_weight
        y_true = ops.cast(y_true, "int32")
        counted = ops.cast(ops.not_equal(y_true, PADDING), "float32")
        self.total.assign(self.total + ops.sum(self.measured(y_true, y_pred) * counted))
        self.count.assign(self.count + ops.sum(counted))

    @abstractmethod
    def measured(self, y_true: Any, y_pred: Any) -> Any:
        """Of each id, `[batch, length]`."""

    def result(self) -> Any:
        return self.total / ops.maximum(self.count, 1)


class TokenAccuracy(_PerToken):
    """The share of ids that are predicted first."""

    def __init__(self, name: str = "accuracy") -> None:
        super().__init__(name)

    def measured(self, y_true: Any, y_pred: Any) -> Any:
        first = ops.cast(ops.argmax(y_pred, axis=-1), "int32")
        return ops.cast(ops.equal(first, y_true), "float32")


class Perplexity(_PerToken):
    """e to the cross-entropy without smoothing: among how many ids a choice is open."""

    def __init__(self, name: str = "perplexity") -> None:
        super().__init__(name)

    def measured(self, y_true: Any, y_pred: Any) -> Any:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)

    def result(self) -> Any:
        return ops.exp(super().result())
