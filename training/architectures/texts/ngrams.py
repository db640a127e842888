"""Naive Bayes and logistic regression at once: n-grams weighted by their log-count ratios.

Wang and Manning 2012, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification".
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.architectures.layers import penalty
from training.architectures.texts import TextContext

SCORES = "scores"
# What all factors are at first. The ratios have seen the labels of the training part, so that with
# factors of 1 there is nothing left to learn from it: on IMDB that gave 89.4 %, these 91.1 %.
_FIRST_FACTORS = {"l2": 0.2, "none": 0.02}
# A text of which nothing is known has no length to be divided by.
_SHORTEST = 1e-12


def build_ngrams(
    context: TextContext,
    *,
    alpha: float = 1.0,
    normalize: str = "l2",
    dropout: float = 0.0,
) -> keras.Model:
    """Builds a linear classifier of the log-count ratios of a text's n-grams.

    Untrained it is naive Bayes with even priors, less sure of itself; what is trained are factors
    of the ratios, which are all equal at first.

    Args:
        context: Ids, classes, ratios and penalties; these are on the factors.
        alpha: Added to the counts of which the ratios are.
        normalize: `l2` divides the ratios of a text by their length as a vector, `none` does not.
        dropout: Share of the n-grams of a text that are left out in training.

    Returns:
        int32 ids `[batch, length]` to logits `[batch, classes]`.

    Raises:
        ValueError: The ratios are of another shape.
    """
    text = keras.Input((None,), dtype="int32", name="text")
    ratios = context.log_count_ratios(alpha)
    logits = ngram_logits(text, context, ratios, context.tokens, normalize, dropout)
    return keras.Model(text, logits, name="ngrams")


def ngram_logits(
    ids: keras.KerasTensor,
    context: TextContext,
    ratios: NDArray[np.float32],
    tokens: int,
    normalize: str,
    dropout: float = 0.0,
    name: str = "logits",
) -> keras.KerasTensor:
    """What `build_ngrams` builds, of any ids.

    Args:
        ids: int32 `[batch, length]`.
        context: Classes and penalties.
        ratios: Of the ids, see `TextContext`.
        tokens: All ids are below it.
        normalize: See `build_ngrams`.
        dropout: See `build_ngrams`.
        name: Of the last layer.

    Returns:
        Logits `[batch, classes]`.

    Raises:
        ValueError: The ratios are of another shape.
    """
    columns = 1 if context.classes == 2 else context.classes
    ratios = np.asarray(ratios, np.float32)
    if ratios.shape != (tokens, columns):
        raise ValueError(f"expected ratios of shape {(tokens, columns)}, received {ratios.shape}")
    layer = NgramScores(
        tokens,
        columns,
        normalize=normalize,
        dropout=dropout,
        kernel_regularizer=penalty(context),
        name=SCORES,
    )
    logits = ScoreLogits(name=name)(layer(ids))
    layer.ratios.assign(ratios)
    return logits


def fold(network: keras.Model) -> keras.Model:
    """The same classifier for serving: one table of 16-bit numbers in place of two of 32.

    Ratios and factors are multiplied once for all; what the length of a text is computed of stands
    beside the products, where that is asked for. So a lookup finds all numbers of an n-gram
    together.

    Args:
        network: With such scores in it, trained.

    Returns:
        Of the same input and logits, up to the rounding to 16 bits.
    """
    scores = network.get_layer(SCORES)
    folded = _folded(scores)

    def replaced(layer: keras.Layer) -> keras.Layer:
        return folded if layer is scores else layer.__class__.from_config(layer.get_config())

    twin = keras.models.clone_model(network, clone_function=replaced)
    for layer, new in zip(network.layers, twin.layers, strict=True):
        if new is not folded:
            new.set_weights(layer.get_weights())
    return twin


def _folded(scores: NgramScores) -> FoldedScores:
    ratios, kernel, bias = (
        keras.ops.convert_to_numpy(weight) for weight in (scores.ratios, scores.kernel, scores.bias)
    )
    layer = FoldedScores(len(ratios), ratios.shape[1], normalize=scores.normalize, name=SCORES)
    layer.build((None, None))
    columns = [ratios * kernel] + ([ratios] if scores.normalize == "l2" else [])
    layer.table.assign(_in_16_bits(np.concatenate(columns, axis=1)))
    layer.bias.assign(bias)
    return layer


def _in_16_bits(numbers: NDArray[np.float32]) -> NDArray[np.float16]:
    most = np.finfo(np.float16).max
    return np.clip(numbers, -most, most).astype(np.float16)


@keras.saving.register_keras_serializable("okazu")
class NgramScores(keras.layers.Layer):  # type: ignore[misc]
    """The sum of the ratios of a text's n-grams, each times its factor, and a bias.

    It computes in float32 whatever the others do.

    Args:
        tokens: All ids are below it.
        columns: Scores of a text.
        normalize: See `build_ngrams`.
        dropout: See `build_ngrams`; the others are scaled up to make up for it.
        kernel_regularizer: Of the factors.
        options: Of any layer.

    Call: int32 ids `[batch, length]` to float32 `[batch, columns]`.
    """

    def __init__(
        self,
        tokens: int,
        columns: int,
        *,
        normalize: str,
        dropout: float,
        kernel_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**{**options, "dtype": "float32"})
        self.tokens, self.columns = tokens, columns
        self.normalize, self.dropout = normalize, dropout
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self._dropout = keras.layers.Dropout(dropout, noise_shape=(None, None, 1), dtype="float32")

    def build(self, input_shape: Any) -> None:
        del input_shape
        shape = (self.tokens, self.columns)
        self.ratios = self.add_weight(shape, initializer="zeros", trainable=False, name="ratios")
        self.kernel = self.add_weight(
            shape,
            initializer=keras.initializers.Constant(_FIRST_FACTORS[self.normalize]),
            regularizer=self.kernel_regularizer,
            name="kernel",
        )
        self.bias = self.add_weight((self.columns,), initializer="zeros", name="bias")

    def call(self, ids: Any, training: bool | None = None) -> Any:
        ratios = ops.take(self.ratios, ids, axis=0)
        products = ratios * ops.take(self.kernel, ids, axis=0)
        scores = ops.sum(self._dropout(products, training=training), axis=1)
        return _divided(scores, ratios, self.normalize) + self.bias

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, int]:
        return input_shape[0], self.columns

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "tokens": self.tokens,
            "columns": self.columns,
            "normalize": self.normalize,
            "dropout": self.dropout,
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }


@keras.saving.register_keras_serializable("okazu")
class FoldedScores(keras.layers.Layer):  # type: ignore[misc]
    """What `NgramScores` gives, from one table, which is of 16 bits whatever the layer's dtype.

    Args:
        tokens: All ids are below it.
        columns: Scores of a text.
        normalize: See `build_ngrams`.
        options: Of any layer.

    Call: int32 ids `[batch, length]` to float32 `[batch, columns]`.
    """

    def __init__(self, tokens: int, columns: int, *, normalize: str, **options: Any) -> None:
        super().__init__(**{**options, "dtype": "float32"})
        self.tokens, self.columns, self.normalize = tokens, columns, normalize

    def build(self, input_shape: Any) -> None:
        del input_shape
        width = 2 * self.columns if self.normalize == "l2" else self.columns
        self.table = self.add_weight(
            (self.tokens, width),
            initializer="zeros",
            dtype="float16",
            trainable=False,
            autocast=False,
            name="table",
        )
        self.bias = self.add_weight((self.columns,), initializer="zeros", name="bias")

    def call(self, ids: Any) -> Any:
        found = ops.cast(ops.take(self.table, ids, axis=0), "float32")
        scores = ops.sum(found[:, :, : self.columns], axis=1)
        return _divided(scores, found[:, :, self.columns :], self.normalize) + self.bias

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, int]:
        return input_shape[0], self.columns

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "tokens": self.tokens,
            "columns": self.columns,
            "normalize": self.normalize,
        }


@keras.saving.register_keras_serializable("okazu")
class ScoreLogits(keras.layers.Layer):  # type: ignore[misc]
    """Logits of scores: of one score, which tells two classes apart, half of it for either.

    Call: float32 `[batch, columns]` to `[batch, classes]`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "dtype": "float32"})

    def call(self, scores: Any) -> Any:
        if scores.shape[-1] > 1:
            return scores
        return ops.concatenate([scores * -0.5, scores * 0.5], axis=-1)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, int]:
        return input_shape[0], max(2, input_shape[1])


def _divided(scores: Any, ratios: Any, normalize: str) -> Any:
    """Scores `[batch, columns]` by the lengths of the ratios `[batch, length, columns]`."""
    if normalize == "none":
        return scores
    squares = ops.sum(ops.square(ratios), axis=1)
    return scores / ops.sqrt(ops.maximum(squares, _SHORTEST))
