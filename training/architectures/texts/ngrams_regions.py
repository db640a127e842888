"""Two classifiers that make different mistakes, and the weighted mean of their logits.

One is that of n-grams (Wang and Manning 2012), the other a convolution over regions of words
(Johnson and Zhang 2015, "Effective Use of Word Order for Text Categorization with Convolutional
Neural Networks"). Each learns for itself while the network trains: n-grams fit the training part
at once, and would leave nothing to be learned for whom they share a loss with.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from models.texts.tokenizers import Ids
from training.architectures.layers import penalty
from training.architectures.texts import TextContext
from training.architectures.texts.ngrams import ScoreLogits, ngram_logits
from training.architectures.texts.regions import Regions
from training.architectures.texts.word_ngrams import WordNgrams, ngram_codes, ngram_ids

JOINT = "joint_logits"


def build_ngrams_regions(
    context: TextContext,
    *,
    word_ngrams: int = 3,
    buckets: int = 2**21,
    distinct: bool = True,
    alpha: float = 8.0,
    normalize: str = "l2",
    region_words: int = 3,
    filters: int = 512,
    word_dropout: float = 0.2,
    dropout: float = 0.5,
    region_share: float = 0.4,
) -> keras.Model:
    """Builds both classifiers and what joins them.

    Args:
        context: Ids, classes, ratios and penalties.
        word_ngrams: The most words of an n-gram.
        buckets: How many ids n-grams have.
        distinct: Whether repetitions of an n-gram in a text are dropped.
        alpha: Added to the counts of which the ratios of n-grams are.
        normalize: See `training.architectures.texts.ngrams.build_ngrams`.
        region_words: Words in a region.
        filters: Features of regions.
        word_dropout: Share of the words that regions do not see in training.
        dropout: Share of the features of regions that are dropped before the last layer.
        region_share: Weight of the regions' logits; the n-grams' is the rest to 1.

    Returns:
        int32 ids `[batch, length]` to three times logits `[batch, classes]`: the answer, that of
        the n-grams and that of the regions.
    """
    text = keras.Input((None,), dtype="int32", name="text")
    hashed = WordNgrams(
        context.tokens, word_ngrams, buckets, distinct=distinct, name="word_ngrams"
    )(text)
    codes = ngram_codes(context.tokens, word_ngrams, buckets)
    ratios = context.log_count_ratios(
        alpha, lambda ids: _ngrams_of_text(ids, codes, buckets), buckets + 1
    )
    ngrams = ngram_logits(hashed, context, ratios, buckets + 1, normalize, name="ngram_logits")
    features = Regions(
        context.tokens, region_words, filters, word_dropout=word_dropout, name="regions"
    )(text)
    features = keras.layers.Dropout(dropout, dtype="float32", name="dropout")(features)
    scores = keras.layers.Dense(
        1 if context.classes == 2 else context.classes,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
        kernel_regularizer=penalty(context),
        dtype="float32",
        name="region_scores",
    )(features)
    regions = ScoreLogits(name="region_logits")(scores)
    answer = JointLogits([1 - region_share, region_share], name=JOINT)([ngrams, regions])
    return keras.Model(text, [answer, ngrams, regions], name="ngrams_regions")


def _ngrams_of_text(ids: Ids, codes: Ids, buckets: int) -> Ids:
    found: Ids = ngram_ids(ids[np.newaxis], codes, buckets)[0]
    return found


@keras.saving.register_keras_serializable("okazu")
class JointLogits(keras.layers.Layer):  # type: ignore[misc]
    """The weighted mean of several logits, each divided by its spread; nothing is learned by it.

    Spreads are measured on texts that nothing was learned of: on those of the training part
    logits of n-grams spread half as far as on others, those of regions farther.

    Args:
        shares: Weight of each.
        options: Of any layer.

    Attributes:
        spreads: A weight, float32 `[logits]`; 1 until they are measured.

    Call: float32 `[batch, classes]` several times, to the same shape once.
    """

    def __init__(self, shares: list[float], **options: Any) -> None:
        super().__init__(**{**options, "dtype": "float32"})
        self.shares = shares

    def build(self, input_shape: Any) -> None:
        del input_shape
        self.spreads = self.add_weight(
            (len(self.shares),), initializer="ones", trainable=False, name="spreads"
        )

    def call(self, inputs: Any) -> Any:
        parts = [
            ops.stop_gradient(logits) * (share / self.spreads[number])
            for number, (logits, share) in enumerate(zip(inputs, self.shares, strict=True))
        ]
        return sum(parts[1:], parts[0])

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "shares": self.shares}
