"""Sentences of someone who does something: said, denied, asked, and asked about."""

from __future__ import annotations

from random import Random

from training.tasks.translation.data.bilingual.choices import (
    other_person,
    some_subject,
    some_thing,
    some_time,
    tense_and_form,
)
from training.tasks.translation.data.bilingual.clauses import Clitic, clause
from training.tasks.translation.data.bilingual.nouns import NounPhrase
from training.tasks.translation.data.bilingual.people import IL, ILS, JE, NOUS, VOUS, Subject
from training.tasks.translation.data.bilingual.phrase import Phrase, ending, said
from training.tasks.translation.data.bilingual.verbs import ACTIONS, GIVING, TO_PERSONS, Verb
from training.tasks.translation.data.bilingual.words import nouns_of

TENSES = (
    "present present progressive progressive past past past future near can must want used"
).split()
FORMS = "statement statement statement denial denial question never".split()
_WHO = Subject("who", ("qui",), IL, False, False, "he")
_USED_WITH = frozenset("eat drink buy sell write wear draw repair".split())
_WHERE = frozenset("buy sell find lose hide keep".split())
_WHAT = frozenset("eat drink buy sell look write wear draw choose hide prepare read".split())
_COUNTED = frozenset("eat buy sell see draw wash choose read write".split())

# An object in English, the person that it is, and the French pronoun for it, direct or not.
_OBJECTS = (
    ("me", JE, Clitic("me"), Clitic("me")),
    ("him", IL, Clitic("le", True), Clitic("lui")),
    ("her", IL, Clitic("la", True, True), Clitic("lui")),
    ("us", NOUS, Clitic("nous"), Clitic("nous")),
    ("you", VOUS, Clitic("vous"), Clitic("vous")),
    ("them", ILS, Clitic("les", True, False, True), Clitic("leur")),
)


def structure(subject: Subject, verb: Verb, tense: str, form: str) -> list[tuple[str, str]]:
    """What a clause combines, apart from its objects."""
    shape = f"{tense} {form}"
    return [(shape, verb.name), (shape, subject.english)]


def action(random: Random) -> Phrase:
    """`Paul doesn't buy the red car.`"""
    verb, subject = random.choice(ACTIONS), some_subject(random)
    tenses = [tense for tense in TENSES if tense != "used" or verb.english in _USED_WITH]
    tense, form = tense_and_form(random, verb, subject, tenses, FORMS)
    thing = _object(random, verb, subject, tense, form)
    timed = form != "never" and random.random() < 0.4
    english, french = some_time(random, tense) if timed else ("", ())
    denied = form in ("denial", "never")
    said_of = thing.denied if denied else thing.french
    made = clause(
        subject,
        verb,
        tense,
        form,
        english=f"{thing.english} {english}".rstrip(),
        french=(*said_of, *french),
    )
    combinations = [
        *structure(subject, verb, tense, form),
        (verb.name, thing.noun.english),
        *thing.combinations,
    ]
    return said(made, combinations, ending(form))


def _object(random: Random, verb: Verb, subject: Subject, tense: str, form: str) -> NounPhrase:
    noun = random.choice(nouns_of(*verb.objects))
    determiners = ["a", "a", "the", "the", "some", "this", "own"]
    if form == "statement":
        determiners.append("number")
    if verb.english in ("lose", "forget"):
        determiners = ["a", "the", "this", "own"]
    if tense == "used":
        determiners = ["some"]
    if tense == "progressive" and form == "denial":  # which leaves `un` and `des` as they are
        determiners = ["the", "this", "own"]
    return some_thing(random, noun, determiners, owner=subject)


def who(random: Random) -> Phrase:
    """`Who bought the cake?`"""
    verb = random.choice(ACTIONS)
    forms = ("statement", "statement", "denial")
    tense, form = tense_and_form(random, verb, _WHO, ("present", "past", "future", "near"), forms)
    thing = _object(random, verb, _WHO, tense, "question")
    made = clause(
        _WHO,
        verb,
        tense,
        form,
        english=thing.english,
        french=thing.denied if form == "denial" else thing.french,
    )
    combinations = [
        (f"who {tense} {form}", verb.name),
        (verb.name, thing.noun.english),
        *thing.combinations,
    ]
    return said(made, combinations, "?")


def question(random: Random) -> Phrase:
    """`Why is she selling her house?`, `Where did you find the key?`"""
    verb, subject = random.choice(ACTIONS), _asked_subject(random)
    asked = [("why", "pourquoi", "present progressive past future near want")]
    asked.append(("when", "quand", "past future near"))
    if verb.english in _WHERE:
        asked.append(("where", "où", "present past future near"))
    english, french, tenses = random.choice(asked)
    tense, _ = tense_and_form(random, verb, subject, tenses.split(), ("question",))
    thing = _object(random, verb, subject, tense, "question")
    made = clause(
        subject,
        verb,
        tense,
        "question",
        english=thing.english,
        french=thing.french,
        asked=(english, (french,)),
    )
    combinations = [
        (f"{english} {tense}", verb.name),
        (f"{tense} question", subject.english),
        (verb.name, thing.noun.english),
        *thing.combinations,
    ]
    return said(made, combinations, "?")


