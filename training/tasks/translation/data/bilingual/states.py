"""Sentences of how people and things are, what they need and what they fear."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from training.tasks.translation.data.bilingual import english as en
from training.tasks.translation.data.bilingual import french as fr
from training.tasks.translation.data.bilingual.choices import (
    Spoken,
    other_person,
    some_subject,
    some_thing,
    tense_and_form,
)
from training.tasks.translation.data.bilingual.clauses import Clause, clause
from training.tasks.translation.data.bilingual.nouns import NounPhrase
from training.tasks.translation.data.bilingual.people import Subject, owned, thing
from training.tasks.translation.data.bilingual.phrase import Combination, Phrase, ending, said
from training.tasks.translation.data.bilingual.verbs import BE, HAVE, NEED
from training.tasks.translation.data.bilingual.words import (
    NATIONALITIES,
    QUALITIES,
    Adjective,
    adjectives_of,
    nouns_of,
)

_FORMS = "statement statement statement denial question never".split()
_NO_DEGREE = frozenset(
    "ready alone broken empty delicious red green blue yellow white black grey".split()
)
_NEVER_TOO = frozenset(
    "pretty beautiful good bad clean useful interesting comfortable ripe".split()
)
DEGREES = (("very", "très"), ("too", "trop"))
# What is `avoir` in French, and whether a degree goes with it.
IDIOMS = {
    "hungry": ("faim", True),
    "thirsty": ("soif", True),
    "cold": ("froid", True),
    "hot": ("chaud", True),
    "sleepy": ("sommeil", False),
    "afraid": ("peur", True),
    "right": ("raison", False),
    "wrong": ("tort", False),
}
# What agrees with nobody.
STATES = {
    "late": "en retard",
    "early": "en avance",
    "angry": "en colère",
    "on holiday": "en vacances",
    "in a good mood": "de bonne humeur",
    "at home": "à la maison",
    "in danger": "en danger",
}
_DESCRIBED = (
    "text writing gadget clothes seat furniture vessel crockery vehicle home room opening container"
    " pet fruit egg dish flower"
).split()


def be_tense(random: Random, subject: Subject, forms: Sequence[str] = _FORMS) -> tuple[str, str]:
    tenses = ("present", "present", "past", "future")
    return tense_and_form(random, BE, subject, tenses, forms)


def person_is(
    random: Random, subject: Subject, tense: str, form: str
) -> tuple[Clause, list[Combination]]:
    """`she is very tired`, `we aren't late`, `he was hungry`, `you will be right`."""
    kind = random.random()
    shape = f"{tense} {form}"
    if kind < 0.55:
        adjectives = [
            word
            for word in QUALITIES
            if (subject.open or word.has_one_form)
            and (tense == "present" or word.english not in NATIONALITIES)
        ]
        adjective = random.choice(adjectives)
        english, french = _degree(random, adjective, form)
        form_in_french = adjective.form(subject.feminine, subject.plural)
        made = clause(
            subject,
            BE,
            tense,
            form,
            english=english + adjective.english,
            french=(*french, form_in_french),
        )
        gender = "feminine" if subject.feminine else "masculine"
        agreement = f"{gender} {'plural' if subject.plural else 'singular'}"
        return made, [(shape, adjective.english), (agreement, adjective.english)]
    if kind < 0.8:
        word, (french_word, takes_degree) = random.choice([*IDIOMS.items()])
        very = takes_degree and random.random() < 0.25
        made = clause(
            subject,
            HAVE,
            tense,
            form,
            english=f"very {word}" if very else word,
            french=("très", french_word) if very else (french_word,),
            english_verb=BE,
        )
    else:
        word, french_words = random.choice([*STATES.items()])
        made = clause(subject, BE, tense, form, english=word, french=french_words.split())
    return made, [(shape, word), (word, subject.english)]


def _degree(random: Random, adjective: Adjective, form: str) -> Spoken:
    if adjective.english in _NO_DEGREE | NATIONALITIES or random.random() < 0.65:
        return "", ()
    very = form != "statement" or adjective.english in _NEVER_TOO
    english, french = random.choice(DEGREES[:1] if very else DEGREES)
    return f"{english} ", (french,)


def person_state(random: Random) -> Phrase:
    """A person is something."""
    subject = some_subject(random)
    forms = (*_FORMS, "no longer")
    tense, form = be_tense(random, subject, forms)
    made, combinations = person_is(random, subject, tense, form)
    shape = f"{tense} {form}"
    return said(made, [*combinations, (shape, subject.english)], ending(form))


def age(random: Random) -> Phrase:
    """`Marie is thirty-one years old.`"""
    subject = some_subject(random)
    tense, form = be_tense(random, subject, ("statement", "statement", "denial"))
    number = random.randint(2, 99)
    made = clause(
        subject,
        HAVE,
        tense,
        form,
        english=f"{en.number(number)} years old",
        french=(fr.number(number), "ans"),
        english_verb=BE,
    )
    combinations = [(f"{tense} {form}", subject.english), ("age", en.number(number))]
    return said(made, combinations)


def as_subject(phrase: NounPhrase) -> Subject:
    return thing(phrase.noun, phrase.english, phrase.french, phrase.plural)


def some_owned(random: Random, phrase: NounPhrase) -> NounPhrase | Subject:
    """Sometimes someone's, if it begins with `the`: `Anne's house`, `la maison d'Anne`."""
    if phrase.determiner != "the" or random.random() < 0.6:
        return phrase
    owner = other_person(random, as_subject(phrase))
    return thing(
        phrase.noun,
        owned(owner, phrase.english.removeprefix("the ")),
        (*phrase.french, "de", *owner.french),
        phrase.plural,
    )


