"""Recurrent encoder and decoder, with additive attention or without.

With it they are the network of Bahdanau et al. 2015, "Neural Machine Translation by Jointly
Learning to Align and Translate"; without it that of Sutskever et al. 2014, "Sequence to Sequence
Learning with Neural Networks", whose decoder knows of the source only what it begins with.
"""

from __future__ import annotations

import functools
from typing import Any

import keras
from keras import ops

from training.architectures.layers import penalty
from training.architectures.seq2seq import Seq2SeqContext
from training.architectures.seq2seq.attention import AdditiveAttention, AttentiveCell
from training.architectures.seq2seq.layers import (
    DECODER,
    ENCODER,
    attention_bias,
    seq2seq_network,
)

_LAYERS = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
_STATES = {"gru": 1, "lstm": 2}


def build_rnn(
    context: Seq2SeqContext,
    *,
    cell: str,
    attention: bool = True,
    dimensions: int = 256,
    units: int = 256,
    encoder_layers: int = 1,
    decoder_layers: int = 1,
    dropout: float = 0.3,
) -> keras.Model:
    """Builds a recurrent network; see the package for inputs and output.

    The encoder reads in both directions. The decoder begins with what is left of the source, and
    the lowest of its layers attends.

    Args:
        context: Ids and penalties.
        cell: `gru` (Cho et al. 2014) or `lstm` (Hochreiter and Schmidhuber 1997).
        attention: Whether the decoder attends to the source.
        dimensions: Of each id's vector.
        units: Of each layer, of the encoder's in each direction, and inside attention.
        encoder_layers: How many lie on each other.
        decoder_layers: How many lie on each other.
        dropout: Share of units dropped of the vectors, between layers and before the logits.
    """
    common = {
        "cell": cell,
        "units": units,
        "dropout": dropout,
        "kernel_regularizer": keras.regularizers.serialize(penalty(context)),
    }
    return seq2seq_network(
        context,
        RecurrentEncoder(layers=encoder_layers, **common, name=ENCODER),
        RecurrentDecoder(
            layers=decoder_layers,
            dimensions=dimensions,
            attention=attention,
            **common,
            name=DECODER,
        ),
        dimensions=dimensions,
        name=cell,
    )


build_gru = functools.partial(build_rnn, cell="gru")
build_lstm = functools.partial(build_rnn, cell="lstm")


