"""The networks for translation: one family per file, of functions that return Functional models.

A training network takes `source`, int32 ids `[batch, source length]` that end in `END`, and
`target`, int32 ids `[batch, target length]` that begin with `BEGINNING`, and returns float32 logits
`[batch, target length, tokens]` of the id that follows each one of the target (teacher forcing).
Padding has no effect. One table of vectors is shared by source, target and logits (Press and Wolf
2017, "Using the Output Embedding to Improve Language Models").

Each has the layers `mask`, `embedding`, `encoder` and `decoder`; `decoding` makes a translator of
them.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training.architectures.options import Seq2SeqOptions

if TYPE_CHECKING:
    import keras

# architecture -> its builder, imported when it is needed
BUILDERS = {
    "gru": ("training.architectures.seq2seq.rnn", "build_gru"),
    "lstm": ("training.architectures.seq2seq.rnn", "build_lstm"),
    "transformer": ("training.architectures.seq2seq.transformer", "build_transformer"),
}


@dataclass(frozen=True)
class Seq2SeqContext:
    """What a builder needs beside its own options.

    Attributes:
        tokens: All ids are below it.
        l1: L1 penalty on every kernel.
        l2: L2 penalty on every kernel.
    """

    tokens: int
    l1: float = 0.0
    l2: float = 0.0


def build_seq2seq_network(options: Seq2SeqOptions, context: Seq2SeqContext) -> keras.Model:
    """Builds the network that the `model` section of a translation's recipe describes."""
    module, function = BUILDERS[options.architecture]
    builder = getattr(importlib.import_module(module), function)
    arguments: dict[str, Any] = options.model_dump(exclude={"architecture"})
    network: keras.Model = builder(context, **arguments)
    return network
