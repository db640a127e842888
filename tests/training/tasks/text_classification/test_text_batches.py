"""Texts as ids: tokenizers from the training part, batches by length, counts by class."""

from __future__ import annotations

import numpy as np
import pytest

from models.errors import InvalidSetting
from models.texts.tokenizers import NgramTokenizer, WordTokenizer
from training.data.texts.id_rows import IdRows
from training.data.texts.text_rows import TextRows
from training.tasks.text_classification.batches import (
    TextBatches,
    TextValidationBatches,
    log_count_ratios,
)
from training.tasks.text_classification.learn_tokenizer import learn_tokenizer
from training.tasks.text_classification.recipe import HashedNgrams, Words
from training.tasks.text_classification.tokenized import TokenizedSplit

TOKENIZER = WordTokenizer(vocabulary=tuple("abcdefgh"), max_tokens=200, head=100)
LENGTHS = np.random.default_rng(0).integers(1, 200, size=500)


@pytest.fixture(scope="module")
def ids() -> IdRows:
    return IdRows.of(TOKENIZER.ids(" ".join("a" * length))[0] for length in LENGTHS)


def batches_of(ids: IdRows, seed: int = 0, epoch: int = 0) -> TextBatches:
    targets = np.eye(500, dtype=np.float32)  # each text is its own class, so that it is known again
    batches = TextBatches(ids, targets, TOKENIZER, 8, seed)
    batches.epoch = epoch
    return batches


def test_rows_are_what_the_tokenizer_says(ids: IdRows) -> None:
    assert ids.lengths.tolist() == LENGTHS.tolist()
    assert ids[3].tolist() == [2] * LENGTHS[3]
    some = ids.take(np.array([7, 3]))
    assert some.lengths.tolist() == [LENGTHS[7], LENGTHS[3]]
    assert len(some[1]) == LENGTHS[3]


def test_an_epoch_has_every_text_once_but_for_the_rest(ids: IdRows) -> None:
    batches = batches_of(ids)
    seen = [
        int(place)
        for _, targets in map(batches.__getitem__, range(62))
        for place in targets.argmax(1)
    ]
    assert len(batches) == 62
    assert len(seen) == len(set(seen)) == 496


def test_inputs_belong_to_their_targets(ids: IdRows) -> None:
    inputs, targets = batches_of(ids)[5]
    assert (inputs != 0).sum(axis=1).tolist() == LENGTHS[targets.argmax(1)].tolist()


def test_little_of_a_batch_is_padding(ids: IdRows) -> None:
    batches = batches_of(ids)
    sizes = [batch.size for batch, _ in map(batches.__getitem__, range(len(batches)))]
    assert LENGTHS.sum() / sum(sizes) > 0.75  # 0.5 where texts are put together at random
    assert {batch.shape[1] for batch, _ in map(batches.__getitem__, range(62))} <= set(
        TOKENIZER.lengths
    )


def test_short_batches_come_among_long_ones(ids: IdRows) -> None:
    batches = batches_of(ids)
    means = [float((batch != 0).sum(1).mean()) for batch, _ in map(batches.__getitem__, range(62))]
    assert abs(np.corrcoef(means, range(62))[0, 1]) < 0.4


def test_seed_and_epoch_decide_the_order(ids: IdRows) -> None:
    first, again = batches_of(ids, 1, 2)[0][1], batches_of(ids, 1, 2)[0][1]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, batches_of(ids, 1, 3)[0][1])
    assert not np.array_equal(first, batches_of(ids, 2, 2)[0][1])


def test_class_weights_become_weights_of_texts(ids: IdRows) -> None:
    weights = np.arange(500, dtype=np.float32)
    batches = TextBatches(
        ids, np.eye(500, dtype=np.float32), TOKENIZER, 8, 0, class_weights=weights
    )
    _, targets, of_texts = batches[0]
    assert of_texts.tolist() == targets.argmax(1).tolist()


