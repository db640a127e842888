"""Steps of a search in a graph: what is searched over, the loop, and what both searches need.

A step costs a runtime some microseconds for each operation, whatever it computes; with a short
sentence that is most of its time. So what can be computed before the loop is, and nothing is
computed twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import tensorflow as tf

from models.texts.sentencepiece_file import BEGINNING, PADDING, UNKNOWN
from training.architectures.seq2seq.layers import LOWEST

REAL = LOWEST / 2  # what scores below is no hypothesis
VOID = -float("inf")  # what such a one is answered with
_NEVER = (PADDING, UNKNOWN, BEGINNING)


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


def take_steps(
    stepper: Stepper,
    one_step: Callable[[Any, Any, Any], tuple[Any, Any, Any]],
    all_done: Callable[[Any], Any],
    variables: tuple[Any, Any],
    shapes: tuple[Any, Any],
) -> tuple[Any, Any]:
    """Searches until every sentence is done.

    Args:
        stepper: See `Stepper`.
        one_step: From the position, what the search knows, and the stepper's state to their
            successors.
        all_done: Whether every sentence is, bool, of what the search knows.
        variables: What the search knows before the first step, and the stepper's state.
        shapes: Of both, None where they change.

    Returns:
        How many steps were taken, and what the search knows then.
    """

    def goes_on(position: Any, known: Any, state: Any) -> Any:
        del position, state
        return tf.logical_not(all_done(known))

    def some_steps(position: Any, known: Any, state: Any) -> Any:
        end = position + stepper.positions_at_a_time

        def has_room(position: Any, known: Any, state: Any) -> Any:
            return tf.logical_and(position < end, goes_on(position, known, state))

        before = (position, known, stepper.grow(state))
        return tf.while_loop(has_room, one_step, before, shape_invariants=invariants)

    invariants = (tf.TensorShape(()), *map(_tensor_shapes, shapes))
    body = some_steps if stepper.positions_at_a_time else one_step
    before = (tf.constant(0), *variables)
    steps, known, _ = tf.while_loop(goes_on, body, before, shape_invariants=invariants)
    return steps, known


def _tensor_shapes(nest: Any) -> Any:
    """The same nest with TensorFlow's shapes in place of tuples of numbers and None."""
    if all(size is None or isinstance(size, int) for size in nest):
        return tf.TensorShape(nest)
    parts = map(_tensor_shapes, nest)
    return type(nest)(*parts) if hasattr(nest, "_fields") else type(nest)(parts)


def allowed(logits: Any) -> Any:
    """Logits `[..., tokens]` with LOWEST for ids that are no part of an answer."""
    tokens = int(logits.shape[-1])
    return logits + tf.constant([LOWEST if id in _NEVER else 0.0 for id in range(tokens)])


def log_total(logits: Any) -> Any:
    """The logarithm of the sum of the exponentials: float32 `[rows, tokens]` to `[rows, 1]`."""
    greatest = tf.reduce_max(logits, -1, keepdims=True)
    return greatest + tf.math.log(tf.reduce_sum(tf.exp(logits - greatest), -1, keepdims=True))


def written(ids: Any, here: Any, last: Any) -> Any:
    """The ids `[..., most]` with others, `[..., 1]`, where `here`, bool `[most]`, holds."""
    return tf.where(here, last, ids)


def without_repetition(logits: Any, position: Any, ids: Any, size: int) -> Any:
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
