"""Greedy search: the likeliest id at each position, in as few operations as it takes.

It answers what a beam of one does.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from models.texts.sentencepiece_file import BEGINNING, END, PADDING
from training.architectures.seq2seq.steps import (
    REAL,
    VOID,
    SearchOptions,
    Stepper,
    allowed,
    log_total,
    take_steps,
    without_repetition,
    written,
)
from training.architectures.seq2seq.top_k import top_1


class _Found(NamedTuple):
    """What is known of each sentence.

    Attributes:
        ids: int32 `[batch, most]`; after the first END anything.
        last: int32 `[batch, 1]`, the last of them; END where the sentence is done.
        score: float32 `[batch, 1]`, the sum of the log-probabilities.
    """

    ids: Any
    last: Any
    score: Any


def greedy_search(
    stepper: Stepper, state: Any, limits: Any, options: SearchOptions
) -> tuple[Any, Any]:
    """See `search.search`, for a beam of one."""
    places = tf.range(tf.reduce_max(limits))
    last_places = limits[:, None] - 1

    def one_step(position: Any, found: _Found, state: Any) -> tuple[Any, _Found, Any]:
        logits, state = stepper.step(found.last, position, state)
        logits = allowed(tf.reshape(logits, (-1, logits.shape[-1])))
        free = without_repetition(logits, position, found.ids[:, None], options.no_repeat_ngram)
        value, best = top_1(free)
        must_end, done = position >= last_places, tf.equal(found.last, END)
        value = tf.where(must_end, logits[:, END : END + 1], value) - log_total(logits)
        last = tf.where(tf.logical_or(must_end, done), END, best)
        ids = written(found.ids, tf.equal(places, position), last)
        score = found.score + tf.where(done, 0.0, value)
        return position + 1, _Found(ids, last, score), state

    batch = tf.shape(limits)[0]
    before = _Found(
        tf.zeros((batch, tf.size(places)), tf.int32),
        tf.fill((batch, 1), BEGINNING),
        tf.zeros((batch, 1)),
    )
    shapes = _Found((None, None), (None, 1), (None, 1))
    steps, found = take_steps(
        stepper, one_step, _all_done, (before, state), (shapes, stepper.shapes(1))
    )
    return _answer(found, steps, options)


def _all_done(found: _Found) -> Any:
    return tf.reduce_all(tf.equal(found.last, END))


def _answer(found: _Found, steps: Any, options: SearchOptions) -> tuple[Any, Any]:
    ids, real = found.ids[:, :steps], found.score > REAL
    ends = tf.cast(tf.equal(ids, END), tf.int32)
    said = tf.equal(tf.cumsum(ends, axis=1, exclusive=True), 0)
    length = tf.reduce_sum(tf.cast(said, tf.float32), -1, keepdims=True)
    score = tf.where(real, found.score / length**options.length_penalty, VOID)
    return tf.where(tf.logical_and(said, real), ids, PADDING)[:, None], score
