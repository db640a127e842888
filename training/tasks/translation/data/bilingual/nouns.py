"""Nouns with what stands before and behind them, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from training.tasks.translation.data.bilingual import english as en
from training.tasks.translation.data.bilingual import french as fr
from training.tasks.translation.data.bilingual.words import Adjective, Noun

OWNERS = {
    "my": ("mon", "ma", "mes"),
    "his": ("son", "sa", "ses"),
    "her": ("son", "sa", "ses"),
    "our": ("notre", "notre", "nos"),
    "your": ("votre", "votre", "vos"),
    "their": ("leur", "leur", "leurs"),
}
POINTING = ("this", "these")
_MOST = 99  # of things that are counted


@dataclass(frozen=True)
class NounPhrase:
    """A noun with a determiner, and maybe an adjective.

    Attributes:
        noun: It.
        adjective: One, if there is one.
        determiner: `the`, `a`, `some` (which English leaves out), `this`, `these`, an owner, or
            `number`.
        plural: Whether there are several.
        english: All of it.
        french: The same, as words before they are spelled together.
        denied: The same behind a denied verb: `pas de fleurs`.
    """

    noun: Noun
    adjective: Adjective | None
    determiner: str
    plural: bool
    english: str
    french: tuple[str, ...]
    denied: tuple[str, ...]

    @property
    def combinations(self) -> tuple[tuple[str, str], ...]:
        noun = self.noun.english
        made = [(f"{self.determiner} {'plural' if self.plural else 'singular'}", noun)]
        if self.adjective:
            made.append((self.adjective.english, noun))
        return tuple(made)


def noun_phrase(
    noun: Noun,
    determiner: str,
    *,
    plural: bool = False,
    adjective: Adjective | None = None,
    number: int = 2,
) -> NounPhrase:
    """Puts a noun phrase together.

    Args:
        noun: It.
        determiner: See `NounPhrase`; `some` stands before several, or before a substance.
        plural: Whether there are several.
        adjective: What is said of it.
        number: How many there are, for the determiner `number`.
    """
    french_noun = noun.french_plural if plural else noun.french
    words = [french_noun]
    if adjective:
        form = adjective.form(noun.feminine, plural, following=french_noun)
        words = [form, french_noun] if adjective.leads else [french_noun, form]
    leads = adjective is not None and adjective.leads
    article = _article(determiner, noun, plural, words[0], number, leads)
    counted = determiner in ("a", "some")
    denied = ("de",) if counted else article
    english = noun.english_plural if plural else noun.english
    if adjective:
        english = f"{adjective.english} {english}"
    return NounPhrase(
        noun=noun,
        adjective=adjective,
        determiner=determiner,
        plural=plural,
        english=_english(determiner, english, number),
        french=(*article, *words),
        denied=(*denied, *words),
    )


def _english(determiner: str, words: str, number: int) -> str:
    if determiner == "a":
        return en.with_article(words)
    if determiner == "some":
        return words
    return f"{en.number(number) if determiner == 'number' else determiner} {words}"


def _article(
    determiner: str, noun: Noun, plural: bool, following: str, number: int, leads: bool
) -> tuple[str, ...]:
    """French words before the noun and its adjective, of which `following` is the first."""
    vowel = fr.begins_with_vowel(following)
    definite = "les" if plural else "la" if noun.feminine else "le"
    if determiner == "the":
        return (definite,)
    if determiner == "a":
        return ("une" if noun.feminine else "un",)
    if determiner == "some":
        # Before an adjective that leads, des becomes de: de grandes maisons.
        return (("de",) if leads else ("des",)) if plural else ("de", definite)
    if determiner == "number":
        return (fr.number(number, noun.feminine),)
    if determiner in POINTING:
        singular = "cette" if noun.feminine else "cet" if vowel else "ce"
        return ("ces" if plural else singular,)
    masculine, feminine, several = OWNERS[determiner]
    return (several if plural else feminine if noun.feminine and not vowel else masculine,)


def random_number(random: Random) -> int:
    """How many things there are: mostly few."""
    return random.randint(2, 12) if random.random() < 0.6 else random.randint(13, _MOST)
