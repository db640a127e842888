"""What a sentence is made of, chosen at random."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from training.tasks.translation.data.bilingual import english as en
from training.tasks.translation.data.bilingual import french as fr
from training.tasks.translation.data.bilingual.clauses import possible
from training.tasks.translation.data.bilingual.nouns import (
    OWNERS,
    NounPhrase,
    noun_phrase,
    random_number,
)
from training.tasks.translation.data.bilingual.people import (
    GROUPS,
    JE,
    KNOWN_PRONOUNS,
    NAMES,
    PERSONS,
    PRONOUNS,
    Subject,
    both,
)
from training.tasks.translation.data.bilingual.verbs import Verb
from training.tasks.translation.data.bilingual.words import Noun, adjectives_of

Spoken = tuple[str, tuple[str, ...]]  # in English, and French words before they are spelled

_OWN = {"I": "my", "he": "his", "she": "her", "we": "our", "you": "your", "they": "their"}
_NO_PROGRESS = frozenset("see find lose keep forget wear understand thank invite".split())
_UNWANTED = frozenset("lose forget".split())
_AMBIGUOUS = frozenset(["read"])  # the past is spelled like the present
_WEEKDAYS = {
    "Monday": "lundi",
    "Tuesday": "mardi",
    "Wednesday": "mercredi",
    "Thursday": "jeudi",
    "Friday": "vendredi",
    "Saturday": "samedi",
    "Sunday": "dimanche",
}
MONTHS = {
    "January": "janvier",
    "February": "février",
    "March": "mars",
    "April": "avril",
    "May": "mai",
    "June": "juin",
    "July": "juillet",
    "August": "août",
    "September": "septembre",
    "October": "octobre",
    "November": "novembre",
    "December": "décembre",
}
_HABITS = {
    "every day": "tous les jours",
    "every morning": "tous les matins",
    "every evening": "tous les soirs",
    "every week": "toutes les semaines",
    "every year": "tous les ans",
    **{f"on {english}s": f"le {french}" for english, french in _WEEKDAYS.items()},
}
_BEFORE = {
    "yesterday": "hier",
    "yesterday evening": "hier soir",
    "this morning": "ce matin",
    "last week": "la semaine dernière",
    "last month": "le mois dernier",
    "last year": "la année dernière",
}
_AFTER = {
    "tomorrow": "demain",
    "tomorrow morning": "demain matin",
    "this evening": "ce soir",
    "next week": "la semaine prochaine",
    "next month": "le mois prochain",
    "next year": "la année prochaine",
}
# In both languages, and up to how many of them one says.
_UNITS = (("day", "jour", 12), ("week", "semaine", 6), ("month", "mois", 11), ("year", "an", 30))
_TODAY = {"today": "aujourd'hui", "tomorrow": "demain", "this evening": "ce soir"}


def some_subject(random: Random, *, known: bool = False) -> Subject:
    """Someone; with `known`, someone whose gender in French is known."""
    kind = random.random()
    if kind < 0.45:
        return random.choice(KNOWN_PRONOUNS if known else PRONOUNS)
    if kind < 0.7:
        return random.choice(NAMES)
    if kind < 0.85:
        return random.choice(PERSONS)
    if kind < 0.95:
        return random.choice(GROUPS)
    return both(*random.sample(NAMES, 2))


def other_person(random: Random, than: Subject) -> Subject:
    """Someone with a name or a role, but not the one given, or one of these."""
    while True:
        person = random.choice((*NAMES, *PERSONS, *GROUPS))
        if person.english not in than.english:
            return person


def tense_and_form(
    random: Random,
    verb: Verb,
    subject: Subject,
    tenses: Sequence[str],
    forms: Sequence[str] = ("statement", "statement", "statement", "denial", "question"),
) -> tuple[str, str]:
    """A tense and a form that the verb and its subject have, and that people would use."""
    while True:
        tense, form = random.choice(tenses), random.choice(forms)
        asks_oneself = form == "question" and subject.person == JE and tense not in ("can", "must")
        if possible(tense, form) and not asks_oneself and _is_usual(verb, tense, subject):
            return tense, form


def _is_usual(verb: Verb, tense: str, subject: Subject) -> bool:
    if tense == "progressive":
        return verb.english not in _NO_PROGRESS and not verb.moves
    if tense in ("near", "can", "must", "want"):
        return verb.english not in _UNWANTED
    if tense == "present":
        return verb.english not in _AMBIGUOUS
    # A participle would have to agree with the speaker.
    return tense != "past" or not verb.with_etre or subject.open


def some_thing(
    random: Random,
    noun: Noun,
    determiners: Sequence[str] = ("a", "the", "some", "this", "own", "number"),
    *,
    owner: Subject | None = None,
    described: float = 0.35,
) -> NounPhrase:
    """A noun phrase; `own` is anyone's, mostly the given owner's, `this` stands for `these` too."""
    determiner = random.choice(determiners)
    if noun.mass and determiner in ("a", "number", "this"):
        determiner = "some" if {"some", "a"}.intersection(determiners) else "the"
    plural = not noun.mass and (
        determiner in ("some", "number") or (determiner != "a" and random.random() < 0.35)
    )
    if determiner == "own":
        own = _OWN.get(owner.again) if owner and random.random() < 0.7 else None
        determiner = own or random.choice([*OWNERS])
    if determiner == "this" and plural:
        determiner = "these"
    adjectives = [
        adjective for adjective in adjectives_of(noun) if not (noun.mass and adjective.leads)
    ]
    adjective = None
    if adjectives and random.random() < described:
        adjective = random.choice(adjectives)
    return noun_phrase(
        noun, determiner, plural=plural, adjective=adjective, number=random_number(random)
    )


def some_time(random: Random, tense: str) -> Spoken:
    """When something happens, fitting for a tense."""
    if tense in ("past", "future", "near"):
        before = tense == "past"
        kind = random.random()
        if kind < 0.55:
            return _choose(random, _BEFORE if before else _AFTER)
        if kind < 0.75:
            english, french = random.choice([*_WEEKDAYS.items()])
            return f"on {english}", (french,)
        return _distance(random, before)
    table = {"present": _HABITS, "can": _TODAY, "must": _TODAY, "want": _TODAY}.get(tense)
    return _choose(random, table) if table else ("", ())


def _choose(random: Random, table: dict[str, str]) -> Spoken:
    english, french = random.choice([*table.items()])
    return english, tuple(french.split())


def _distance(random: Random, before: bool) -> Spoken:
    english, french, most = random.choice(_UNITS)
    number = random.randint(2, most)
    counted = (fr.number(number), fr.plural(french))
    if before:
        return f"{en.number(number)} {english}s ago", ("il", "y", "a", *counted)
    return f"in {en.number(number)} {english}s", ("dans", *counted)


def some_clock(random: Random) -> Spoken:
    """A time of the day, as it stands after `at` and `à`."""
    kind = random.random()
    if kind < 0.1:
        return random.choice((("noon", ("midi",)), ("midnight", ("minuit",))))
    hour = random.randint(1, 11)
    if kind < 0.4:
        return f"{en.number(hour)} o'clock", _hours(hour)
    if kind < 0.75:
        english, french = random.choice(
            (
                ("half past", ("et", "demie")),
                ("a quarter past", ("et", "quart")),
                *((f"{en.number(m)} past", (fr.number(m),)) for m in (5, 10, 20, 25)),
            )
        )
        return f"{english} {en.number(hour)}", (*_hours(hour), *french)
    english, french = random.choice(
        (
            ("a quarter to", ("moins", "le", "quart")),
            *((f"{en.number(m)} to", ("moins", fr.number(m))) for m in (5, 10, 20, 25)),
        )
    )
    return f"{english} {en.number(hour)}", (*_hours(hour), *french)


def _hours(hour: int) -> tuple[str, ...]:
    return fr.number(hour, feminine=True), "heure" if hour == 1 else "heures"


def some_date(random: Random) -> Spoken:
    """A day of the year: `the third of May`, `le trois mai`."""
    day = random.randint(1, 28)
    english, french = random.choice([*MONTHS.items()])
    return (
        f"the {en.ordinal(day)} of {english}",
        ("le", "premier" if day == 1 else fr.number(day), french),
    )
