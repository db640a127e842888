"""Teaching a translator to leave symbols alone.

Where a number or a name stands in both sentences of a pair, unchanged and once, both may get the
same symbol in its place, or a pair of symbols around it, as mark-up would stand there. Another word
that both have may get symbols around it only: it may be a verb, and agreement hangs on it. So the
symbols of `models.texts.placeholders` come through a translation as they went in.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from models.texts.placeholders import SYMBOLS

_WORD = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:-[^\W\d_]+)*")
_SHORTEST_NAME = 2
_SHORTEST_WORD = 6  # shorter ones stand in both languages by chance, such as "on" and "chat"
_MOST = 3
_SHARE_AROUND = 0.25


def with_placeholders(
    source: str, target: str, random: np.random.Generator, rate: float = 1.0
) -> tuple[str, str]:
    """A pair of sentences in which symbols stand for what both have unchanged.

    Args:
        source: One sentence.
        target: Its translation.
        random: Alone decides what is done, and is used alike whatever the sentences are.
        rate: The share of the pairs to which it is done, where it can be.

    Returns:
        The pair, with symbols for or around one to three words, or as it was.
    """
    chance, count = random.random(), int(random.integers(1, _MOST + 1))
    around = random.random(_MOST) < _SHARE_AROUND
    order, symbols = random.random(64), random.permutation(len(SYMBOLS))
    if chance >= rate:
        return source, target
    shared = _shared(source, target)[: len(order)]
    chosen = [shared[place] for place in np.argsort(order[: len(shared)])[:count]]
    names = iter([SYMBOLS[symbol] for symbol in symbols])
    for word, both_sides in zip(chosen, around, strict=False):
        first = next(names)
        keeps_word = both_sides or word[0].islower()
        instead = f"{first} {word} {next(names)}" if keeps_word else first
        source, target = _replaced(source, word, instead), _replaced(target, word, instead)
    return source, target


def _shared(source: str, target: str) -> list[str]:
    """Numbers, names and long words that stand once in each sentence, as the source has them."""
    here, there = Counter(_WORD.findall(source)), Counter(_WORD.findall(target))
    return [word for word, count in here.items() if count == 1 == there[word] and _is_to_keep(word)]


def _is_to_keep(word: str) -> bool:
    if word[0].isdigit():
        return True
    return len(word) >= (_SHORTEST_NAME if word[0].isupper() else _SHORTEST_WORD)


def _replaced(sentence: str, word: str, instead: str) -> str:
    """With something in place of a word that stands there once."""
    return _WORD.sub(lambda match: instead if match[0] == word else match[0], sentence)
