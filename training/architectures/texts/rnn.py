"""Recurrent networks: LSTM (Hochreiter and Schmidhuber 1997) and GRU (Cho et al. 2014)."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from training.architectures.layers import penalty
from training.architectures.texts import TextContext
from training.architectures.texts.layers import embedded, pooled, text_input, text_logits

_CELLS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


def build_rnn(
    context: TextContext,
    *,
    dimensions: int = 128,
    cell: str = "lstm",
    units: int = 64,
    layers: int = 1,
    bidirectional: bool = True,
    pooling: str = "max",
    embedding_dropout: float = 0.0,
    dropout: float = 0.5,
) -> keras.Model:
    """Builds a recurrent network, in one direction or in both (Schuster and Paliwal 1997).

    The layers know nothing of padding. It comes after the text in either direction, since what is
    read backwards is the text alone, and what they make of it is left out at the end.

    Args:
        context: Ids, classes and penalties.
        dimensions: Of each id's vector.
        cell: `lstm` or `gru`.
        units: Of each layer and direction.
        layers: How many lie on each other.
        bidirectional: Whether each layer also reads from the end.
        pooling: What sums up the states: `last` (of each direction where it ends), `max`, `mean` or
            `attention`.
        embedding_dropout: Share of the vectors' dimensions dropped, for a whole text at once.
        dropout: Share of units dropped between layers and before the last one.

    Returns:
        int32 ids `[batch, length]` to logits `[batch, classes]`.
    """
    text, mask = text_input()
    x = embedded(text, context, dimensions=dimensions, dropout=embedding_dropout)
    for number in range(1, layers):
        directions = _directions(x, mask, context, cell, units, bidirectional, number)
        x = _joined(_in_order(directions, mask, number), f"rnn{number}")
        x = keras.layers.Dropout(dropout, name=f"rnn{number}_dropout")(x)
    directions = _directions(x, mask, context, cell, units, bidirectional, layers)
    if pooling == "last":
        ends = [
            pooled(states, mask, "last", context, name=f"{direction}_pooling")
            for direction, states in directions.items()
        ]
        x = _joined(ends, "pooling")
    else:
        x = _joined(_in_order(directions, mask, layers), f"rnn{layers}")
        x = pooled(x, mask, pooling, context)
    return keras.Model(text, text_logits(x, context, dropout), name="rnn")


def _directions(
    x: keras.KerasTensor,
    mask: keras.KerasTensor,
    context: TextContext,
    cell: str,
    units: int,
    bidirectional: bool,
    number: int,
) -> dict[str, keras.KerasTensor]:
    """The states of each direction, `[batch, length, units]`, in the order in which it reads."""
    inputs = {"forward": x}
    if bidirectional:
        inputs["backward"] = ReversedText(name=f"rnn{number}_reversed")([x, mask])
    return {
        direction: _CELLS[cell](
            units,
            return_sequences=True,
            kernel_regularizer=penalty(context),
            recurrent_regularizer=penalty(context),
            use_cudnn=False,  # its operation would be in the exported graph
            name=f"rnn{number}_{direction}",
        )(given)
        for direction, given in inputs.items()
    }


def _in_order(
    directions: dict[str, keras.KerasTensor], mask: keras.KerasTensor, number: int
) -> list[keras.KerasTensor]:
    """The states of each direction in the order of the text."""
    forward, *backward = directions.values()
    restored = ReversedText(name=f"rnn{number}_restored")
    return [forward, *(restored([states, mask]) for states in backward)]


def _joined(parts: list[keras.KerasTensor], name: str) -> keras.KerasTensor:
    return keras.layers.Concatenate(name=name)(parts) if len(parts) > 1 else parts[0]


@keras.saving.register_keras_serializable("okazu")
class ReversedText(keras.layers.Layer):  # type: ignore[misc]
    """The vectors of each text from its last to its first; those of padding stay where they are.

    Call: `[batch, length, dimensions]` and bool `[batch, length]`, padding at the end; to the
    former's shape.
    """

    def call(self, inputs: Any) -> Any:
        x, mask = inputs
        batch, length, dimensions = ops.shape(x)[0], ops.shape(x)[1], x.shape[-1]
        count = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)
        places = ops.arange(length, dtype="int32")
        places = ops.where(places < count, count - 1 - places, places)
        rows = places + length * ops.expand_dims(ops.arange(batch, dtype="int32"), -1)
        # As rows of one table: a lookup of whole vectors.
        found = ops.take(ops.reshape(x, (-1, dimensions)), ops.reshape(rows, (-1,)), axis=0)
        return ops.reshape(found, (-1, length, dimensions))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[0]
