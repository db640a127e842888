"""Golden questions whose answers do not hang by a hair.

A search takes one id and not another because one sum is larger, and each runtime and each processor
rounds sums in its own way. Where two are as good as equal, a sound model gives another answer
elsewhere: not what a model should be refused for. So each question is put once more to the model
with all of its weights a little larger or smaller, and once with each of them changed the other way
round: of two sums that are all but equal now the one is larger and now the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keras
import numpy as np
from numpy.typing import NDArray

from training.contract.task import Arrays

# Of each weight; what it moves scores by is far from rounding, and far below what ids differ by.
CHANGE = 1e-4
_PAIRS = 2

Ask = Callable[[Arrays], Arrays]


def clear_questions(served: keras.Model, ask: Ask, questions: Arrays) -> Arrays:
    """Those of the questions whose ids stay the same when all weights change a little.

    Args:
        served: Its weights are changed, and left as they were.
        ask: Asks it; what is looked at are the answers that are ids, int32 `[questions, ...]`. A
            model that gives none has all questions back.
        questions: Of one input, `[questions, ...]`.

    Returns:
        At least one; where none is clear, those that changed the least often.
    """
    expected = _ids(ask(questions))
    if not expected:
        return questions
    same = sum(_same(_ids(ask(questions)), expected).astype(int) for _ in _changed(served))
    return {name: asked[same == np.max(same)] for name, asked in questions.items()}


def _ids(answers: Arrays) -> list[NDArray[np.int32]]:
    return [answer for answer in answers.values() if answer.dtype == np.int32]


def _changed(served: keras.Model) -> Iterator[None]:
    """Changes the weights, again and again, and puts them back at the end."""
    weights = served.get_weights()
    random = np.random.default_rng(0)
    try:
        for _ in range(_PAIRS):
            draws = [random.standard_normal(weight.shape, np.float32) for weight in weights]
            for change in (CHANGE, -CHANGE):
                served.set_weights(
                    [w * (1 + change * draw) for w, draw in zip(weights, draws, strict=True)]
                )
                yield
    finally:
        served.set_weights(weights)


def _same(left: list[NDArray[np.int32]], right: list[NDArray[np.int32]]) -> NDArray[np.bool_]:
    """Which questions have the same answers, bool `[questions]`, padding apart."""
    same: NDArray[np.bool_] = np.all(list(map(_rows_equal, left, right)), axis=0)
    return same


def _rows_equal(left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.bool_]:
    length, inner = min(left.shape[-1], right.shape[-1]), tuple(range(1, left.ndim))
    equal: NDArray[np.bool_] = (left[..., :length] == right[..., :length]).all(inner)
    return equal & ~left[..., length:].any(inner) & ~right[..., length:].any(inner)
