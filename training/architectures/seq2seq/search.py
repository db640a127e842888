"""Greedy and beam search in a graph, over anything that takes one step at a time.

A hypothesis that ends goes to its sentence's pool and leaves its place in the beam to another; a
sentence is done when its pool is full. Scores are the sums of log-probabilities divided by
`length ** length_penalty`, `END` counted: with 1 the mean log-probability of an id (Jean et al.
2015, "Montreal Neural Machine Translation Systems for WMT'15"; Murray and Chiang 2018, "Correcting
Length Bias in Neural Machine Translation").

At its limit a sentence's hypotheses must end, so every answer ends with `END`. Whatever goes on in
the graph for a sentence that is done has no effect on it, nor has any other sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import tensorflow as tf

from models.sentencepiece_file import BEGINNING, END, PADDING, UNKNOWN
from training.architectures.seq2seq.layers import LOWEST
from training.architectures.seq2seq.top_k import top_k

_NEVER = (PADDING, UNKNOWN, BEGINNING)
_REAL = LOWEST / 2  # what is below is no hypothesis
_VOID = -float("inf")


@dataclass(frozen=True)
class SearchOptions:
    """How to search.

    Attributes:
        beam: Hypotheses of a sentence that are followed at a time; 1 is greedy.
        hypotheses: How many of them are answered, at most `beam`.
        length_penalty: Power of the length that a score is divided by; more favours long ones.
        no_repeat_ngram: No series of so many ids comes twice (Paulus et al. 2018, "A Deep
            Reinforced Model for Abstractive Summarization", section 2.5); 0 lets all repeat.
    """

    beam: int = 1
    hypotheses: int = 1
    length_penalty: float = 1.0
    no_repeat_ngram: int = 0


class Stepper(Protocol):
    """What is searched over. `state` is any nest of tensors `[batch, ...]`.

    Attributes:
        positions_at_a_time: How many steps the state has room for, once it has grown; None where
            it need not grow.
    """

    @property
    def positions_at_a_time(self) -> int | None: ...

    def shapes(self, beam: int) -> Any:
        """The state's shapes, None where they change as it grows."""

    def grow(self, state: Any) -> Any:
        """Makes room in the state for `positions_at_a_time` more."""

    def step(self, ids: Any, position: Any, state: Any) -> tuple[Any, Any]:
        """From the last ids, int32 `[batch, beam]`, to logits float32 `[batch, beam, tokens]`."""

    def reorder(self, state: Any, take: Any) -> Any:
        """Lets hypotheses go on from others' states.

        `take` does so for a tensor `[batch, beam, ...]`.
        """


class _Beam(NamedTuple):
    """The hypotheses that go on: int32 ids `[batch, beam, limit]` and float32 `[batch, beam]`."""

    ids: Any
    last: Any
    scores: Any


class _Pool(NamedTuple):
    """The best that ended: int32 `[batch, beam, limit]`, float32 `[batch, beam]`, best first."""

    ids: Any
    scores: Any
    done: Any  # bool [batch]


def search(stepper: Stepper, state: Any, limits: Any, options: SearchOptions) -> tuple[Any, Any]:
    """Finds the best hypotheses.

    Args:
        stepper: See `Stepper`.
        state: Before the first step.
        limits: int32 `[batch]`, most ids of a hypothesis, `END` among them, at least 1.
        options: How.

    Returns:
        int32 ids `[batch, hypotheses, length]`, which end with `END` and then PADDING, and float32
        scores `[batch, hypotheses]`, best first. A hypothesis that there is not, for lack of ids to
        choose from, is all PADDING with a score of minus infinity.
    """
    beam, most = options.beam, tf.reduce_max(limits)
    shapes = _invariants(stepper.shapes(beam), beam)

    def goes_on(position: Any, beam: _Beam, pool: _Pool, state: Any) -> Any:
        del beam, state
        return tf.logical_and(position < most, tf.logical_not(tf.reduce_all(pool.done)))

    def one_step(position: Any, beam: _Beam, pool: _Pool, state: Any) -> Any:
        return _step(stepper, limits, options, position, beam, pool, state)

    def some_steps(position: Any, beam: _Beam, pool: _Pool, state: Any) -> Any:
        end = position + stepper.positions_at_a_time

        def has_room(position: Any, *variables: Any) -> Any:
            return tf.logical_and(position < end, goes_on(position, *variables))

        variables = (position, beam, pool, stepper.grow(state))
        return tf.while_loop(has_room, one_step, variables, shape_invariants=shapes)

    body = some_steps if stepper.positions_at_a_time else one_step
    variables = (tf.constant(0), *_beginning(limits, most, beam), state)
    position, _, pool, _ = tf.while_loop(goes_on, body, variables, shape_invariants=shapes)
    scores = pool.scores[:, : options.hypotheses]
    real = scores > _REAL
    ids = tf.where(real[..., None], pool.ids[:, : options.hypotheses, :position], PADDING)
    return ids, tf.where(real, scores, _VOID)


def _beginning(limits: Any, most: Any, beam: int) -> tuple[_Beam, _Pool]:
    batch = tf.shape(limits)[0]
    ids = tf.zeros((batch, beam, most), tf.int32)
    # All hypotheses are the same one at first, so only one counts.
    only_one = tf.constant([[0.0] + [LOWEST] * (beam - 1)])
    return (
        _Beam(ids, tf.fill((batch, beam), BEGINNING), tf.tile(only_one, (batch, 1))),
        _Pool(ids, tf.fill((batch, beam), LOWEST), tf.fill((batch,), False)),
    )


def _invariants(state: Any, beam: int) -> Any:
    ids, scores = tf.TensorShape((None, beam, None)), tf.TensorShape((None, beam))
    return (
        tf.TensorShape(()),
        _Beam(ids, scores, scores),
        _Pool(ids, scores, tf.TensorShape((None,))),
        _tensor_shapes(state),
    )


def _tensor_shapes(nest: Any) -> Any:
    """The same nest with TensorFlow's shapes in place of tuples of numbers and None."""
    if all(size is None or isinstance(size, int) for size in nest):
        return tf.TensorShape(nest)
    return type(nest)(_tensor_shapes(part) for part in nest)


def _step(
    stepper: Stepper,
    limits: Any,
    options: SearchOptions,
    position: Any,
    beam: _Beam,
    pool: _Pool,
    state: Any,
) -> tuple[Any, _Beam, _Pool, Any]:
    """One more id for every hypothesis."""
    logits, state = stepper.step(beam.last, position, state)
    values, ids, end = _continuations(logits, position, beam, options)
    at_limit = position + 1 >= limits
    ends = _ends(end, values, at_limit, pool)
    ended = tf.where(ends, _normalised(end, position + 1, options), LOWEST)
    pool = _pooled(pool, _written(beam.ids, position, END), ended, at_limit)
    scores, places = tf.math.top_k(tf.reshape(values, (-1, _count(ids))), options.beam)
    parents = places // int(ids.shape[-1])
    last = tf.gather(tf.reshape(ids, (-1, _count(ids))), places, batch_dims=1)

    def take(x: Any) -> Any:
        return tf.gather(x, parents, batch_dims=1) if options.beam > 1 else x

    written = _written(take(beam.ids), position, last[..., None])
    return position + 1, _Beam(written, last, scores), pool, stepper.reorder(state, take)


def _count(offers: Any) -> int:
    """How many there are of a sentence, of a tensor `[batch, beam, offers]`."""
    return int(offers.shape[1]) * int(offers.shape[2])


def _continuations(
    logits: Any, position: Any, beam: _Beam, options: SearchOptions
) -> tuple[Any, Any, Any]:
    """The best ways to go on, and what ending gives.

    Each hypothesis offers one more than the beam holds, as one of them may be the end.

    Returns:
        Scores float32 and ids int32 `[batch, beam, offers]`, and float32 scores `[batch, beam]`.
    """
    tokens = int(logits.shape[-1])
    banned = [LOWEST if token in _NEVER else 0.0 for token in range(tokens)]
    logits = tf.reshape(logits + tf.constant(banned), (-1, tokens))
    greatest = tf.reduce_max(logits, -1, keepdims=True)
    total = greatest + tf.math.log(tf.reduce_sum(tf.exp(logits - greatest), -1, keepdims=True))
    before = tf.reshape(beam.scores, (-1, 1)) - total
    end = before + logits[:, END : END + 1]
    logits = _without_repetition(logits, position, beam.ids, options.no_repeat_ngram)
    offers = 1 if options.beam == 1 else min(options.beam + 1, tokens)
    values, ids = top_k(logits, offers)
    values = tf.where(tf.equal(ids, END), LOWEST, values + before)
    shape = (-1, options.beam, offers)
    return tf.reshape(values, shape), tf.reshape(ids, shape), tf.reshape(end, shape[:2])


def _ends(end: Any, values: Any, at_limit: Any, pool: _Pool) -> Any:
    """Which hypotheses end here, bool `[batch, beam]`.

    Those do that would be among the best, as many as the beam holds, or that are at their limit.
    """
    beam = int(end.shape[1])
    others = tf.reshape(values, (-1, _count(values)))
    worst = tf.math.top_k(tf.concat([others, end], 1), beam).values[:, -1:]
    may = tf.logical_and(end > _REAL, tf.logical_not(pool.done)[:, None])
    return tf.logical_and(may, tf.logical_or(end >= worst, at_limit[:, None]))


def _normalised(scores: Any, length: Any, options: SearchOptions) -> Any:
    return scores / tf.cast(length, tf.float32) ** options.length_penalty


def _pooled(pool: _Pool, ids: Any, ended: Any, at_limit: Any) -> _Pool:
    """The best of the pool and of what ends here, ids and scores as the pool's."""
    scores, places = tf.math.top_k(tf.concat([pool.scores, ended], 1), pool.scores.shape[1])
    full = scores[:, -1] > _REAL
    return _Pool(
        tf.gather(tf.concat([pool.ids, ids], 1), places, batch_dims=1),
        scores,
        tf.logical_or(pool.done, tf.logical_or(full, at_limit)),
    )


def _written(ids: Any, position: Any, last: Any) -> Any:
    """The ids `[batch, beam, limit]` with others, `[batch, beam, 1]`, at a position."""
    return tf.where(tf.equal(tf.range(tf.shape(ids)[2]), position), last, ids)


def _without_repetition(logits: Any, position: Any, ids: Any, size: int) -> Any:
    """Logits `[batch x beam, tokens]` with LOWEST where an id would repeat a series of `size`."""
    if not size:
        return logits
    ids = tf.reshape(ids, (-1, tf.shape(ids)[2]))
    starts = tf.maximum(tf.shape(ids)[1] - size + 1, 0)
    # Where the last size - 1 ids have stood before, what followed them is not to follow again.
    same = tf.fill((tf.shape(ids)[0], starts), True)
    for offset in range(size - 1):
        now = tf.gather(ids, tf.maximum(position - size + 1 + offset, 0), axis=1)
        same = tf.logical_and(same, tf.equal(ids[:, offset : offset + starts], now[:, None]))
    same = tf.logical_and(same, tf.range(starts) + size <= position)
    followers = tf.where(same, ids[:, size - 1 : size - 1 + starts], PADDING)
    rows = tf.tile(tf.range(tf.shape(ids)[0])[:, None], (1, starts))
    places = tf.stack([rows, followers], -1)
    return tf.tensor_scatter_nd_update(logits, places, tf.fill(tf.shape(followers), LOWEST))
