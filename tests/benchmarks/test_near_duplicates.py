"""Sentences that differ from a training sentence in one word."""

from __future__ import annotations

from benchmarks.data.near_duplicates import near_duplicates

TRAIN = ["I can see you.", "Come in!", "The dog ate my hat", "Yes."]


def test_one_word_replaced_wherever_it_stands_is_a_near_duplicate() -> None:
    test = ["I can hear you", "We can see you.", "i CAN see them!", "Come here"]
    assert near_duplicates(TRAIN, test).all()


def test_two_words_replaced_or_one_more_or_one_less_is_none() -> None:
    test = ["You can hear you", "I can see you now", "I can see", "can I see you", "Come back in"]
    assert not near_duplicates(TRAIN, test).any()


def test_no_words_at_all_are_no_near_duplicate() -> None:
    assert not near_duplicates(TRAIN, ["", "?!"]).any()
