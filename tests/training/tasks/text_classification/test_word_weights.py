"""What words weigh: as much as a made-up model gives them, within a budget."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from models.tasks.text_classification.predict import MOST_IDS
from models.texts.tokenizers import PADDING, Ids, NgramTokenizer, Tokenizer, WordTokenizer
from tests.helpers.text_models import NGRAMS, ODD_TEXTS, WORDS
from training.tasks.text_classification.word_weights import WordWeights, word_weights

GIVEN = {"good": 1.5, "great": 2.5, "bad": -2.0, "awful": -3.0, "film": 0.0, "the": 0.0}
TOKENIZER = WordTokenizer(vocabulary=tuple(GIVEN), max_tokens=50, head=20)


class Toy:
    """A model of two classes: the second's log-odds are the sum of what the ids weigh."""

    def __init__(self, tokenizer: Tokenizer, given: Mapping[str, float]) -> None:
        self.calls: list[Ids] = []
        self.weights = np.zeros(tokenizer.size)
        for words, weight in given.items():
            self.weights[tokenizer.ids(words)[0][-1]] = weight

    def __call__(self, ids: Ids) -> NDArray[np.float32]:
        self.calls.append(ids)
        sums = self.weights[ids].sum(axis=1)
        return np.stack([-sums / 2, sums / 2], axis=1).astype(np.float32)


def made_texts(count: int = 60, length: int = 6) -> list[str]:
    random = np.random.default_rng(1)
    return [" ".join(random.choice(list(GIVEN), length, replace=False)) for _ in range(count)]


def answered(ids: Ids, logits: NDArray[np.float64]) -> NDArray[np.float32]:
    """The same answer whatever the text."""
    return np.tile(logits.astype(np.float32), (len(ids), 1))


def by_word(weights: WordWeights, label: int = 1) -> dict[str, float]:
    return dict(zip(weights.words, weights.means[:, label].tolist(), strict=True))


def test_words_weigh_what_the_model_gives_them() -> None:
    weights = word_weights(Toy(TOKENIZER, GIVEN), TOKENIZER, made_texts(length=3))
    assert by_word(weights) == pytest.approx(GIVEN, abs=1e-5)
    assert by_word(weights, 0) == pytest.approx({w: -x for w, x in GIVEN.items()}, abs=1e-5)
    assert weights.errors == pytest.approx(np.zeros_like(weights.means), abs=1e-5)
    assert weights.texts.tolist() == [20] * len(GIVEN)
    assert weights.sample == 60


def test_each_of_several_classes_is_against_all_others() -> None:
    def predict(ids: Ids) -> NDArray[np.float32]:
        return np.array([[2 if 2 in row else 0, 0, 0] for row in ids], np.float32)

    found = word_weights(predict, TOKENIZER, ["good film", *["the film"] * 3] * 10)
    # Odds of the first class are e^2 : 2 with the word and 1 : 2 without; of another they are
    # 1 : e^2 + 1 and 1 : 2.
    other = np.log(2 / (np.exp(2) + 1))
    means = found.means[found.words.index("good")]
    assert means.tolist() == pytest.approx([2.0, other, other])


def test_a_word_is_taken_out_wherever_it_stands() -> None:
    texts = ["good film good", "good good good"] * 10
    weights = word_weights(Toy(TOKENIZER, GIVEN), TOKENIZER, texts)
    assert by_word(weights)["good"] == pytest.approx(1.5 * 2.5)
    # Half of the falls are 3, half 4.5.
    error = weights.errors[weights.words.index("good"), 1]
    assert error == pytest.approx(np.std([3, 4.5] * 10, ddof=1) / np.sqrt(20))


@pytest.mark.parametrize("distinct", [False, True])
def test_ngrams_are_those_of_the_words_that_are_left(distinct: bool) -> None:
    tokenizer = NgramTokenizer(
        buckets=2**16, word_ngrams=2, max_tokens=20, head=10, distinct=distinct
    )
    toy = Toy(tokenizer, {})
    (after,) = set(tokenizer.ids("film good")[0]) - {*tokenizer.ids("film")[0]} - {
        *tokenizer.ids("good")[0]
    }  # fmt: skip
    toy.weights[after] = 4.0
    weights = by_word(word_weights(toy, tokenizer, ["film not good"] * 10))
    # Without "not" there is "film good", which there was not before.
    assert weights == pytest.approx({"film": 0, "not": -4.0, "good": 0})


