"""The transformer (Vaswani et al. 2017, "Attention Is All You Need")."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from training.architectures.layers import penalty
from training.architectures.seq2seq import Seq2SeqContext
from training.architectures.seq2seq.blocks import DecoderBlock, EncoderBlock
from training.architectures.seq2seq.layers import (
    DECODER,
    ENCODER,
    LOWEST,
    LayerNormalization,
    attention_bias,
    seq2seq_network,
    waves,
)

# Positions by which the caches of decoding grow at a time. Between, nothing changes its shape, for
# which the runtimes keep ready what they once prepared.
BLOCK = 16


def build_transformer(
    context: Seq2SeqContext,
    *,
    dimensions: int = 256,
    encoder_layers: int = 3,
    decoder_layers: int = 3,
    heads: int = 4,
    feed_forward: int = 1024,
    normalization: str = "pre",
    dropout: float = 0.1,
    attention_dropout: float = 0.0,
    feed_forward_dropout: float = 0.0,
) -> keras.Model:
    """Builds a transformer; see the package for inputs and output.

    Args:
        context: Ids and penalties.
        dimensions: Of each id's vector and of every layer.
        encoder_layers: Blocks of self-attention and a feed-forward network.
        decoder_layers: Blocks of self-attention, attention to the source, and a feed-forward
            network.
        heads: Of attention, which share the dimensions.
        feed_forward: Units inside the feed-forward networks.
        normalization: `post`, after each sub-layer as in the paper, or `pre`, before it (Xiong et
            al. 2020, "On Layer Normalization in the Transformer Architecture").
        dropout: Share of units dropped of the vectors and after each sub-layer.
        attention_dropout: Share of the weights of attention dropped.
        feed_forward_dropout: Share of units dropped inside the feed-forward networks.
    """
    common = {
        "dimensions": dimensions,
        "heads": heads,
        "feed_forward": feed_forward,
        "normalization": normalization,
        "dropout": dropout,
        "attention_dropout": attention_dropout,
        "feed_forward_dropout": feed_forward_dropout,
        "kernel_regularizer": penalty(context),
    }
    return seq2seq_network(
        context,
        TransformerEncoder(encoder_layers, common, name=ENCODER),
        TransformerDecoder(decoder_layers, common, name=DECODER),
        dimensions=dimensions,
        name="transformer",
    )


def fold_normalization(network: keras.Model) -> None:
    """Changes a network's weights, see `_Stack.fold_normalization`; of others than transformers it
    leaves all as it is.
    """
    for name in (ENCODER, DECODER):
        layer = network.get_layer(name)
        if isinstance(layer, _Stack):
            layer.fold_normalization()


class _Stack(keras.layers.Layer):  # type: ignore[misc]
    """Blocks on each other.

    Args:
        layers: How many.
        block: The arguments of each; see `blocks`.
        options: Of any layer.
    """

    block_class: type[keras.layers.Layer]

    def __init__(self, layers: int, block: dict[str, Any], **options: Any) -> None:
        super().__init__(**options)
        regularizer = keras.regularizers.get(block["kernel_regularizer"])
        self.block = {
            **block,
            "kernel_regularizer": keras.regularizers.serialize(regularizer),
        }
        self.dimensions = block["dimensions"]
        policy = self.dtype_policy
        self.dropout = keras.layers.Dropout(block["dropout"], dtype=policy, name="dropout")
        self.blocks = [
            self.block_class(**self.block, dtype=policy, name=f"block{number}")
            for number in range(1, layers + 1)
        ]
        # What normalises before each sub-layer leaves the last sum as it is.
        self.last = (
            LayerNormalization(epsilon=1e-6, dtype=policy, name="normalization")
            if block["normalization"] == "pre"
            else None
        )

    def build(self, input_shape: Any) -> None:
        del input_shape
        for layer in self.blocks:
            layer.build(None)
        if self.last:
            self.last.build((None, None, self.dimensions))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[0]

    def fold_normalization(self) -> None:
        """Puts the scales and offsets of normalisation into the layers that follow it.

        What comes out is the same, by fewer operations. After each sum there is nothing to fold.
        """
        if self.last:
            for block in self.blocks:
                block.fold_normalization()

    def _placed(self, x: Any, first: Any = 0) -> Any:
        """Adds positions to vectors `[batch, length, dimensions]`, from the first one on."""
        places = ops.arange(ops.shape(x)[1], dtype="int32") + first
        return x + ops.cast(waves(places, self.dimensions), x.dtype)

    def _normalised(self, x: Any) -> Any:
        return self.last(x) if self.last else x

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "layers": len(self.blocks), "block": dict(self.block)}


class _Source(NamedTuple):
    """What stays the same from step to step.

    Attributes:
        memories: Each block's keys and values, see `CrossAttention.memory`.
        bias: float32 `[batch, 1, 1, source length]`.
        cache_places: int32 `[batch, heads, beam, 3]`, where the first step writes in the caches.
        bias_places: int32 `[batch, beam, 3]`, where it does in the bias.
        seen: float32 `[batch, beam]`, zeros, what it writes there.
    """

    memories: list[tuple[Any, Any]]
    bias: Any
    cache_places: Any
    bias_places: Any
    seen: Any


@keras.saving.register_keras_serializable("okazu")
class TransformerEncoder(_Stack):
    """Call: vectors `[batch, length, dimensions]` and bool `[batch, length]` to the former."""

    block_class = EncoderBlock

    def call(self, inputs: Any, training: bool = False) -> Any:
        x, mask = inputs
        bias = attention_bias(mask)[:, None, None, :]
        x = self.dropout(self._placed(x), training=training)
        for block in self.blocks:
            x = block(x, bias, training=training)
        return self._normalised(x)


@keras.saving.register_keras_serializable("okazu")
class TransformerDecoder(_Stack):
    """Sees each position of a target, what is before it, and the source.

    Call: vectors `[batch, length, dimensions]`, bool `[batch, source length]` and the encoder's
    output to vectors of the first's shape. The rest is for searching; see `steps.Stepper`.
    """

    block_class = DecoderBlock
    positions_at_a_time = BLOCK

    def call(self, inputs: Any, training: bool = False) -> Any:
        return self._decode(inputs, training)[0]

    def alignment(self, inputs: Any) -> Any:
        """The weights of the source's ids at each position, the mean over the heads of a layer.

        It is the last layer but one, if there are several, which aligns best (Garg et al. 2019,
        "Jointly Learning to Align and Translate with Transformer Models").

        Returns:
            float32 `[batch, length, source length]`.
        """
        weights = self._decode(inputs, False)[1]
        return ops.mean(weights[max(0, len(weights) - 2)], axis=1)

    def _decode(self, inputs: Any, training: bool) -> tuple[Any, list[Any]]:
        x, mask, source = inputs
        source_bias = attention_bias(mask)[:, None, None, :]
        places = ops.arange(ops.shape(x)[1], dtype="int32")
        past = attention_bias(ops.greater_equal(places[:, None], places[None, :]))
        x = self.dropout(self._placed(x), training=training)
        weights = []
        for block in self.blocks:
            x, seen = block(x, past, source, source_bias, training=training)
            weights.append(seen)
        return self._normalised(x), weights

    def position_vectors(self, steps: Any) -> Any:
        """What is added to the vectors at each position, float32 `[steps, dimensions]`."""
        return waves(ops.arange(steps, dtype="int32"), self.dimensions)

    def start(self, source: Any, mask: Any, beam: int) -> tuple[Any, Any]:
        """What a step needs that stays, and a bias and caches without a slot.

        The bias, float32 `[batch, beam, slots]`, tells each hypothesis its own tokens' slots.
        """
        batch = ops.shape(mask)[0]
        sentence, hypothesis = ops.unstack(_places(batch, beam), axis=-1)
        stays = _Source(
            memories=[block.source_attention.memory(source) for block in self.blocks],
            bias=attention_bias(mask)[:, None, None, :],
            cache_places=_places(batch, self.block["heads"], beam),
            bias_places=ops.stack([sentence, hypothesis, hypothesis], axis=-1),
            seen=ops.zeros((batch, beam), dtype="float32"),
        )
        caches = [(block.empty(batch, 0), block.empty(batch, 0)) for block in self.blocks]
        return stays, (ops.zeros((batch, beam, 0), dtype="float32"), caches)

    def shapes(self, beam: int) -> Any:
        """What stays of the shapes of the state while it grows."""
        caches = [(block.empty_shape, block.empty_shape) for block in self.blocks]
        return (None, beam, None), caches

    def grow(self, state: Any) -> Any:
        """Room for some more positions."""
        bias, caches = state
        batch, beam, _ = ops.shape(bias)
        slots = BLOCK * beam
        unseen = ops.full((batch, beam, slots), LOWEST, dtype="float32")
        grown = [
            tuple(ops.concatenate([cache, block.empty(batch, slots)], axis=2) for cache in pair)
            for block, pair in zip(self.blocks, caches, strict=True)
        ]
        return ops.concatenate([bias, unseen], axis=-1), grown

    def step(self, x: Any, position: Any, source: _Source, state: Any) -> tuple[Any, Any]:
        """`[batch, beam, dimensions]`, with their position's vector, to the same shape."""
        bias, caches = state
        beam = x.shape[1]
        # The slots of a position follow those of the one before, one for each hypothesis.
        slots = position * np.array([0, 0, beam], np.int32)
        places, own = source.cache_places + slots, source.bias_places + slots
        bias = ops.scatter_update(bias, own, source.seen)
        own_bias = ops.expand_dims(bias, 1)
        written = []
        for block, cache, memory in zip(self.blocks, caches, source.memories, strict=True):
            x, cache = block.step(x, cache, places, own_bias, memory, source.bias)
            written.append(cache)
        return self._normalised(x), (bias, written)

    def reorder(self, state: Any, take: Any) -> Any:
        """Hypotheses go on from others: they see those's tokens, which stay where they are."""
        bias, caches = state
        return take(bias), caches


def _places(*sizes: Any) -> Any:
    """The places of all numbers of a tensor of these sizes, int32 `[*sizes, len(sizes)]`."""
    axes = [ops.arange(size, dtype="int32") for size in sizes]
    return ops.stack(ops.meshgrid(*axes, indexing="ij"), axis=-1)
