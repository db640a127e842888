"""Beam search.

A hypothesis that ends goes to its sentence's pool and leaves its place in the beam to another; a
sentence is done when its pool is full.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from models.texts.sentencepiece_file import BEGINNING, END, PADDING
from training.architectures.seq2seq.layers import LOWEST
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
from training.architectures.seq2seq.top_k import top_k


class _Beam(NamedTuple):
    """The hypotheses that go on: int32 ids `[batch, beam, most]` and float32 `[batch, beam]`."""

    ids: Any
    last: Any  # int32 [batch, beam]
    scores: Any


class _Pool(NamedTuple):
    """The best that ended: int32 `[batch, beam, most]`, float32 `[batch, beam]`, best first."""

    ids: Any
    scores: Any
    done: Any  # bool [batch, 1]


class _Known(NamedTuple):
    """What the search knows of each sentence."""

    beam: _Beam
    pool: _Pool


class _Rules(NamedTuple):
    """What stays the same from step to step.

    Attributes:
        options: See `SearchOptions`.
        places: int32 `[most]`, the positions.
        last_places: int32 `[batch, 1]`, the last one that each sentence may have.
        divisors: float32 `[most]`, of the scores of hypotheses that end there.
    """

    options: SearchOptions
    places: Any
    last_places: Any
    divisors: Any


class _Offers(NamedTuple):
    """Ways to go on, of each hypothesis one more than the beam holds: one may be the end.

    Attributes:
        scores: float32 `[batch, beam x offers]`.
        ids: int32, the same shape.
        parents: int32 `[beam x offers]`, the hypothesis that each goes on from.
        ends: float32 `[batch, beam]`, the scores if the hypotheses end.
    """

    scores: Any
    ids: Any
    parents: Any
    ends: Any


def beam_search(
    stepper: Stepper, state: Any, limits: Any, options: SearchOptions
) -> tuple[Any, Any]:
    """See `search.search`."""
    places = tf.range(tf.reduce_max(limits))
    divisors = tf.cast(places + 1, tf.float32) ** options.length_penalty
    rules = _Rules(options, places, limits[:, None] - 1, divisors)

    def one_step(position: Any, known: _Known, state: Any) -> tuple[Any, _Known, Any]:
        logits, state = stepper.step(known.beam.last, position, state)
        beam, pool = known
        offers = _offers(logits, position, beam, options)
        here = tf.equal(places, position)
        pool = _pooled(pool, written(beam.ids, here, END), position, offers, rules)
        beam, take = _beam(beam, here, offers, options.beam)
        return position + 1, _Known(beam, pool), stepper.reorder(state, take)

    known, shapes = _beginning(limits, tf.size(places), options.beam)
    steps, known = take_steps(
        stepper, one_step, _all_done, (known, state), (shapes, stepper.shapes(options.beam))
    )
    scores = known.pool.scores[:, : options.hypotheses]
    real = scores > REAL
    ids = tf.where(real[..., None], known.pool.ids[:, : options.hypotheses, :steps], PADDING)
    return ids, tf.where(real, scores, VOID)


def _all_done(known: _Known) -> Any:
    return tf.reduce_all(known.pool.done)


def _beginning(limits: Any, most: Any, beam: int) -> tuple[_Known, _Known]:
    """What is known before the first step, and the shapes of it."""
    batch = tf.shape(limits)[0]
    ids = tf.zeros((batch, beam, most), tf.int32)
    # All hypotheses are the same one at first, so only one counts.
    only_one = tf.constant([[0.0] + [LOWEST] * (beam - 1)])
    known = _Known(
        _Beam(ids, tf.fill((batch, beam), BEGINNING), tf.tile(only_one, (batch, 1))),
        _Pool(ids, tf.fill((batch, beam), LOWEST), tf.fill((batch, 1), False)),
    )
    several, one = (None, beam, None), (None, beam)
    return known, _Known(_Beam(several, one, one), _Pool(several, one, (None, 1)))


def _offers(logits: Any, position: Any, beam: _Beam, options: SearchOptions) -> _Offers:
    width, tokens = options.beam, int(logits.shape[-1])
    logits = tf.reshape(allowed(logits), (-1, tokens))
    before = tf.reshape(beam.scores, (-1, 1)) - log_total(logits)
    ends = before + logits[:, END : END + 1]
    free = without_repetition(logits, position, beam.ids, options.no_repeat_ngram)
    count = min(width + 1, tokens)
    values, ids = top_k(free, count)
    scores = tf.where(tf.equal(ids, END), LOWEST, values + before)
    return _Offers(
        tf.reshape(scores, (-1, width * count)),
        tf.reshape(ids, (-1, width * count)),
        np.repeat(np.arange(width, dtype=np.int32), count),
        tf.reshape(ends, (-1, width)),
    )


def _pooled(pool: _Pool, ids: Any, position: Any, offers: _Offers, rules: _Rules) -> _Pool:
    """The best of the pool and of what ends here, whose ids are those given.

    A hypothesis ends that would be among the best as many as the beam holds, or is at its limit.
    """
    width = rules.options.beam
    at_limit = position >= rules.last_places
    worst = tf.math.top_k(tf.concat([offers.scores, offers.ends], 1), width).values[:, -1:]
    may = tf.logical_and(offers.ends > REAL, tf.logical_not(pool.done))
    ends = tf.logical_and(may, tf.logical_or(offers.ends >= worst, at_limit))
    ended = tf.where(ends, offers.ends / tf.gather(rules.divisors, position), LOWEST)
    scores, places = tf.math.top_k(tf.concat([pool.scores, ended], 1), width)
    return _Pool(
        tf.gather(tf.concat([pool.ids, ids], 1), places, batch_dims=1),
        scores,
        tf.logical_or(pool.done, tf.logical_or(scores[:, -1:] > REAL, at_limit)),
    )


def _beam(beam: _Beam, here: Any, offers: _Offers, width: int) -> tuple[_Beam, Any]:
    """The best ways to go on, and what puts a tensor `[batch, beam, ...]` into their order."""
    scores, places = tf.math.top_k(offers.scores, width)
    parents = tf.gather(offers.parents, places)
    last = tf.gather(offers.ids, places, batch_dims=1)

    def take(x: Any) -> Any:
        return tf.gather(x, parents, batch_dims=1)

    return _Beam(written(take(beam.ids), here, last[..., None]), last, scores), take