def _asked_subject(random: Random) -> Subject:
    while True:
        subject = some_subject(random)
        if subject.person != JE:
            return subject


def object_question(random: Random) -> Phrase:
    """`What do you eat?`, `Which dress did she buy?`, `How many eggs did you eat?`"""
    kind = random.choice(("what", "which", "how many"))
    known = _WHAT if kind == "what" else _COUNTED if kind == "how many" else _WHERE | _COUNTED
    verb = random.choice([verb for verb in ACTIONS if verb.english in known])
    subject = _asked_subject(random)
    tenses = ("present", "progressive", "past", "past", "future", "near", "want", "can")
    tense, _ = tense_and_form(random, verb, subject, tenses, ("question",))
    shape = [(f"{kind} {tense}", verb.name), (f"{tense} question", subject.english)]
    if kind == "what":
        when, french_when = some_time(random, tense) if random.random() < 0.6 else ("", ())
        made = clause(
            subject,
            verb,
            tense,
            "question",
            english=when,
            french=french_when,
            asked=("what", ("que",)),
        )
        return said(made, shape, "?")
    noun = random.choice([noun for noun in nouns_of(*verb.objects) if not noun.mass])
    plural = kind == "how many" or random.random() < 0.3
    english = noun.english_plural if plural else noun.english
    french = noun.french_plural if plural else noun.french
    which = ("quelle" if noun.feminine else "quel") + "s" * plural
    before = ("combien", "de", french) if kind == "how many" else (which, french)
    made = clause(
        subject,
        verb,
        tense,
        "question",
        # The participle agrees with an object that stands before it.
        clitic=Clitic("", True, noun.feminine, plural),
        asked=(f"{kind} {english}", before),
    )
    return said(made, [*shape, (verb.name, noun.english), (kind, noun.english)], "?")


def to_person(random: Random) -> Phrase:
    """`She is waiting for him.`, `We will help my aunt.`"""
    verb, subject = random.choice(TO_PERSONS), some_subject(random)
    tenses = [tense for tense in TENSES if tense != "used"]
    tense, form = tense_and_form(random, verb, subject, tenses, FORMS)
    shape = structure(subject, verb, tense, form)
    end = ending(form)
    if random.random() < 0.4:
        person = other_person(random, subject)
        made = clause(subject, verb, tense, form, english=person.english, french=person.french)
        return said(made, [*shape, (verb.name, person.english)], end)
    english, clitic = _pronoun(random, subject, tense == "past", direct=True)
    made = clause(subject, verb, tense, form, english=english, clitic=clitic)
    return said(made, [*shape, (verb.name, english), (f"{tense} {form}", english)], end)


def _pronoun(
    random: Random, subject: Subject, agrees: bool, *, direct: bool, but: str | None = None
) -> tuple[str, Clitic]:
    """Another person as an object; if a participle has to agree, one whose gender is known."""
    while True:
        english, person, as_direct, as_indirect = random.choice(_OBJECTS)
        # Nobody does it to oneself.
        among_us = {JE, NOUS}.issuperset((person, subject.person))
        if among_us or person == subject.person == VOUS or english == but:
            continue
        if not direct:
            return english, as_indirect
        if as_direct.agrees or not agrees:
            return english, as_direct


def giving(random: Random) -> Phrase:
    """`He gives a flower to Marie.`, `They sent me three letters.`"""
    verb, subject = random.choice(GIVING), some_subject(random)
    tenses = [tense for tense in TENSES if tense != "used"]
    tense, form = tense_and_form(random, verb, subject, tenses, FORMS)
    thing = _object(random, verb, subject, tense, form)
    denied = form in ("denial", "never")
    given = thing.denied if denied else thing.french
    combinations = [
        *structure(subject, verb, tense, form),
        (verb.name, thing.noun.english),
        *thing.combinations,
    ]
    end = ending(form)
    if random.random() < 0.5:
        # In `sell her boats` they may be hers.
        but = "her" if thing.determiner == "some" else None
        english, clitic = _pronoun(random, subject, False, direct=False, but=but)
        made = clause(
            subject,
            verb,
            tense,
            form,
            english=f"{english} {thing.english}",
            french=given,
            clitic=clitic,
        )
        return said(made, [*combinations, (verb.name, english)], end)
    person = other_person(random, subject)
    made = clause(
        subject,
        verb,
        tense,
        form,
        english=f"{thing.english} to {person.english}",
        french=(*given, "à", *person.french),
    )
    return said(made, [*combinations, (verb.name, person.english)], end)
