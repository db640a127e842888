"""From a trained network to a translator: encoder, search and all in one graph.

Steps are taken by TensorFlow's loop, so a translator is made on Keras' TensorFlow backend, whatever
the network was trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from models.texts.sentencepiece_file import BEGINNING, PADDING
from training.architectures.seq2seq.layers import DECODER, EMBEDDING, ENCODER, MASK
from training.architectures.seq2seq.search import search
from training.architectures.seq2seq.steps import SearchOptions

_SOURCE_MULTIPLE = 8  # fewer lengths for the runtimes to get ready for


@dataclass(frozen=True)
class LengthRule:
    """How long an answer may be: `ratio` times the source's ids and `extra`, at most `most`.

    `END` counts on both sides.
    """

    ratio: float = 1.5
    extra: int = 10
    most: int = 256


def build_decoder(
    network: keras.Model,
    *,
    beam: int = 1,
    hypotheses: int = 1,
    length_penalty: float = 1.0,
    no_repeat_ngram: int = 0,
    length: LengthRule | None = None,
    attention: bool = False,
) -> keras.Model:
    """Makes a translator of a training network, whose weights it shares.

    The attention is that of one pass over the finished hypotheses; see the decoders' `alignment`.

    Args:
        network: See `training.architectures.seq2seq`.
        beam: See `SearchOptions`, as the next three.
        hypotheses: At most `beam`.
        length_penalty: Power of the length.
        no_repeat_ngram: 0 for none.
        length: How long an answer may be.
        attention: Whether to answer it too.

    Returns:
        int32 `sentence` `[batch, length]` to a dictionary: `tokens`, int32 `[batch, hypotheses,
        answer length]`, which end with `END` and then padding; `scores`, float32 `[batch,
        hypotheses]`, see `search`; and `attention`, float32 `[batch, hypotheses, answer length,
        length]`, 0 at padding, whose rows sum to 1.

    Raises:
        ValueError: More hypotheses than the beam holds, a number that is too small, or attention of
            a network that has none.
    """
    options = SearchOptions(beam, hypotheses, length_penalty, no_repeat_ngram)
    length = length or LengthRule()
    _check(network, options, length, attention)
    sentence = keras.Input((None,), dtype="int32", name="sentence")
    outputs = Translator(network, options, length, attention, name="translator")(sentence)
    return keras.Model(sentence, outputs, name="translation")


def _check(
    network: keras.Model, options: SearchOptions, length: LengthRule, attention: bool
) -> None:
    if not 1 <= options.hypotheses <= options.beam:
        raise ValueError(
            f"hypotheses: expected 1 to beam ({options.beam}), received {options.hypotheses}"
        )
    if options.no_repeat_ngram < 0:
        raise ValueError(f"no_repeat_ngram: expected 0 or more, received {options.no_repeat_ngram}")
    if length.ratio < 0 or length.extra < 1 or length.most < 1:
        raise ValueError(f"length: expected ratio >= 0, extra and most >= 1, received {length}")
    if attention and not _attends(network):
        raise ValueError(f"attention: the network {network.name} has none to answer")


def _attends(network: keras.Model) -> bool:
    return getattr(network.get_layer(DECODER), "attention", True) is not None


class Translator(keras.layers.Layer):  # type: ignore[misc]
    """Encodes and searches; see `build_decoder`. It is exported, not saved."""

    def __init__(
        self,
        network: keras.Model,
        options: SearchOptions,
        length: LengthRule,
        attention: bool,
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        self.options = options
        self.length = length
        self.answers_attention = attention
        self.mask = network.get_layer(MASK)
        self.embedding = network.get_layer(EMBEDDING)
        self.encoder = network.get_layer(ENCODER)
        self.decoder = network.get_layer(DECODER)

    def call(self, source: Any) -> dict[str, Any]:
        width = tf.shape(source)[1]
        source = tf.pad(source, ((0, 0), (0, -width % _SOURCE_MULTIPLE)))
        mask = self.mask(source)
        encoded = self.encoder([self.embedding(source), mask])
        limits = self._limits(mask)
        constants, state = self.decoder.start(encoded, mask, self.options.beam)
        positions = self.decoder.position_vectors(tf.reduce_max(limits))
        stepper = _DecoderSteps(self.embedding, self.decoder, constants, positions)
        tokens, scores = search(stepper, state, limits, self.options)
        answers = {"tokens": tokens, "scores": scores}
        if self.answers_attention:
            answers["attention"] = self._alignment(tokens, mask, encoded)[..., :width]
        return answers

    def compute_output_spec(self, source: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        batch, width = source.shape
        shape = (batch, self.options.hypotheses)
        answers = {
            "tokens": keras.KerasTensor((*shape, None), dtype="int32"),
            "scores": keras.KerasTensor(shape, dtype="float32"),
        }
        if self.answers_attention:
            answers["attention"] = keras.KerasTensor((*shape, None, width), dtype="float32")
        return answers

    def _limits(self, mask: Any) -> Any:
        """Most ids of each sentence's answer, int32 `[batch]`."""
        rule = self.length
        count = tf.reduce_sum(tf.cast(mask, tf.float32), -1)
        return tf.minimum(tf.cast(count * rule.ratio, tf.int32) + rule.extra, rule.most)

    def _alignment(self, tokens: Any, mask: Any, encoded: Any) -> Any:
        shape = tf.shape(tokens)
        rows, count = (shape[0] * shape[1], shape[2]), self.options.hypotheses
        target = tf.reshape(tokens, rows)
        before = tf.concat([tf.fill((rows[0], 1), BEGINNING), target[:, :-1]], 1)
        mask, encoded = tf.nest.map_structure(
            lambda part: tf.repeat(part, count, axis=0), (mask, encoded)
        )
        weights = self.decoder.alignment([self.embedding(before), mask, encoded])
        weights *= tf.cast(target != PADDING, tf.float32)[..., None]
        return tf.reshape(weights, (shape[0], count, shape[2], -1))


class _DecoderSteps:
    """A decoder, its source, and the vectors of ids and positions as a `Stepper`."""

    def __init__(
        self, embedding: keras.Layer, decoder: keras.Layer, source: Any, positions: Any
    ) -> None:
        self._embedding = embedding
        self._decoder = decoder
        self._source = source
        self._positions = positions
        self.positions_at_a_time: int | None = decoder.positions_at_a_time
        self.shapes = decoder.shapes
        self.grow = decoder.grow
        self.reorder = decoder.reorder

    def step(self, ids: Any, position: Any, state: Any) -> tuple[Any, Any]:
        # The layer's own call expects ids below 0 too, which costs three nodes more.
        vectors = self._embedding.scaled(tf.gather(self._embedding.table, ids))
        if self._positions is not None:
            vectors += tf.cast(tf.gather(self._positions, position), vectors.dtype)
        x, state = self._decoder.step(vectors, position, self._source, state)
        return self._embedding(x, reverse=True), state
