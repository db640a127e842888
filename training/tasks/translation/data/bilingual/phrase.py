"""A pair of sentences, and the rule that says which are held out."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from training.tasks.translation.data.bilingual import french as fr
from training.tasks.translation.data.bilingual.clauses import Clause

HELD_OUT_EACH = 8  # one combination in so many is held out

Combination = tuple[str, str]


@dataclass(frozen=True)
class Phrase:
    """A sentence in both languages.

    Attributes:
        english: It.
        french: The same.
        combinations: Of words with words, and of words with constructions.
    """

    english: str
    french: str
    combinations: tuple[Combination, ...]

    @property
    def trains(self) -> bool:
        """Whether training may see it: no combination in it is held out."""
        return not any(map(is_held_out, self.combinations))


@functools.cache
def is_held_out(combination: Combination) -> bool:
    """Whether a combination stands in the test part alone, though each of the two trains."""
    first, second = combination
    value = hashlib.blake2b(f"{first}\n{second}".encode(), digest_size=4).digest()
    return int.from_bytes(value, "little") % HELD_OUT_EACH == 0


def said(clause: Clause, combinations: Iterable[Combination], end: str = ".") -> Phrase:
    """Makes a sentence of a clause: a capital, and what ends it."""
    before = "" if end == "." else fr.SPACE
    return Phrase(
        english=_capital(clause.english) + end,
        french=_capital(fr.spell(clause.french)) + before + end,
        combinations=tuple(combinations),
    )


def ending(form: str) -> str:
    """What ends a sentence of a form, see `clauses.FORMS`."""
    return "?" if form == "question" else "."


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
