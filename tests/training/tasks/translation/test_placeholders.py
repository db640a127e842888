"""Symbols in training pairs: the same on both sides, and only where both sides agree."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from models.texts.placeholders import SYMBOLS
from training.tasks.translation.placeholder_augmentation import with_placeholders

SYMBOL = re.compile(f"[{''.join(SYMBOLS)}]")


def many(source: str, target: str, rate: float = 1.0) -> list[tuple[str, str]]:
    random = np.random.default_rng(7)
    return [with_placeholders(source, target, random, rate) for _ in range(300)]


def test_both_sides_get_the_same_symbols_once() -> None:
    seen: Counter[str] = Counter()
    for source, target in many("Tom paid Mary 3.50 in Paris.", "Tom a payé 3.50 à Mary à Paris."):
        symbols = SYMBOL.findall(source)
        assert symbols
        assert sorted(symbols) == sorted(SYMBOL.findall(target))
        assert len(set(symbols)) == len(symbols)
        seen.update(symbols)
    assert set(seen) == set(SYMBOLS)


def test_a_word_is_replaced_or_stands_between_two_symbols() -> None:
    forms = {SYMBOL.sub("#", source) for source, _ in many("Tom came.", "Tom est venu.")}
    assert forms == {"# came.", "# Tom # came."}


def test_a_common_word_is_never_replaced() -> None:
    pairs = many("My parents left.", "Mes parents sont partis.")
    assert {SYMBOL.sub("#", target) for _, target in pairs} == {"Mes # parents # sont partis."}


def test_elided_names_count() -> None:
    pairs = many("I saw Anna's cat.", "J'ai vu le chat d'Anna.")
    assert {SYMBOL.sub("#", target) for _, target in pairs} == {
        *("J'ai vu le chat d'#.", "J'ai vu le chat d'# Anna #.")
    }


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("I see the cat.", "Je vois le chat."),
        ("We chat on.", "On chat."),  # short, and in both by chance
        ("Tom sees Tom.", "Tom se voit."),  # once here, twice there
        ("It is 3.5.", "Il est 35."),
        ("", ""),
    ],
)
def test_other_pairs_stay_as_they_are(source: str, target: str) -> None:
    assert set(many(source, target)) == {(source, target)}


def test_the_rate_is_the_share_of_pairs() -> None:
    pair = ("Tom came.", "Tom est venu.")
    changed = sum(one != pair for one in many(*pair, rate=0.25))
    assert 45 <= changed <= 105
    assert set(many(*pair, rate=0.0)) == {pair}


def test_a_pair_does_not_change_what_the_next_one_gets() -> None:
    pair = ("Tom paid 3 to Mary.", "Tom a payé 3 à Mary.")
    after = []
    for first in (("", ""), pair, ("A b.", "C d.")):
        random = np.random.default_rng(3)
        with_placeholders(*first, random)
        after.append(with_placeholders(*pair, random))
    assert after[0] == after[1] == after[2]
