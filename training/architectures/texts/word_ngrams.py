"""N-grams of words as ids, made of the words' ids in the graph: no tokenizer needs to know them.

By tabulation (Zobrist 1970; Carter and Wegman 1979): every word has a random code for each place in
an n-gram, and an n-gram's id is the sum of its words' codes, modulo the number of buckets. No
number in it reaches twice that, and so 2**24 (`MOST_BUCKETS`): runtimes that compute integers in
32 bits, or even as floating-point numbers, agree with NumPy exactly.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from models.texts.tokenizers import PADDING

_SEED = 0


def ngram_codes(tokens: int, words: int, buckets: int) -> NDArray[np.int32]:
    """The codes of ids `[words, tokens]`, below `buckets`; the same arguments give the same."""
    return np.random.default_rng(_SEED).integers(buckets, size=(words, tokens), dtype=np.int32)


def ngram_ids(ids: Any, codes: Any, buckets: int, library: Any = np) -> Any:
    """The ids of a text's n-grams: those of one word, of two words and so on.

    Args:
        ids: int32 `[batch, length]`, of words; padding is 0.
        codes: int32 `[words, tokens]`, see `ngram_codes`; as many words has the longest n-gram.
        buckets: How many ids there are beside that of padding.
        library: NumPy, or `keras.ops`.

    Returns:
        int32 `[batch, words * length]`, 1 to `buckets`; 0 for what would reach into padding.
    """
    orders = codes.shape[0]
    padded = library.pad(ids, ((0, 0), (0, orders - 1)))
    real, total, found = True, 0, []
    for place in range(orders):
        word = padded[:, place : place - orders + 1 or None]
        total = total + library.take(codes[place], word, axis=0)
        total = library.where(total >= buckets, total - buckets, total)
        real = library.logical_and(real, word != PADDING)
        found.append(library.where(real, total + 1, PADDING))
    return library.concatenate(found, axis=1)


@keras.saving.register_keras_serializable("okazu")
class WordNgrams(keras.layers.Layer):  # type: ignore[misc]
    """The ids of n-grams, see `ngram_ids`; the codes are weights, and never trained.

    Args:
        tokens: All ids of words are below it.
        words: Of the longest n-gram.
        buckets: How many ids n-grams have beside 0.
        distinct: Whether repetitions in a text are dropped; then ids rise.
        options: Of any layer.

    Call: int32 ids of words `[batch, length]` to int32 `[batch, words * length]`.
    """

    def __init__(
        self, tokens: int, words: int, buckets: int, *, distinct: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        self.tokens, self.words, self.buckets = tokens, words, buckets
        self.distinct = distinct

    def build(self, input_shape: Any) -> None:
        del input_shape
        self.codes = self.add_weight(
            (self.words, self.tokens),
            initializer=lambda *_, **__: ops.convert_to_tensor(
                ngram_codes(self.tokens, self.words, self.buckets)
            ),
            dtype="int32",
            trainable=False,
            name="codes",
        )

    def call(self, ids: Any) -> Any:
        found = ngram_ids(ids, ops.convert_to_tensor(self.codes), self.buckets, ops)
        return _without_repetitions(found) if self.distinct else found

    def compute_output_spec(self, ids: keras.KerasTensor) -> keras.KerasTensor:
        length = ids.shape[1] and ids.shape[1] * self.words
        return keras.KerasTensor((ids.shape[0], length), dtype="int32")

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "tokens": self.tokens,
            "words": self.words,
            "buckets": self.buckets,
            "distinct": self.distinct,
        }


def _without_repetitions(ids: Any) -> Any:
    """In rising order, 0 in place of what is there already; int32 `[batch, length]` to the same."""
    # As floating-point numbers, which all ids are: of integers TensorFlow sorts their distance to
    # the largest there is.
    ordered = ops.cast(ops.sort(ops.cast(ids, "float32"), axis=1), "int32")
    before = ops.pad(ordered[:, :-1], ((0, 0), (1, 0)))
    return ops.where(ops.equal(ordered, before), PADDING, ordered)
