"""Noise for networks of texts while they train: words that are not seen, and embeddings that move.

Neither is a part of what is saved or exported.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from models.errors import InvalidSetting
from models.texts.tokenizers import PADDING
from training.architectures.texts.layers import EMBEDDING
from training.fitting.training_model import TrainingModel

# Keeps a gradient that vanishes from being divided by its length.
_SHORTEST = 1e-12


class WordDropout(keras.layers.Layer):  # type: ignore[misc]
    """Hides ids at random while the network trains; padding stays padding.

    Iyyer et al. 2015, "Deep Unordered Composition Rivals Syntactic Methods for Text
    Classification", section 2.2.1. When not training it hands the ids through.

    Args:
        share: Of the ids, 0 to 1.
        replacement: The id that stands for a hidden one: that of unknown words, or padding where
            ids are a set.
        seed: Of the layer's own random numbers, whose state is a variable of the model.
        options: Of any layer.

    Call: int32 ids `[batch, length]` to the same shape and dtype.
    """

    def __init__(self, share: float, replacement: int, seed: int, **options: Any) -> None:
        super().__init__(**options)
        self.share, self.replacement = share, replacement
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, ids: Any, training: bool | None = None) -> Any:
        if not training:
            return ids
        chance = keras.random.uniform(ops.shape(ids), dtype="float32", seed=self.seed_generator)
        hidden = ops.logical_and(chance < self.share, ops.not_equal(ids, PADDING))
        return ops.where(hidden, ops.cast(self.replacement, ids.dtype), ids)

    def compute_output_spec(
        self, ids: keras.KerasTensor, training: bool | None = None
    ) -> keras.KerasTensor:
        del training
        return keras.KerasTensor(ids.shape, dtype=ids.dtype)


class AdversarialModel(TrainingModel):
    """Learns from each text twice: as it is, and with its embeddings moved against it.

    Miyato, Dai and Goodfellow 2017, "Adversarial Training Methods for Semi-Supervised Text
    Classification", equations 2 and 5: the move of a text is `epsilon * g / |g|`, where `g` is the
    gradient of its loss by the vectors of all its ids together. The paper normalises its embeddings
    to a variance of 1, so that a network cannot outgrow the move. Here the move grows with them: it
    is measured in root mean squares of the numbers in the text's vectors. So the paper's 5 stays 5.

    The loss is the mean of both losses, and so on one scale with that of validation, which is of
    the text as it is. The network needs a layer called `embedding`.

    Args:
        network: int32 ids `[batch, length]` to logits.
        epsilon: The length of the move.
        change: A layer that the ids pass first, or None; see `WordDropout`.
        options: Of any model.

    Raises:
        InvalidSetting: The network has no embeddings, or the backend is neither TensorFlow nor JAX.
    """

    def __init__(
        self,
        network: keras.Model,
        epsilon: float,
        change: keras.layers.Layer | None = None,
        **options: Any,
    ) -> None:
        if EMBEDDING not in [layer.name for layer in network.layers]:
            raise InvalidSetting(
                f"adversarial noise: {network.name} has no embeddings to move; leave it out, or"
                " choose another architecture"
            )
        if keras.backend.backend() not in _GRADIENTS:
            raise InvalidSetting(
                "adversarial noise: expected a Keras backend of"
                f" {' or '.join(_GRADIENTS)}, received {keras.backend.backend()}"
            )
        text = keras.Input((None,), dtype="int32", name="text")
        super().__init__(text, network(text if change is None else change(text)), **options)
        self.epsilon = epsilon
        self._change = change
        self._embedding = network.get_layer(EMBEDDING)
        self._rest = keras.Model([network.inputs[0], self._embedding.output], network.outputs[0])

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The mean of both losses in training, else the loss."""
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        if not training:
            return loss
        ids = x if self._change is None else self._change(x, training=True)
        vectors = self._embedding(ids)

        def loss_at(vectors: Any) -> Any:
            logits = self._rest([ids, vectors], training=True)
            return super(AdversarialModel, self).compute_loss(x, y, logits, sample_weight, training)

        gradient = _GRADIENTS[keras.backend.backend()](loss_at, vectors)
        return (loss + loss_at(vectors + self._move(ids, vectors, gradient))) / 2

    def _move(self, ids: Any, vectors: Any, gradient: Any) -> Any:
        """The step that harms most, `[batch, length, dimensions]`; nothing is learned through it.

        Where there is padding the gradient is 0, and so is the move.
        """
        real = ops.cast(ops.not_equal(ids, PADDING), "float32")[:, :, None]
        numbers = ops.sum(real, axis=(1, 2), keepdims=True) * vectors.shape[-1]
        length = ops.sqrt(_total(ops.square(vectors) * real) / ops.maximum(numbers, 1))
        gradient = ops.cast(gradient, "float32")
        direction = gradient / ops.maximum(ops.sqrt(_total(ops.square(gradient))), _SHORTEST)
        return ops.stop_gradient(self.epsilon * length * direction)


def _total(x: Any) -> Any:
    """The sum of each text's numbers, `[batch, 1, 1]`."""
    return ops.sum(x, axis=(1, 2), keepdims=True)


def _tensorflow_gradient(function: Any, point: Any) -> Any:
    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(point)
        value = function(point)
    return tape.gradient(value, point)


def _jax_gradient(function: Any, point: Any) -> Any:
    import jax

    return jax.grad(function)(point)


_GRADIENTS = {"tensorflow": _tensorflow_gradient, "jax": _jax_gradient}
