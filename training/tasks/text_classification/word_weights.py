"""How much single words move a text classifier's answers, whatever its architecture.

A word's weight for a class is how far the class's log-odds fall, on average, when the word is taken
out of texts in which it stands (after Li, Monroe and Jurafsky 2016, "Understanding Neural Networks
through Representation Erasure"). The rest of the text is read anew, so that n-grams are
those of the words that are left. Some texts and some words stand for all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from models.tasks.text_classification.predict import answers_by_length
from models.texts.tokenizers import Ids, Tokenizer

MOST_WORDS = 300
TEXTS_EACH = 20
MIN_TEXTS = 5
BUDGET = 2**20  # words that are read: seconds, of a recurrent network some tens of them
_SAMPLE = 4  # one part in so many of the budget is for texts as they are
_MOST_TEXTS = 256  # of one call

Predict = Callable[[Ids], NDArray[np.float32]]


@dataclass(frozen=True)
class WordWeights:
    """What words weigh.

    Attributes:
        words: As the tokenizer reads them.
        texts: int64 `[words]`, from how many texts each was taken out.
        means: float64 `[words, classes]`, the mean fall of the class's log-odds, in nats.
        errors: float64 `[words, classes]`, the standard errors of these means.
        sample: In how many texts words were looked for.
    """

    words: tuple[str, ...]
    texts: NDArray[np.int64]
    means: NDArray[np.float64]
    errors: NDArray[np.float64]
    sample: int


def word_weights(
    predict: Predict,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    *,
    most_words: int = MOST_WORDS,
    texts_each: int = TEXTS_EACH,
    min_texts: int = MIN_TEXTS,
    budget: int = BUDGET,
) -> WordWeights:
    """Measures the words that stand most in texts of one class rather than another.

    Which these are is judged by the model's own answers, not by labels. The same arguments give
    the same weights.

    Args:
        predict: From ids, int32 `[batch, length]`, padded, to logits, float32 `[batch, classes]`.
        tokenizer: Of the model.
        texts: At least one, none of those that it was trained on.
        most_words: How many words to measure.
        texts_each: On how many texts each, at most.
        min_texts: A word that is measured on fewer is left out; at least two.
        budget: The most words that are read in all, but one text is read in any case.
    """
    readings = _sample(tokenizer, texts, budget // _SAMPLE)
    rows = [tokenizer.ids_of(words) for words in readings]
    whole = _log_odds(predict, tokenizer, rows)
    places = _places(readings, min_texts)
    words = _telling(places, whole)[:most_words]
    left = budget - sum(map(len, readings))
    trials = _affordable(
        _trials([places[word] for word in words], texts_each, min_texts), readings, left
    )
    if not trials:
        return _summary(words, np.empty(0, np.intp), whole[:0], min_texts, len(readings))

    without = [
        tokenizer.ids_of([word for word in readings[place] if word != words[number]])
        for number, place in trials
    ]
    numbers, where = np.array(trials).T
    falls = whole[where] - _log_odds(predict, tokenizer, without)
    return _summary(words, numbers, falls, min_texts, len(readings))


def _sample(tokenizer: Tokenizer, texts: Sequence[str], budget: int) -> list[list[str]]:
    """The words of texts, picked evenly, until there are as many as the budget allows."""
    readings: list[list[str]] = []
    for place in np.random.default_rng(0).permutation(len(texts)).tolist():
        words = tokenizer.read(texts[place]).words
        budget -= len(words)
        if readings and budget < 0:
            break
        readings.append(words)
    return readings


def _places(readings: Sequence[Sequence[str]], fewest: int) -> dict[str, list[int]]:
    """In which of the texts each word stands; words of fewer texts are left out."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, words in enumerate(readings):
        for word in dict.fromkeys(words):
            places[word].append(place)
    return {word: found for word, found in places.items() if len(found) >= fewest}


def _telling(places: dict[str, list[int]], log_odds: NDArray[np.float64]) -> list[str]:
    """The words, those first with whose presence the log-odds of some class rise most.

    Each class gives its first word before any gives its second.

    Args:
        places: In which texts each word stands.
        log_odds: float64 `[texts, classes]`.
    """
    if not places:
        return []
    deviations = log_odds - log_odds.mean(axis=0)
    # A mean of few texts is far from the others by chance: standard errors are what is compared.
    rises = np.stack(
        [deviations[found].sum(axis=0) / np.sqrt(len(found)) for found in places.values()]
    )
    ranks = np.argsort(np.argsort(-rises, axis=0, kind="stable"), axis=0).min(axis=1)
    words = list(places)
    return [words[number] for number in np.argsort(ranks, kind="stable")]


def _trials(places: Sequence[Sequence[int]], most: int, fewest: int) -> list[tuple[int, int]]:
    """Which word to take out of which text, by their numbers, in the order of their worth.

    The fewest texts that a word needs come for word after word; after that, one for each in turn.
    """
    needed = [(number, place) for number, found in enumerate(places) for place in found[:fewest]]
    more = [
        (number, found[turn])
        for turn in range(fewest, most)
        for number, found in enumerate(places)
        if turn < len(found)
    ]
    return needed + more


def _affordable(
    trials: list[tuple[int, int]], readings: Sequence[Sequence[str]], budget: int
) -> list[tuple[int, int]]:
    costs = np.cumsum([len(readings[place]) for _, place in trials])
    return trials[: int(np.searchsorted(costs, budget, side="right"))]


def _log_odds(predict: Predict, tokenizer: Tokenizer, rows: Sequence[Ids]) -> NDArray[np.float64]:
    """Each class against all others, float64 `[texts, classes]`."""
    logits = answers_by_length(tokenizer, rows, predict, _MOST_TEXTS)
    return _against_others(logits.astype(np.float64))


def _against_others(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    # A network whose training diverged has no answers.
    logits = np.where(np.isfinite(logits), logits, np.nan)
    others = [
        logsumexp(np.delete(logits, label, axis=1), axis=1) for label in range(logits.shape[1])
    ]
    against: NDArray[np.float64] = logits - np.stack(others, axis=1)
    return against


def _summary(
    words: Sequence[str],
    numbers: NDArray[np.intp],
    falls: NDArray[np.float64],
    fewest: int,
    sample: int,
) -> WordWeights:
    """Means over trials: of words `[trials]` by number, with falls float64 `[trials, classes]`."""
    counts = np.bincount(numbers, minlength=len(words))
    sums, squares = np.zeros((2, len(words), falls.shape[1]))
    np.add.at(sums, numbers, falls)
    divisor = np.maximum(counts, 1)[:, np.newaxis]
    means = sums / divisor
    np.add.at(squares, numbers, np.square(falls - means[numbers]))
    errors = np.sqrt(squares / np.maximum(divisor - 1, 1) / divisor)
    kept = np.flatnonzero((counts >= max(fewest, 2)) & np.isfinite(means).all(axis=1))
    return WordWeights(
        words=tuple(words[number] for number in kept.tolist()),
        texts=counts[kept],
        means=means[kept],
        errors=errors[kept],
        sample=sample,
    )
