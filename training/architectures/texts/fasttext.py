"""fastText: the mean of the vectors of words and n-grams, and a linear classifier.

Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification", section 2; with hidden layers
the deep averaging network of Iyyer et al. 2015.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras

from training.architectures.layers import hidden_layers
from training.architectures.texts import TextContext
from training.architectures.texts.layers import embedded, pooled, text_input, text_logits


def build_fasttext(
    context: TextContext,
    *,
    dimensions: int = 10,
    hidden: Sequence[int] = (),
    activation: str = "relu",
    embedding_dropout: float = 0.0,
    dropout: float = 0.0,
) -> keras.Model:
    """Builds fastText.

    Args:
        context: Ids, classes and penalties.
        dimensions: Of each id's vector.
        hidden: Units of each hidden layer; none of them is the paper's linear classifier.
        activation: After each hidden layer.
        embedding_dropout: Share of the vectors' dimensions dropped, which is of their mean's too.
        dropout: Share of units dropped after each hidden layer and before the last layer.

    Returns:
        int32 ids `[batch, length]` to logits `[batch, classes]`.
    """
    text, mask = text_input()
    x = embedded(
        text, context, dimensions=dimensions, dropout=embedding_dropout, scale=1 / dimensions
    )
    x = pooled(x, mask, "mean", context)
    x = hidden_layers(
        x,
        context,
        hidden=hidden,
        activation=activation,
        batch_normalization=False,
        dropout=dropout,
    )
    return keras.Model(text, text_logits(x, context, 0.0 if hidden else dropout), name="fasttext")
