"""Layers for translation against NumPy and Keras' own, and by numbers worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.seq2seq_networks import padded, sharp_network
from training.architectures.seq2seq.attention import (
    AdditiveAttention,
    CrossAttention,
    MultiHead,
    SelfAttention,
)
from training.architectures.seq2seq.blocks import DecoderBlock, EncoderBlock, FeedForward
from training.architectures.seq2seq.layers import LOWEST, TokenEmbedding, waves
from training.architectures.seq2seq.transformer import TransformerDecoder, TransformerEncoder

DIMENSIONS, HEADS = 8, 2
BLOCK: dict[str, Any] = {
    "dimensions": DIMENSIONS,
    "heads": HEADS,
    "feed_forward": 12,
    "dropout": 0.0,
    "attention_dropout": 0.0,
    "feed_forward_dropout": 0.0,
    "kernel_regularizer": None,
}


def numbers(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def filled(layer: keras.Layer, seed: int = 1) -> keras.Layer:
    """The layer, built, with weights of its own; biases too."""
    layer.build(None)
    random = np.random.default_rng(seed)
    layer.set_weights([random.normal(0, 0.5, w.shape) for w in layer.get_weights()])
    return layer


def keras_attention(layer: MultiHead, query: Any, key: Any, value: Any) -> keras.Layer:
    """Keras' own attention with the weights of ours: of each a kernel and a bias."""
    twin = keras.layers.MultiHeadAttention(HEADS, DIMENSIONS // HEADS)
    twin.build((None, None, DIMENSIONS), (None, None, DIMENSIONS))
    kernel, bias = (DIMENSIONS, HEADS, -1), (HEADS, -1)
    weights = [
        part.reshape(shape)
        for w in (query, key, value)
        for part, shape in zip(w, (kernel, bias), strict=True)
    ]
    out_kernel, out_bias = layer.output_projection.get_weights()
    twin.set_weights([*weights, out_kernel.reshape(HEADS, -1, DIMENSIONS), out_bias])
    return twin


def in_parts(layer: keras.layers.Dense, count: int) -> list[tuple[Any, Any]]:
    kernel, bias = layer.get_weights()
    parts = np.split(kernel, count, axis=-1), np.split(bias, count)
    return list(zip(*parts, strict=True))


def test_self_attention_is_that_of_keras() -> None:
    layer = filled(SelfAttention(DIMENSIONS, HEADS))
    x, seen = numbers(2, 5, DIMENSIONS), np.tri(5, dtype=bool)
    twin = keras_attention(layer, *in_parts(layer.projection, 3))
    bias = np.where(seen, 0, LOWEST).astype(np.float32)
    expected = np.asarray(twin(x, x, attention_mask=seen[np.newaxis]))
    np.testing.assert_allclose(np.asarray(layer(x, bias)), expected, atol=1e-5)


def test_attention_to_a_source_is_that_of_keras() -> None:
    layer = filled(CrossAttention(DIMENSIONS, HEADS))
    x, source = numbers(2, 3, DIMENSIONS), numbers(2, 6, DIMENSIONS, seed=2)
    real = np.array([[True] * 6, [True] * 4 + [False] * 2])
    key, value = in_parts(layer.projection, 2)
    twin = keras_attention(layer, tuple(layer.query.get_weights()), key, value)
    bias = np.where(real, 0, LOWEST).astype(np.float32)[:, np.newaxis, np.newaxis]
    found, weights = layer(x, layer.memory(source), bias)
    expected, expected_weights = twin(
        x, source, attention_mask=real[:, np.newaxis], return_attention_scores=True
    )
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), atol=1e-5)
    np.testing.assert_allclose(np.asarray(weights), np.asarray(expected_weights), atol=1e-5)


def test_additive_attention_is_the_formula() -> None:
    """The softmax over the source of `v . tanh(W s + U h + b)`."""
    layer = AdditiveAttention(4)
    layer.build([(None, None, 3), (None, None, 5)])
    layer.set_weights([numbers(*w.shape, seed=i) for i, w in enumerate(layer.get_weights())])
    query, key, key_bias, score = (w.numpy() for w in layer.weights)
    states, memory = numbers(2, 1, 3, seed=7), numbers(2, 6, 5, seed=8)
    found, weights = layer(states, layer.key(memory), memory, np.zeros((2, 6), np.float32))
    for row in range(2):
        energies = [
            math.fsum((np.tanh(states[row, 0] @ query + h @ key + key_bias) * score[:, 0]).tolist())
            for h in memory[row]
        ]
        shares = np.exp(energies) / np.sum(np.exp(energies))
        np.testing.assert_allclose(np.asarray(weights)[row, 0], shares, atol=1e-5)
        np.testing.assert_allclose(np.asarray(found)[row, 0], shares @ memory[row], atol=1e-5)


