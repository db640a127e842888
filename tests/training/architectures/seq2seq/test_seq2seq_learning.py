"""Every kind of network learns to write letters in reverse order, seen by greedy decoding."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from models.texts.sentencepiece_file import BEGINNING, END
from tests.helpers.seq2seq_networks import Ids, graph, padded, without_padding
from training.architectures.options import (
    Seq2SeqOptions,
    Seq2SeqRnnOptions,
    Seq2SeqTransformerOptions,
)
from training.architectures.seq2seq import Seq2SeqContext, build_seq2seq_network
from training.architectures.seq2seq.decoding import build_decoder
from training.tasks.translation.loss import TokenAccuracy, TokenCrossEntropy

pytestmark = pytest.mark.slow


TOKENS, LONGEST, HELD_OUT = 12, 5, 200
SMALL: dict[str, Any] = {"dimensions": 32, "encoder_layers": 1, "decoder_layers": 1, "dropout": 0.0}


def words(longest: int, count: int) -> list[Ids]:
    random = np.random.default_rng(0)
    found: dict[Ids, None] = {}
    while len(found) < count:
        found[tuple(random.integers(4, TOKENS, random.integers(2, longest + 1)).tolist())] = None
    return list(found)


@pytest.mark.parametrize(
    ("options", "longest", "share"),
    [
        (Seq2SeqTransformerOptions(architecture="transformer", heads=4, **SMALL), LONGEST, 0.99),
        (Seq2SeqRnnOptions(architecture="gru", units=32, **SMALL), LONGEST, 0.99),
        (Seq2SeqRnnOptions(architecture="lstm", units=32, **SMALL), LONGEST, 0.99),
        # All that it knows of the source has to fit into one vector.
        (Seq2SeqRnnOptions(architecture="gru", attention=False, units=64, **SMALL), 4, 0.9),
    ],
    ids=["transformer", "gru", "lstm", "gru without attention"],
)
def test_words_are_reversed(options: Seq2SeqOptions, longest: int, share: float) -> None:
    keras.utils.set_random_seed(0)
    network = build_seq2seq_network(options, Seq2SeqContext(TOKENS))
    sources = words(longest, 2500 + HELD_OUT)
    given = padded([(*word, END) for word in sources])
    before = padded([(BEGINNING, *word[::-1]) for word in sources])
    wanted = padded([(*word[::-1], END) for word in sources])
    epochs, batch = 12, 64
    rate = keras.optimizers.schedules.CosineDecay(0.008, epochs * 2500 // batch)
    optimizer = keras.optimizers.Adam(rate)
    loss = TokenCrossEntropy(0.05)
    network.compile(optimizer, loss, metrics=[TokenAccuracy()], jit_compile=False)
    optimizer.build(network.trainable_variables)  # or it is all traced twice
    inputs = [given[HELD_OUT:], before[HELD_OUT:]]
    history = network.fit(inputs, wanted[HELD_OUT:], batch_size=batch, epochs=epochs, verbose=0)
    assert history.history["accuracy"][-1] > 0.97
    tokens = graph(build_decoder(network))(given[:HELD_OUT])["tokens"][:, 0]
    right = [
        without_padding(ours) == without_padding(theirs)
        for ours, theirs in zip(tokens, wanted, strict=False)
    ]
    assert np.mean(right) >= share