class _Recurrent(keras.layers.Layer):  # type: ignore[misc]
    """What both sides share. Keras' own masks, which recurrent layers hand on, end here."""

    def __init__(
        self,
        *,
        cell: str,
        layers: int,
        units: int,
        dropout: float = 0.0,
        kernel_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.supports_masking = True
        self.cell = cell
        self.layers = layers
        self.units = units
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")

    def compute_mask(self, inputs: Any, previous_mask: Any) -> None:
        del inputs, previous_mask

    def _recurrent(self, name: str) -> keras.layers.RNN:
        return _LAYERS[self.cell](
            self.units,
            return_sequences=True,
            return_state=True,
            kernel_regularizer=self.kernel_regularizer,
            recurrent_regularizer=self.kernel_regularizer,
            use_cudnn=False,  # its operation would be in the exported graph
            dtype=self.dtype_policy,
            name=name,
        )

    def _dense(self, units: int, name: str, activation: str | None = None) -> keras.layers.Dense:
        return keras.layers.Dense(
            units,
            activation=activation,
            kernel_regularizer=self.kernel_regularizer,
            dtype=self.dtype_policy,
            name=name,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "cell": self.cell,
            "layers": self.layers,
            "units": self.units,
            "dropout": self.dropout.rate,
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }


@keras.saving.register_keras_serializable("okazu")
class RecurrentEncoder(_Recurrent):
    """Reads a source in both directions (Schuster and Paliwal 1997).

    At padding a cell keeps its state, so a sentence's end is its own whatever the batch's length.

    Call: vectors `[batch, length, dimensions]` and bool `[batch, length]` to the memory
    `[batch, length, 2 units]` and a summary, the last outputs of all layers and directions,
    `[batch, 2 units x layers]`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.recurrent = [
            keras.layers.Bidirectional(
                self._recurrent(f"layer{number}"), dtype=self.dtype_policy, name=f"layer{number}"
            )
            for number in range(1, self.layers + 1)
        ]

    def build(self, input_shape: Any) -> None:
        units = input_shape[0][-1]
        for layer in self.recurrent:
            layer.build((None, None, units))
            units = 2 * self.units

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, length, _ = input_shape[0]
        return [(batch, length, 2 * self.units), (batch, 2 * self.units * self.layers)]

    def call(self, inputs: Any, training: bool = False) -> Any:
        x, mask = inputs
        ends = []
        for layer in self.recurrent:
            x, *states = layer(self.dropout(x, training=training), mask=mask)
            ends += [states[0], states[len(states) // 2]]  # the outputs of both directions
        return [x, ops.concatenate(ends, axis=-1)]


@keras.saving.register_keras_serializable("okazu")
class RecurrentDecoder(_Recurrent):
    """Goes through a target from what an encoder left.

    Call: vectors `[batch, length, dimensions]`, bool `[batch, source length]` and the encoder's
    output to vectors of the first's shape. The rest is for searching; see `steps.Stepper`.

    Args:
        dimensions: Of the vectors.
        attention: Whether it attends to the source.
        options: See `build_rnn`.
    """

    positions_at_a_time = None  # nothing grows

    def __init__(self, *, dimensions: int, attention: bool, **options: Any) -> None:
        super().__init__(**options)
        self.dimensions = dimensions
        count = self.layers * _STATES[self.cell]
        self.beginning = self._dense(count * self.units, "beginning", "tanh")
        self.readout = self._dense(dimensions, "readout", "tanh")
        self.attention: Any = self._attention() if attention else None
        self.recurrent = [
            self._attentive("layer1") if attention else self._recurrent("layer1"),
            *(self._recurrent(f"layer{number}") for number in range(2, self.layers + 1)),
        ]

    def _attention(self) -> AdditiveAttention:
        return AdditiveAttention(
            self.units, self.kernel_regularizer, dtype=self.dtype_policy, name="attention"
        )

    def _attentive(self, name: str) -> keras.layers.RNN:
        policy = self.dtype_policy
        cell = AttentiveCell(self._recurrent(name).cell, self.attention, dtype=policy, name="cell")
        return keras.layers.RNN(cell, return_sequences=True, dtype=policy, name=name)

    def build(self, input_shape: Any) -> None:
        self.beginning.build(input_shape[2][1])
        units = self.dimensions
        for number, layer in enumerate(self.recurrent):
            layer.build((None, None, units))
            units = 3 * self.units if self.attention and not number else self.units
        self.readout.build((None, None, self._features))

    @property
    def _features(self) -> int:
        """What the readout is made of: the vector, what was seen, and the last layer's output."""
        return self.dimensions + (3 * self.units if self.attention else self.units)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[0]

    def call(self, inputs: Any, training: bool = False) -> Any:
        vectors, mask, (memory, summary) = inputs
        vectors = x = self.dropout(vectors, training=training)
        states = self._begin(summary)
        if self.attention:
            states[0] = [*states[0], *self._source(memory, mask)]
        seen = []
        for number, layer in enumerate(self.recurrent):
            x = layer(x, initial_state=states[number])
            x = x[0] if isinstance(x, list | tuple) else x
            if self.attention and not number:
                seen = [x[..., self.units :]]
            if number < self.layers - 1:
                x = self.dropout(x, training=training)
        features = ops.concatenate([vectors, *seen, x[..., : self.units]], axis=-1)
        return self.dropout(self.readout(features), training=training)

    def alignment(self, inputs: Any) -> Any:
        """The weights of the source's ids at each position.

        Returns:
            float32 `[batch, length, source length]`.
        """
        vectors, mask, (memory, summary) = inputs
        source = self._source(memory, mask)
        first = self._begin(summary)[0]
        outputs = self.recurrent[0](vectors, initial_state=[*first, *source])[..., : self.units]
        # A step attends before the cell moves.
        states = ops.concatenate([ops.expand_dims(first[0], 1), outputs[:, :-1]], axis=1)
        return self.attention(states, *source)[1]

    def _begin(self, summary: Any) -> list[list[Any]]:
        """The states of each layer's cell, `[batch, units]`."""
        states = ops.split(self.beginning(summary), self.layers * _STATES[self.cell], axis=-1)
        count = _STATES[self.cell]
        return [list(states[at : at + count]) for at in range(0, len(states), count)]

    def _source(self, memory: Any, mask: Any) -> tuple[Any, Any, Any]:
        return self.attention.key(memory), memory, attention_bias(mask)

    def position_vectors(self, steps: Any) -> Any:
        """Nothing; its states know where they are."""
        del steps

    def start(self, encoded: Any, mask: Any, beam: int) -> tuple[Any, Any]:
        """What attention needs of the source, and every hypothesis's states."""
        memory, summary = encoded
        states = [
            [ops.repeat(ops.expand_dims(state, 1), beam, axis=1) for state in layer]
            for layer in self._begin(summary)
        ]
        return self._source(memory, mask) if self.attention else None, states

    def shapes(self, beam: int) -> Any:
        """The shapes of the states."""
        shape = (None, beam, self.units)
        return [[shape] * _STATES[self.cell] for _ in range(self.layers)]

    def grow(self, state: Any) -> Any:
        """Nothing to do."""
        return state

    def step(self, x: Any, position: Any, source: Any, state: Any) -> tuple[Any, Any]:
        """`[batch, beam, dimensions]` to the same shape."""
        del position
        batch, beam, _ = ops.shape(x)
        vectors = x
        seen = [self.attention(state[0][0], *source)[0]] if self.attention else []
        after: list[list[Any]] = []
        for layer, states in zip(self.recurrent, state, strict=True):
            flat = [ops.reshape(part, (-1, self.units)) for part in states]
            x = ops.reshape(x, (-1, x.shape[-1]))
            if seen and not after:
                x, flat = layer.cell.step(x, flat, ops.reshape(seen[0], (-1, 2 * self.units)))
            else:
                x, flat = layer.cell(x, flat)
            after.append([ops.reshape(part, (batch, beam, self.units)) for part in flat])
        x = ops.reshape(x[..., : self.units], (batch, beam, self.units))
        return self.readout(ops.concatenate([vectors, *seen, x], axis=-1)), after

    def reorder(self, state: Any, take: Any) -> Any:
        """Hypotheses go on from others' states."""
        return [[take(part) for part in layer] for layer in state]

    def get_config(self) -> dict[str, Any]:
        attention = self.attention is not None
        return {**super().get_config(), "dimensions": self.dimensions, "attention": attention}
