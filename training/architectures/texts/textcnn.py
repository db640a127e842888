"""The convolutional network for sentences (Kim 2014)."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from training.architectures.layers import initializer, penalty
from training.architectures.texts import TextContext
from training.architectures.texts.layers import (
    MaskedPooling,
    ZeroPadding,
    embedded,
    text_input,
    text_logits,
)


def build_textcnn(
    context: TextContext,
    *,
    dimensions: int = 128,
    kernel_sizes: Sequence[int] = (3, 4, 5),
    filters: int = 100,
    activation: str = "relu",
    embedding_dropout: float = 0.0,
    dropout: float = 0.5,
) -> keras.Model:
    """Builds Kim's network ("Convolutional Neural Networks for Sentence Classification", 2.1).

    A window stands around every word, and what lies beyond the text is 0; so a text may be shorter
    than a window, and padding is never looked at as a word.

    Args:
        context: Ids, classes and penalties.
        dimensions: Of each id's vector.
        kernel_sizes: Words in the windows of each convolution.
        filters: Of each convolution.
        activation: After each convolution.
        embedding_dropout: Share of the vectors' dimensions dropped, for a whole text at once.
        dropout: Share of units dropped before the last layer.

    Returns:
        int32 ids `[batch, length]` to logits `[batch, classes]`.
    """
    text, mask = text_input()
    x = embedded(text, context, dimensions=dimensions, dropout=embedding_dropout)
    x = ZeroPadding(name="zero_padding")([x, mask])
    features = []
    for number, size in enumerate(kernel_sizes, start=1):
        found = keras.layers.Conv1D(
            filters,
            size,
            padding="same",
            activation=activation,
            kernel_initializer=initializer(activation),
            kernel_regularizer=penalty(context),
            name=f"conv{number}",
        )(x)
        features.append(MaskedPooling("max", name=f"pooling{number}")([found, mask]))
    x = keras.layers.Concatenate(name="features")(features) if len(features) > 1 else features[0]
    return keras.Model(text, text_logits(x, context, dropout), name="textcnn")