def test_vectors_of_ids_are_scaled_by_the_root_of_their_dimensions_on_the_way_in() -> None:
    embedding = TokenEmbedding(3, 4)
    embedding.build(None)
    embedding.table.assign([[0, 0, 0, 0], [1, 2, 3, 4], [-1, 0, 0.5, 0]])
    found = np.asarray(embedding(np.array([[1, 2]], np.int32)))
    assert found.tolist() == [[[2, 4, 6, 8], [-2, 0, 1, 0]]]
    # Not on the way out: logits are the products with the rows.
    logits = np.asarray(embedding(np.array([[[1, 0, 0, 1]]], np.float32), reverse=True))
    assert logits.tolist() == [[[0, 5, -1]]]


def test_positions_are_the_papers_waves() -> None:
    """Of four dimensions: frequencies of 1 and of 1 / 10000 ** (2 / 4)."""
    expected = [
        [math.sin(place), math.sin(place / 100), math.cos(place), math.cos(place / 100)]
        for place in (0, 1, 50)
    ]
    np.testing.assert_allclose(np.asarray(waves(np.array([0, 1, 50]), 4)), expected, atol=1e-5)


def test_the_feed_forward_network_cuts_off_what_is_negative() -> None:
    layer = FeedForward(2, 2)
    layer.build(None)
    layer.set_weights([np.eye(2), np.zeros(2), np.eye(2), np.array([0.5, 0.0])])
    assert np.asarray(layer(np.array([[[-3.0, 2.0]]], np.float32))).tolist() == [[[0.5, 2.0]]]


def silent_block(kind: type[keras.Layer], normalization: str) -> keras.Layer:
    """A block whose attention and feed-forward network answer 0."""
    block = kind(**BLOCK, normalization=normalization)
    block.build(None)
    for weight in block.weights:
        if weight.path.endswith(("kernel", "bias")):
            weight.assign(np.zeros(weight.shape))
    return block


def answer(block: keras.Layer, x: NDArray[np.float32]) -> NDArray[np.float32]:
    if isinstance(block, EncoderBlock):
        return np.asarray(block(x, np.zeros((1, 1, 1, x.shape[1]), np.float32)))
    past, bias = np.zeros((x.shape[1],) * 2, np.float32), np.zeros((1, 1, 1, 3), np.float32)
    return np.asarray(block(x, past, numbers(len(x), 3, DIMENSIONS), bias)[0])


@pytest.mark.parametrize("kind", [EncoderBlock, DecoderBlock])
def test_what_goes_into_a_sub_layer_is_added_to_what_comes_out(kind: type[keras.Layer]) -> None:
    x = 3 * numbers(2, 4, DIMENSIONS) + 1
    np.testing.assert_allclose(answer(silent_block(kind, "pre"), x), x, atol=1e-6)
    # After each sum the vectors are normalised; doing so again changes nothing.
    normalised = (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)
    np.testing.assert_allclose(answer(silent_block(kind, "post"), x), normalised, atol=1e-4)


@pytest.mark.parametrize("kind", [TransformerEncoder, TransformerDecoder])
@pytest.mark.parametrize("normalization", ["pre", "post"])
def test_what_comes_out_of_a_stack_is_normalised(
    kind: type[keras.Layer], normalization: str
) -> None:
    stack = kind(2, {**BLOCK, "normalization": normalization})
    stack.build(None)
    x, mask = 5 * numbers(2, 4, DIMENSIONS), np.ones((2, 4), bool)
    inputs = [x, mask] if kind is TransformerEncoder else [x, mask, numbers(2, 4, DIMENSIONS)]
    found = np.asarray(stack(inputs))
    np.testing.assert_allclose(found.mean(-1), 0, atol=1e-5)
    np.testing.assert_allclose(found.std(-1), 1, atol=1e-3)


def test_the_attention_that_is_answered_is_that_of_the_last_layer_but_one() -> None:
    network = sharp_network("transformer")  # two layers
    embedding, decoder = network.get_layer("embedding"), network.get_layer("decoder")
    source, target = padded([(5, 9, 4, 11, 3)]), padded([(2, 7, 12)])
    mask = network.get_layer("mask")(source)
    encoded = network.get_layer("encoder")([embedding(source), mask])

    def alignment() -> NDArray[np.float32]:
        return np.asarray(decoder.alignment([embedding(target), mask, encoded]))

    before = alignment()
    first, last = (block.source_attention.query for block in decoder.blocks)
    last.kernel.assign(-last.kernel)
    assert np.array_equal(alignment(), before)
    first.kernel.assign(-first.kernel)
    assert not np.allclose(alignment(), before, atol=0.01)