def test_what_tells_is_measured_before_what_is_frequent() -> None:
    texts = [f"the film {word}" for word in ("good", "bad", "the") for _ in range(30)]
    weights = word_weights(Toy(TOKENIZER, GIVEN), TOKENIZER, texts, most_words=2)
    assert set(weights.words) == {"good", "bad"}


def test_rare_words_are_left_out() -> None:
    texts = ["good film"] * 20 + ["awful film"] * 4
    toy = Toy(TOKENIZER, GIVEN)
    assert set(word_weights(toy, TOKENIZER, texts).words) == {"good", "film"}
    assert "awful" in word_weights(toy, TOKENIZER, texts, min_texts=4).words


def test_the_same_is_measured_each_time() -> None:
    texts = made_texts(200)
    first, second = (
        word_weights(Toy(TOKENIZER, GIVEN), TOKENIZER, texts, budget=1500) for _ in range(2)
    )
    assert first.words == second.words
    assert np.array_equal(first.means, second.means)
    assert np.array_equal(first.texts, second.texts)


@pytest.mark.parametrize("budget", [1, 30, 300, 1000, 3000])
def test_no_more_is_read_than_the_budget_allows(budget: int) -> None:
    toy = Toy(TOKENIZER, GIVEN)
    weights = word_weights(toy, TOKENIZER, made_texts(500), budget=budget)
    # A word less is read than there are in the text.
    read = sum(int((ids != PADDING).sum()) for ids in toy.calls) + sum(weights.texts)
    assert read <= max(budget, 6)
    assert all(weights.texts >= 5)
    assert (len(weights.words) > 0) == (budget >= 300)


def test_a_small_budget_gives_few_words_their_texts_rather_than_all_too_few() -> None:
    weights = word_weights(Toy(TOKENIZER, GIVEN), TOKENIZER, made_texts(500), budget=120)
    assert weights.texts.tolist() == [5, 5, 5][: len(weights.words)]
    assert 0 < len(weights.words) < len(GIVEN)


def test_a_call_has_texts_of_like_length_and_not_too_many() -> None:
    tokenizer = WordTokenizer(vocabulary=tuple(GIVEN), max_tokens=30_000, head=20_000)
    texts = ["good film " * number for number in (1, 40, 6000) for _ in range(12)]
    toy = Toy(tokenizer, GIVEN)
    word_weights(toy, tokenizer, texts)
    assert len(toy.calls) > 3
    for ids in toy.calls:
        assert len(ids) == 1 or ids.size <= MOST_IDS
        lengths = (ids != PADDING).sum(axis=1)
        assert tokenizer.bucket_length(lengths.min()) == ids.shape[1]


@pytest.mark.parametrize("tokenizer", [WORDS, NGRAMS], ids=["words", "ngrams"])
@pytest.mark.parametrize("answer", [np.zeros(3), np.eye(3)[0]], ids=["even", "sure"])
def test_odd_texts_are_read_like_any(tokenizer: Tokenizer, answer: NDArray[np.float64]) -> None:
    texts = [*ODD_TEXTS.values(), "", "  ", "\0"] * 6
    weights = word_weights(lambda ids: answered(ids, answer), tokenizer, texts)
    assert "good" in weights.words
    assert all(len(word) <= tokenizer.max_word_length for word in weights.words)
    assert not weights.means.any()


@pytest.mark.parametrize("texts", [[""], ["good"], [""] * 30, ["good bad"] * 4])
def test_of_too_few_texts_nothing_is_measured(texts: list[str]) -> None:
    weights = word_weights(Toy(TOKENIZER, GIVEN), TOKENIZER, texts)
    assert (weights.words, weights.sample) == ((), len(texts))
    assert weights.means.shape == weights.errors.shape == (0, 2)


@pytest.mark.parametrize("lost", [np.nan, np.inf, -np.inf])
def test_a_model_without_answers_gives_no_weights(lost: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        weights = word_weights(lambda rows: np.full((len(rows), 2), lost), TOKENIZER, made_texts())
    assert weights.words == ()
