"""The search over a few letters whose probabilities are written down, with no network at all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from models.texts.sentencepiece_file import BEGINNING, END
from training.architectures.seq2seq.search import search
from training.architectures.seq2seq.steps import SearchOptions
from training.architectures.seq2seq.top_k import top_k

A, B, C = 4, 5, 6
TOKENS = 7
HARDLY = 1e-300


class Letters:
    """Each letter says how likely the next one is."""

    positions_at_a_time = None

    def __init__(self, follows: dict[int, dict[int, float]]) -> None:
        self.table = np.full((TOKENS, TOKENS), -1e9, np.float32)
        for letter, nexts in follows.items():
            assert sum(nexts.values()) == pytest.approx(1)
            for following, probability in nexts.items():
                self.table[letter, following] = math.log(probability)

    def shapes(self, beam: int) -> Any:
        return [(None, beam)]

    def grow(self, state: Any) -> Any:
        return state

    def step(self, ids: Any, position: Any, state: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        del position
        return tf.gather(self.table, ids), state

    def reorder(self, state: Any, take: Any) -> Any:
        return [take(state[0])]


def found(
    letters: Letters, limits: list[int], **options: Any
) -> list[list[tuple[tuple[int, ...], float]]]:
    import tensorflow as tf

    beam = options.get("beam", 1)
    state = [tf.zeros((len(limits), beam))]
    ids, scores = search(letters, state, tf.constant(limits), SearchOptions(**options))
    return [
        [
            (tuple(i for i in row if i), math.exp(score))
            for row, score in zip(rows, several, strict=True)
        ]
        for rows, several in zip(ids.numpy().tolist(), scores.numpy().tolist(), strict=True)
    ]


# What greedy search takes first leads nowhere good: A is likelier than B, but what follows is not.
GARDEN_PATH = Letters(
    {
        BEGINNING: {A: 0.6, B: 0.4},
        A: {A: 0.4, B: 0.3, END: 0.3},
        B: {END: 0.9, A: 0.1},
    }
)


def test_greedy_takes_the_likeliest_letter_each_time() -> None:
    [[(ids, score)]] = found(GARDEN_PATH, [4], length_penalty=0.0)
    assert ids == (A, A, A, END)
    assert score == pytest.approx(0.6 * 0.4 * 0.4 * 0.3)


def test_a_beam_finds_the_likeliest_answers() -> None:
    [answers] = found(GARDEN_PATH, [4], beam=3, hypotheses=3, length_penalty=0.0)
    assert [ids for ids, _ in answers] == [(B, END), (A, END), (A, B, END)]
    assert [score for _, score in answers] == pytest.approx([0.36, 0.18, 0.162])


def test_an_end_takes_no_place_from_those_that_go_on() -> None:
    """Beside the end, the likeliest, both letters are followed by a beam of two."""
    letters = Letters(
        {
            BEGINNING: {END: 0.4, A: 0.35, B: 0.25},
            A: {END: 0.5, C: 0.5},
            B: {END: 1.0},
            C: {END: 1.0},
        }
    )
    [answers] = found(letters, [4], beam=2, hypotheses=2, length_penalty=0.0)
    assert [ids for ids, _ in answers] == [(END,), (B, END)]
    assert [score for _, score in answers] == pytest.approx([0.4, 0.25])


def test_scores_are_divided_by_the_length_with_the_end() -> None:
    [answers] = found(GARDEN_PATH, [4], beam=3, hypotheses=3, length_penalty=1.0)
    expected = {(B, END): 0.36**0.5, (A, END): 0.18**0.5, (A, B, END): 0.162 ** (1 / 3)}
    assert dict(answers) == pytest.approx(expected)
    assert [score for _, score in answers] == sorted(dict(answers).values(), reverse=True)


def test_longer_answers_gain_by_the_length_penalty() -> None:
    letters = Letters({BEGINNING: {END: 0.4, A: 0.6}, A: {END: 0.6, B: 0.4}, B: {END: 1.0}})
    [[(short, _)]] = found(letters, [5], beam=2, length_penalty=0.0)
    [[(long, _)]] = found(letters, [5], beam=2, length_penalty=2.0)
    assert (short, long) == ((END,), (A, END))


@pytest.mark.parametrize("beam", [1, 2])
def test_an_answer_may_end_at_once(beam: int) -> None:
    letters = Letters({BEGINNING: {END: 0.98, A: 0.02}, A: {END: 1.0}})
    [[(ids, score)]] = found(letters, [9], beam=beam)
    assert ids == (END,)
    assert score == pytest.approx(0.98)


@pytest.mark.parametrize("beam", [1, 3])
@pytest.mark.parametrize("limit", [1, 2, 7])
def test_an_answer_ends_at_its_limit(beam: int, limit: int) -> None:
    endless = Letters(
        {
            BEGINNING: {A: 0.8, B: 0.2, END: HARDLY},
            A: {A: 0.7, C: 0.3, END: HARDLY},
            B: {A: 1, END: HARDLY},
            C: {A: 1, END: HARDLY},
        }
    )
    [[(ids, score)]] = found(endless, [limit], beam=beam)
    assert len(ids) == limit
    assert ids.index(END) == limit - 1
    assert score < 1e-30  # it was no letter's wish to end


@pytest.mark.parametrize("beam", [1, 2])
def test_no_step_is_taken_when_all_are_done(beam: int) -> None:
    class Counted(Letters):
        steps = 0

        def step(self, ids: Any, position: Any, state: Any) -> tuple[Any, Any]:
            self.steps += 1  # outside a graph, TensorFlow's loop calls this for each step
            return super().step(ids, position, state)

    letters = Counted(
        {BEGINNING: {A: 0.6, B: 0.4}, A: {END: 1.0}, B: {C: 0.9, END: 0.1}, C: {END: 1.0}}
    )
    found(letters, [50, 40], beam=beam)
    assert letters.steps == {1: 2, 2: 3}[beam]


def test_each_sentence_has_its_own_limit_and_end() -> None:
    limits = [2, 6, 3, 4]
    together = found(GARDEN_PATH, limits, beam=3, hypotheses=2)
    alone = [found(GARDEN_PATH, [limit], beam=3, hypotheses=2)[0] for limit in limits]
    for ours, expected in zip(together, alone, strict=True):
        assert [ids for ids, _ in ours] == [ids for ids, _ in expected]
        assert dict(ours) == pytest.approx(dict(expected))


def test_what_there_is_not_is_padding() -> None:
    only = Letters({BEGINNING: {A: 1.0, END: HARDLY}})
    [answers] = found(only, [1], beam=3, hypotheses=3)
    assert [ids for ids, _ in answers] == [(END,), (), ()]
    assert [score for _, score in answers][1:] == [0, 0]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, (A, B, A, B, A, B, A, END)),
        (1, (A, B, C, END)),
        (2, (A, B, A, A, C, A, END)),
        (3, (A, B, A, B, B, A, A, END)),
    ],
)
def test_no_series_of_letters_comes_twice(size: int, expected: tuple[int, ...]) -> None:
    pendulum = Letters(
        {
            BEGINNING: {A: 1},
            A: {B: 0.7, A: 0.15, C: 0.1, END: 0.05},
            B: {A: 0.7, B: 0.15, C: 0.1, END: 0.05},
            C: {A: 0.6, B: 0.3, END: 0.1},
        }
    )
    [[(ids, _)]] = found(pendulum, [8], no_repeat_ngram=size)
    assert ids == expected


def test_special_ids_are_never_answered() -> None:
    wishes = Letters({BEGINNING: {0: 0.4, 1: 0.3, 2: 0.2, A: 0.1}, A: {END: 1.0}})
    [[(ids, score)]] = found(wishes, [5])
    assert ids == (A, END)
    assert score == pytest.approx(1)  # among what can be chosen


@pytest.mark.parametrize(("columns", "k"), [(8000, 5), (8000, 1), (1000, 7), (997, 5), (12, 12)])
def test_the_greatest_few_of_many(columns: int, k: int) -> None:
    x = np.random.default_rng(columns).permuted(
        np.tile(np.arange(columns, dtype=np.float32), (6, 1)), axis=1
    )
    values, places = top_k(_tensor(x), k)
    assert values.numpy().tolist() == [list(range(columns - 1, columns - 1 - k, -1))] * 6
    assert np.array_equal(np.take_along_axis(x, places.numpy(), 1), values)


@pytest.mark.parametrize("k", [1, 2])
def test_of_equal_numbers_the_first_is_taken(k: int) -> None:
    values, places = top_k(_tensor(np.array([[1, 7, 3, 7], [5, 5, 5, 5]], np.float32)), k)
    assert values.numpy().tolist() == [[7, 7][:k], [5, 5][:k]]
    assert places.numpy().tolist() == [[1, 3][:k], [0, 1][:k]]


def _tensor(x: Any) -> Any:
    import tensorflow as tf

    return tf.constant(x)
