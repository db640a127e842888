"""Small networks for translation, and a decoder that is as plain as can be to hold ours against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.texts.sentencepiece_file import BEGINNING, END
from training.architectures.options import (
    Seq2SeqOptions,
    Seq2SeqRnnOptions,
    Seq2SeqTransformerOptions,
)
from training.architectures.seq2seq import Seq2SeqContext, build_seq2seq_network

if TYPE_CHECKING:
    import keras

TOKENS = 30
SMALL: dict[str, Any] = {"dimensions": 16, "encoder_layers": 2, "decoder_layers": 2, "dropout": 0.1}
RNN: dict[str, Any] = {"units": 12, **SMALL}
OPTIONS: dict[str, Seq2SeqOptions] = {
    "transformer": Seq2SeqTransformerOptions(
        architecture="transformer", heads=2, feed_forward=24, **SMALL
    ),
    "post-norm": Seq2SeqTransformerOptions(
        architecture="transformer",
        heads=4,
        feed_forward=24,
        normalization="post",
        attention_dropout=0.1,
        feed_forward_dropout=0.1,
        **SMALL,
    ),
    "gru": Seq2SeqRnnOptions(architecture="gru", **RNN),
    "lstm": Seq2SeqRnnOptions(architecture="lstm", **RNN),
    "gru without attention": Seq2SeqRnnOptions(architecture="gru", attention=False, **RNN),
    "lstm without attention": Seq2SeqRnnOptions(architecture="lstm", attention=False, **RNN),
}
SOURCES = ((5, 9, 4, 11, END), (7, END), (23, 4, 4, 8, 20, 6, 12, 29, END))
Ids = tuple[int, ...]
Predict = Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.float32]]


def sharp_network(name: str, seed: int = 0) -> keras.Model:
    """With weights so large that no two ids are about as likely, and answers of many kinds."""
    import keras

    keras.utils.set_random_seed(seed)
    network = build_seq2seq_network(OPTIONS[name], Seq2SeqContext(TOKENS))
    random = np.random.default_rng(seed)
    for variable in network.trainable_variables:
        kind = variable.path.rpartition("/")[2]
        if kind == "table":
            often = np.ones((TOKENS, 1), np.float32)
            often[END] = 1.3
            variable.assign(variable * often)
        elif kind == "gamma":  # of any sign, or an id's own vector would make it follow itself
            variable.assign(random.normal(0, 2, variable.shape))
        elif len(variable.shape) > 1:
            variable.assign(variable * 3)
        else:
            variable.assign(variable + random.normal(0, 0.2, variable.shape))
    return network


def padded(rows: Sequence[Ids], length: int | None = None) -> NDArray[np.int32]:
    length = length or max(map(len, rows))
    return np.array([(*row, *[0] * (length - len(row))) for row in rows], np.int32)


def without_padding(ids: NDArray[np.int32]) -> Ids:
    return tuple(int(i) for i in ids[ids != 0])


@dataclass(frozen=True)
class Plain:
    """Greedy and beam search that runs the training network anew for each id.

    Attributes:
        predict: Sources and targets to logits, as the training network.
        beam: See `SearchOptions`, as the next two.
    """

    predict: Predict
    beam: int = 1
    length_penalty: float = 1.0
    no_repeat_ngram: int = 0

    def greedy(self, source: Ids, limit: int) -> Ids:
        ids: Ids = ()
        while END not in ids:
            row = self._log_probabilities(source, [ids])[0]
            ids += (END if len(ids) == limit - 1 else int(np.argmax(row)),)
        return ids

    def search(self, source: Ids, limit: int) -> list[tuple[Ids, float]]:
        going: list[tuple[Ids, float]] = [((), 0.0)]
        pool: list[tuple[Ids, float]] = []
        for length in range(1, limit + 1):
            rows = self._log_probabilities(source, [ids for ids, _ in going])
            ends, ways = [], []
            for (ids, score), row in zip(going, rows, strict=True):
                ends.append(((*ids, END), score + row[END]))
                ways += [
                    ((*ids, token), score + row[token])
                    for token in range(END + 1, TOKENS)
                    if not self._repeats((*ids, token))
                ]
            going = sorted(ways, key=lambda way: -way[1])[: self.beam]
            best = sorted(score for _, score in ends + going)[-self.beam :]
            pool += [
                (ids, score / length**self.length_penalty)
                for ids, score in ends
                if score >= best[0] or length == limit
            ]
            pool = sorted(pool, key=lambda way: -way[1])[: self.beam]
            if len(pool) == self.beam or not going:
                break
        return pool

    def _repeats(self, ids: Ids) -> bool:
        size = self.no_repeat_ngram
        series = [ids[at : at + size] for at in range(len(ids) - size + 1)]
        return size > 0 and len(set(series)) < len(series)

    def _log_probabilities(self, source: Ids, targets: Sequence[Ids]) -> NDArray[np.float64]:
        sources = np.array([source] * len(targets), np.int32)
        given = np.array([(BEGINNING, *ids) for ids in targets], np.int32)
        logits = self.predict(sources, given)[:, -1].astype(np.float64)
        logits[:, :END] = -np.inf
        found: NDArray[np.float64] = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        return found


def compiled(network: keras.Model) -> Predict:
    """The training network as a function of arrays of any shape."""
    import tensorflow as tf

    ids = tf.TensorSpec((None, None), tf.int32)
    function = tf.function(
        lambda source, target: network([source, target], training=False), input_signature=[ids, ids]
    )
    return lambda source, target: function(source, target).numpy()


def graph(decoder: keras.Model) -> Callable[[Any], dict[str, NDArray[Any]]]:
    """A decoder as a function of an array of any shape."""
    import tensorflow as tf

    function = tf.function(decoder, input_signature=[tf.TensorSpec((None, None), tf.int32)])
    return lambda source: {name: x.numpy() for name, x in function(source).items()}
