"""Sentence pairs as ids, and their batches: by tokens, of like length, the same for a seed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import InvalidSetting
from models.texts.placeholders import SYMBOLS
from models.texts.sentencepiece_file import BEGINNING, END, PADDING, UNKNOWN
from models.texts.subwords import Subwords, normalized
from tests.helpers.translators import small_recipe
from training.data.catalogue import load_dataset
from training.data.texts.text_rows import TextRows
from training.fitting.batches import Batch, Batches
from training.tasks.translation.batches import PairBatches, PairValidationBatches
from training.tasks.translation.data.encoded_pairs import EncodedPairs
from training.tasks.translation.data.pair_dataset import PairSplit
from training.tasks.translation.learn_subwords import learn_subwords
from training.tasks.translation.recipe import PairAugment

TOKENS = 256
CHANGED = PairAugment(subword_sampling=0.3, placeholders=0.5)
Pair = tuple[str, str]


@pytest.fixture(scope="module")
def dataset() -> EncodedPairs:
    recipe = small_recipe()
    return EncodedPairs.of(load_dataset(recipe.data), recipe)


def batches_of(dataset: EncodedPairs, seed: int = 0, epoch: int = 0, **options: Any) -> PairBatches:
    options = {"tokens": TOKENS, "most": 100, "augment": PairAugment(), **options}
    batches = PairBatches(dataset.train, dataset.subwords, seed=seed, **options)
    batches.epoch = epoch
    return batches


def each(batches: Batches) -> list[Batch]:
    return [batches[number] for number in range(len(batches))]


def said(batches: Batches, subwords: Subwords) -> list[Pair]:
    """Every pair as its ids read, in order."""
    return sorted(
        (subwords.decode(source), subwords.decode(target))
        for (sources, _), wanted in each(batches)
        for source, target in zip(sources, wanted, strict=True)
    )


def written(part: PairSplit) -> list[Pair]:
    def read(text: str) -> str:
        return " ".join(normalized(text).split())

    return sorted((read(a), read(b)) for a, b in zip(part.sources, part.targets, strict=True))


def lengths(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = (ids != PADDING).sum(axis=1)
    return counts


@pytest.mark.parametrize("augment", [PairAugment(), PairAugment(subword_sampling=0.2)])
@pytest.mark.parametrize("epoch", [0, 3])
def test_every_pair_is_in_one_batch_of_an_epoch(
    dataset: EncodedPairs, augment: PairAugment, epoch: int
) -> None:
    batches = batches_of(dataset, epoch=epoch, augment=augment)
    assert said(batches, dataset.subwords) == written(dataset.train.pairs)


def test_every_epoch_has_as_many_batches(dataset: EncodedPairs) -> None:
    batches = batches_of(dataset)
    counts = set()
    for batches.epoch in range(5):
        counts.add(len(batches))
    assert len(counts) == 1


@pytest.mark.parametrize("tokens", [16, TOKENS, 4096])
def test_no_batch_has_more_ids_than_asked_for(dataset: EncodedPairs, tokens: int) -> None:
    for batches in (
        batches_of(dataset, tokens=tokens),
        PairValidationBatches(dataset.validation, tokens),
    ):
        for (sources, before), wanted in each(batches):
            assert len(sources) == 1 or max(sources.size, wanted.size) <= tokens
            assert before.shape == wanted.shape


def test_no_batch_has_more_pairs_than_asked_for(dataset: EncodedPairs) -> None:
    sizes = [len(wanted) for _, wanted in each(batches_of(dataset, tokens=10**6, most=7))]
    assert max(sizes) == 7
    assert min(sizes) >= 1


def test_little_of_a_batch_is_padding(dataset: EncodedPairs) -> None:
    made = each(batches_of(dataset, tokens=1024))
    real = sum(lengths(sources).sum() + lengths(wanted).sum() for (sources, _), wanted in made)
    assert real / sum(sources.size + wanted.size for (sources, _), wanted in made) > 0.75


def test_what_is_given_is_what_is_wanted_one_later(dataset: EncodedPairs) -> None:
    for batches in (
        batches_of(dataset, augment=CHANGED),
        PairValidationBatches(dataset.validation, TOKENS),
    ):
        for (sources, before), wanted in each(batches):
            assert {array.dtype for array in (sources, before, wanted)} == {np.dtype(np.int32)}
            assert (before[:, 0] == BEGINNING).all()
            assert np.array_equal(before[:, 1:], wanted[:, :-1])
            for ids in (sources, wanted):
                rows = np.arange(len(ids))
                assert (ids[rows, lengths(ids) - 1] == END).all()
                assert ((ids == END).sum(axis=1) == 1).all()


def flat(batches: Batches) -> list[list[int]]:
    arrays = [(*inputs, wanted) for inputs, wanted in each(batches)]
    return [array.ravel().tolist() for some in arrays for array in some]


def test_the_seed_and_the_epoch_alone_decide(dataset: EncodedPairs) -> None:
    first = batches_of(dataset, 1, 2, augment=CHANGED)
    second = flat(first)
    for first.epoch in (0, 2):
        backwards = [first[number] for number in reversed(range(len(first)))]  # nor does the order
    assert flat(first) == second == flat(batches_of(dataset, 1, 2, augment=CHANGED))
    assert backwards[-1][1].tolist() == first[0][1].tolist()
    assert flat(batches_of(dataset, 1, 3, augment=CHANGED)) != second
    assert flat(batches_of(dataset, 2, 2, augment=CHANGED)) != second


def test_other_sentences_meet_in_each_epoch(dataset: EncodedPairs) -> None:
    def together(epoch: int) -> set[frozenset[str]]:
        made = each(batches_of(dataset, epoch=epoch))
        return {frozenset(map(dataset.subwords.decode, wanted)) for _, wanted in made}

    first, second = together(0), together(1)
    assert len(first & second) < len(first) / 4


def test_short_batches_come_among_long_ones(dataset: EncodedPairs) -> None:
    widths = [wanted.shape[1] for _, wanted in each(batches_of(dataset))]
    assert abs(np.corrcoef(widths, range(len(widths)))[0, 1]) < 0.4


_SYMBOL = re.compile("|".join(map(re.escape, SYMBOLS)))


def parts(text: str) -> list[str]:
    return [part for some in _SYMBOL.split(text) if (part := some.strip())]


def stand_in(pair: Pair, whole: Pair) -> bool:
    """Whether what is left between the symbols stands in a whole pair, in order."""
    return all(
        re.search(".*".join(map(re.escape, parts(text))), of_whole)
        for text, of_whole in zip(pair, whole, strict=True)
    )


def test_pairs_with_symbols_are_still_the_pairs(dataset: EncodedPairs) -> None:
    plain = written(dataset.train.pairs)
    got = said(batches_of(dataset, augment=CHANGED), dataset.subwords)
    changed = [pair for pair in got if _SYMBOL.search(pair[0])]
    assert {pair for pair in got if pair not in changed} <= set(plain)
    assert len(got) == len(plain)
    assert len(changed) > 20
    for pair in changed:
        source, target = map(_SYMBOL.findall, pair)
        assert sorted(source) == sorted(target)
        assert any(stand_in(pair, whole) for whole in plain), pair


def test_sampling_cuts_in_other_ways(dataset: EncodedPairs) -> None:
    augment = PairAugment(subword_sampling=0.2)
    sampled, best = flat(batches_of(dataset, augment=augment)), flat(batches_of(dataset))
    assert sum(map(len, sampled)) > sum(map(len, best))


def test_a_way_to_cut_that_is_too_long_is_not_taken(dataset: EncodedPairs) -> None:
    longest = int(dataset.train.lengths.max())
    tight = Subwords(dataset.subwords.model, longest)
    batches = PairBatches(
        dataset.train,
        tight,
        PairAugment(subword_sampling=0.01),
        tokens=TOKENS,
        most=100,
        seed=0,
    )
    found = [
        lengths(ids).max() for (sources, _), wanted in each(batches) for ids in (sources, wanted)
    ]
    assert max(found) == longest


def test_one_pair_alone_makes_a_batch(dataset: EncodedPairs) -> None:
    split = dataset.train.take(np.array([5]))
    batches = PairBatches(split, dataset.subwords, PairAugment(), tokens=16, most=1, seed=0)
    assert said(batches, dataset.subwords) == written(split.pairs)
    assert len(PairValidationBatches(split, 16)) == 1


def test_validation_has_every_pair_once_short_ones_first(dataset: EncodedPairs) -> None:
    batches = PairValidationBatches(dataset.validation, TOKENS)
    assert said(batches, dataset.subwords) == written(dataset.validation.pairs)
    widths = [max(sources.shape[1], wanted.shape[1]) for (sources, _), wanted in each(batches)]
    assert widths == sorted(widths)


@pytest.mark.parametrize("tokens", [40, 256])
def test_no_validation_batch_has_more_ids_than_asked_for(
    dataset: EncodedPairs, tokens: int
) -> None:
    batches = each(PairValidationBatches(dataset.validation, tokens))
    sizes = [max(sources.size, wanted.size) for (sources, _), wanted in batches]
    assert max(sizes) <= tokens
    # All but the last one have no room for one more of the next one's width.
    widths = [max(sources.shape[1], wanted.shape[1]) for (sources, _), wanted in batches]
    counts = [len(wanted) for _, wanted in batches]
    for count, wider in zip(counts[:-1], widths[1:], strict=True):
        assert (count + 1) * wider > tokens


# The subwords of a data set


def with_more(dataset: EncodedPairs, **parts: Iterable[str]) -> Any:
    """The raw data set with sentences at the end of parts, each its own translation."""
    raw = dataset.raw
    changes: dict[str, Any] = {
        name: PairSplit(
            TextRows.of([*getattr(raw, name).sources, *texts]),
            TextRows.of([*getattr(raw, name).targets, *texts]),
            np.zeros(len(getattr(raw, name)) + len(list(texts)), np.int64),
        )
        for name, texts in parts.items()
    }
    return dataclasses.replace(raw, **changes)


def test_the_vocabulary_is_of_the_training_part_alone(dataset: EncodedPairs) -> None:
    strange = ["zyzzyva qwyjibo"] * 300
    raw = with_more(dataset, validation=strange, test=strange)
    assert EncodedPairs.of(raw, small_recipe()).subwords.model == dataset.subwords.model
    raw = with_more(dataset, train=strange)
    assert EncodedPairs.of(raw, small_recipe()).subwords.model != dataset.subwords.model


def test_the_vocabulary_is_of_both_languages(dataset: EncodedPairs) -> None:
    texts = [*dataset.raw.train.sources]
    assert learn_subwords(texts, 520, 0) != dataset.subwords.model
    pieces = {piece.text for piece in dataset.subwords.pieces}
    assert {"▁the", "▁les"} <= pieces


def test_the_recipe_says_how_capitals_are_written(dataset: EncodedPairs) -> None:
    plain = EncodedPairs.of(dataset.raw, small_recipe(**{"subwords.capitals": "plain"}))
    assert dataset.subwords.marks_capitals
    assert not plain.subwords.marks_capitals


def test_pairs_that_are_too_long_leave_the_training_part_with_a_note(dataset: EncodedPairs) -> None:
    long = " ".join(["Sarah"] * 60)
    raw = with_more(dataset, train=[long, long], validation=[long])
    read = EncodedPairs.of(raw, small_recipe())
    assert len(read.train) == len(read.raw.train) - 2 == len(dataset.train)
    assert len(read.validation) == len(raw.validation)
    assert read.train.lengths.max() <= 48
    [*_, note] = read.notes
    assert note == "left out 2 pairs of the train part with more than 48 subwords"
    assert dataset.notes == dataset.raw.notes


def test_where_every_pair_is_too_long_the_setting_is_named(dataset: EncodedPairs) -> None:
    texts = [f"{text} {text} {text} {text}" for text in dataset.raw.train.sources]
    rows = TextRows.of(texts)
    train = PairSplit(rows, rows, np.zeros(len(rows), np.int64))
    recipe = small_recipe(**{"subwords.longest": 16})
    keep = np.array([len(text) > 100 for text in texts])
    raw = dataclasses.replace(dataset.raw, train=train.take(np.flatnonzero(keep)))
    with pytest.raises(InvalidSetting, match=r"subwords\.longest: expected at least \d+, .* 16$"):
        EncodedPairs.of(raw, recipe)


def test_too_many_pieces_are_told_in_one_line(dataset: EncodedPairs) -> None:
    recipe = small_recipe(**{"subwords.vocabulary_size": 90_000})
    with pytest.raises(InvalidSetting, match="vocabulary_size: expected at most") as refused:
        EncodedPairs.of(dataset.raw, recipe)
    assert "\n" not in str(refused.value)


def test_target_word_dropout_hides_that_share_of_what_the_decoder_sees_and_nothing_else(
    dataset: EncodedPairs,
) -> None:
    plain = each(batches_of(dataset))
    hiding = each(batches_of(dataset, augment=PairAugment(target_word_dropout=0.25)))

    hidden = words = 0
    for ((source, given), wanted), ((source_then, given_then), wanted_then) in zip(
        plain, hiding, strict=True
    ):
        np.testing.assert_array_equal(source, source_then)
        np.testing.assert_array_equal(wanted, wanted_then)
        assert given_then.dtype == np.int32
        changed = given != given_then
        assert (given_then[changed] == UNKNOWN).all()
        assert (given[changed] > END).all()
        hidden, words = hidden + changed.sum(), words + (given > END).sum()
    assert hidden / words == pytest.approx(0.25, abs=0.03)


def test_other_target_words_are_hidden_in_each_epoch_and_the_same_for_a_seed(
    dataset: EncodedPairs,
) -> None:
    def seen(epoch: int, share: float) -> list[list[int]]:
        augment = PairAugment(target_word_dropout=share)
        batches = each(batches_of(dataset, augment=augment, epoch=epoch))
        rows = [row for (_, given), _ in batches for row in given]
        return sorted(row[~np.isin(row, (PADDING, END))].tolist() for row in rows)

    assert seen(1, 0.25) == seen(1, 0.25)
    assert seen(1, 0.25) != seen(2, 0.25)
    assert seen(1, 0) == seen(2, 0)