def thing_state(random: Random) -> Phrase:
    """`The glass is empty.`, `Are these shirts clean?`, `Anne's car isn't very clean.`"""
    noun = random.choice([noun for noun in nouns_of(*_DESCRIBED) if adjectives_of(noun)])
    # `nouveau` is said of a thing that has taken another's place: not of one that is new.
    adjective = random.choice([word for word in adjectives_of(noun) if word.english != "new"])
    phrase = some_thing(random, noun, ("the", "the", "this", "own"), described=0)
    owned_phrase = some_owned(random, phrase)
    subject = owned_phrase if isinstance(owned_phrase, Subject) else as_subject(phrase)
    tense, form = be_tense(random, subject, ("statement", "statement", "denial", "question"))
    english, french = _degree(random, adjective, form)
    made = clause(
        subject,
        BE,
        tense,
        form,
        english=english + adjective.english,
        french=(*french, adjective.form(noun.feminine, phrase.plural)),
    )
    combinations = [
        (f"thing {tense} {form}", adjective.english),
        (adjective.english, noun.english),
        *phrase.combinations,
    ]
    return said(made, combinations, ending(form))


def need(random: Random) -> Phrase:
    """`Paul needs a new coat.`, `We don't need the car.`"""
    subject = some_subject(random)
    kinds = ("gadget", "clothes", "furniture", "vehicle", "text", "food", "staple", "drink", "good")
    noun = random.choice(nouns_of(*kinds))
    phrase = some_thing(random, noun, ("a", "the", "some", "own"), owner=subject)
    forms = ("statement", "statement", "denial", "question", "no longer")
    tense, form = tense_and_form(random, NEED, subject, ("present", "present", "future"), forms)
    # `de` is all the article that a substance, or several things, have behind it.
    french = phrase.denied if phrase.determiner == "some" else ("de", *phrase.french)
    made = clause(subject, NEED, tense, form, english=phrase.english, french=("besoin", *french))
    combinations = [(f"need {tense} {form}", subject.english), ("need", noun.english)]
    return said(made, [*combinations, *phrase.combinations], ending(form))


def fear(random: Random) -> Phrase:
    """`She is afraid of the dog.`, `They aren't afraid of mice.`"""
    subject = some_subject(random)
    noun = random.choice(nouns_of("pet", "wild"))
    phrase = some_thing(random, noun, ("the", "some", "this", "own"), described=0.15)
    tense, form = be_tense(random, subject)
    french = phrase.french
    if phrase.determiner == "some":  # of all of them: des souris
        french = ("les", *(word for word in phrase.denied[1:]))
    made = clause(
        subject,
        HAVE,
        tense,
        form,
        english=f"afraid of {phrase.english}",
        french=("peur", "de", *french),
        english_verb=BE,
    )
    combinations = [(f"fear {tense} {form}", subject.english), ("fear", noun.english)]
    return said(made, [*combinations, *phrase.combinations], ending(form))