def test_validation_has_every_text_once(ids: IdRows) -> None:
    batches = TextValidationBatches(ids, np.eye(500, dtype=np.float32), TOKENIZER)
    seen = np.concatenate([batches[number][1].argmax(1) for number in range(len(batches))])
    assert sorted(seen.tolist()) == list(range(500))


def split_of(texts: list[str], labels: list[int], tokenizer: WordTokenizer) -> TokenizedSplit:
    rows = TextRows.of(texts)
    marks = np.array(labels, np.int64)
    ids = IdRows.of(tokenizer.ids(text)[0] for text in rows)
    return TokenizedSplit(ids, rows, marks, np.zeros_like(marks))


def test_log_count_ratios_are_those_of_the_paper() -> None:
    tokenizer = WordTokenizer(vocabulary=("good", "bad", "film"), max_tokens=9, head=5)
    part = split_of(["good film", "good good", "bad film", "bad"], [1, 1, 0, 0], tokenizer)
    ratios = log_count_ratios(part, 2, tokenizer.size, alpha=1.0)
    # ids: padding, unknown, good, bad, film; a word counts once a text
    positive, negative = np.array([1, 3, 1, 2]) / 7, np.array([1, 1, 3, 2]) / 7
    assert ratios.shape == (5, 1)
    assert ratios[0, 0] == 0
    # padding is counted in neither sum but for its smoothing, which both have
    expected = np.log(positive / negative)
    assert ratios[1:, 0] == pytest.approx(expected, abs=1e-6)


def test_other_ids_are_counted_where_a_network_makes_them() -> None:
    tokenizer = WordTokenizer(vocabulary=("x", "y"), max_tokens=9, head=5)
    part = split_of(["x x", "y", "y y"], [1, 0, 0], tokenizer)
    ratios = log_count_ratios(part, 2, 4, 1.0, lambda ids: np.array([0, len(ids)], np.int32))
    # of lengths: one text of the first class and one of the second have two words
    positive, negative = np.array([1, 2, 1]) / 5, np.array([2, 2, 1]) / 6
    assert ratios[0, 0] == 0
    assert ratios[1:, 0] == pytest.approx(np.log(positive / negative), abs=1e-6)


def test_of_more_classes_each_is_against_the_rest() -> None:
    tokenizer = WordTokenizer(vocabulary=("x", "y", "z"), max_tokens=9, head=5)
    part = split_of(["x", "y", "z"], [0, 1, 2], tokenizer)
    ratios = log_count_ratios(part, 3, tokenizer.size, alpha=0.5)
    assert ratios.shape == (5, 3)
    assert (ratios[2:].argmax(axis=0) == [0, 1, 2]).all()


def test_a_vocabulary_is_of_frequent_words_most_frequent_first() -> None:
    texts = ["b b a a a c", "C d"]
    section = Words(kind="words", vocabulary_size=3, min_count=2)
    tokenizer = learn_tokenizer(section, texts)
    assert isinstance(tokenizer, WordTokenizer)
    assert tokenizer.vocabulary == ("a", "b", "c")
    cased = learn_tokenizer(section.model_copy(update={"lowercase": False, "min_count": 1}), texts)
    assert isinstance(cased, WordTokenizer)
    assert cased.vocabulary == ("a", "b", "C")
    with pytest.raises(InvalidSetting, match=r"tokenizer\.min_count: no word stands 4 times"):
        learn_tokenizer(section.model_copy(update={"min_count": 4}), texts)


def test_hashed_ngrams_need_no_texts() -> None:
    section = HashedNgrams(kind="hashed_ngrams", buckets=64, word_ngrams=3, max_tokens=11, head=4)
    tokenizer = learn_tokenizer(section, [])
    assert isinstance(tokenizer, NgramTokenizer)
    assert (tokenizer.buckets, tokenizer.word_ngrams, tokenizer.head) == (64, 3, 4)
