"""The layers of networks for texts, on small numbers worked out by hand or by Keras' own masks."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from training.architectures.options import TransformerOptions
from training.architectures.texts import TextContext
from training.architectures.texts.layers import AttentionPooling, MaskedPooling
from training.architectures.texts.rnn import ReversedText, build_rnn
from training.architectures.texts.transformer import Positions

# A text of two, a text of one after a gap, and one of padding alone.
X = np.array([[[1, -5], [3, -1], [9, 9]], [[7, 7], [-2, -4], [8, 8]], [[1, 1]] * 3], np.float32)
MASK = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]], bool)


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ("last", [[3, -1], [-2, -4], [0, 0]]),
        ("max", [[3, -1], [-2, -4], [0, 0]]),
        ("mean", [[2, -3], [-2, -4], [0, 0]]),
    ],
)
def test_pooling(pooling: str, expected: list[list[float]]) -> None:
    assert np.asarray(MaskedPooling(pooling)([X, MASK])).tolist() == expected


def test_a_mean_of_many_is_exact_in_16_bits() -> None:
    x = np.ones((1, 1000, 1), np.float32)
    mean = MaskedPooling("mean", dtype="mixed_bfloat16")([x, np.ones((1, 1000), bool)])
    assert float(mean[0, 0]) == 1


def test_attention_weighs_by_what_is_learned() -> None:
    layer = AttentionPooling()
    layer.build([(None, None, 2), (None, None)])
    # The scores are then 2 * tanh(first number).
    layer.set_weights([np.eye(2), np.zeros(2), np.array([[2.0], [0.0]])])
    one, three = np.exp(2 * np.tanh([1.0, 3.0]))
    weight = one / (one + three)
    expected = [[weight + 3 * (1 - weight), -5 * weight - (1 - weight)], [-2, -4], [0, 0]]
    np.testing.assert_allclose(layer([X, MASK]), expected, rtol=1e-5)


def test_a_text_is_reversed_without_its_padding() -> None:
    x = np.arange(8, dtype=np.float32).reshape(2, 4, 1)
    mask = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], bool)
    turned = np.asarray(ReversedText()([x, mask]))
    assert turned[..., 0].tolist() == [[2, 1, 0, 3], [4, 5, 6, 7]]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("last", [True, False])
def test_both_directions_are_those_of_keras(cell: str, last: bool) -> None:
    """Keras' own layers with Keras' own mask, the same weights in them."""
    context = TextContext(30, 2, lambda alpha: np.zeros((30, 1), np.float32) * alpha)
    pooling = "last" if last else "mean"
    network = build_rnn(context, dimensions=4, cell=cell, units=3, pooling=pooling)
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    theirs = keras.layers.Bidirectional(kind(3, return_sequences=not last, use_cudnn=False))
    theirs.build((None, None, 4))
    theirs.set_weights(
        [
            *network.get_layer("rnn1_forward").get_weights(),
            *network.get_layer("rnn1_backward").get_weights(),
        ]
    )
    ids = np.array([[5, 6, 7, 8], [9, 4, 0, 0]], np.int32)
    states = theirs(network.get_layer("embedding")(ids), mask=keras.ops.cast(ids > 0, "bool"))
    if not last:
        weights = (ids > 0)[:, :, None] / np.array([4, 2])[:, None, None]
        states = np.sum(states * weights, axis=1)
    logits = network.get_layer("logits")(states)
    np.testing.assert_allclose(network(ids, training=False), logits, atol=1e-6)


@pytest.mark.parametrize("dimensions", [4, 5])
def test_positions_are_sines_and_cosines(dimensions: int) -> None:
    layer: Any = Positions()
    waves = np.asarray(layer(np.zeros((1, 3, dimensions), np.float32)))[0]
    half = (dimensions + 1) // 2
    frequencies = 10_000.0 ** (-np.arange(half) / half)
    angles = np.arange(3)[:, None] * frequencies
    expected = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[:, :dimensions]
    np.testing.assert_allclose(waves, expected, atol=1e-6)
    ones = np.ones((1, 1, dimensions), np.float32)
    scaled = np.asarray(layer(ones) - layer(np.zeros_like(ones)))
    np.testing.assert_allclose(scaled, dimensions**0.5, rtol=1e-6)


def test_heads_share_the_dimensions() -> None:
    with pytest.raises(ValidationError, match=r"heads: expected a divisor of dimensions \(10\)"):
        TransformerOptions(architecture="transformer", dimensions=10, heads=3)
