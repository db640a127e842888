"""Sentences of where people and things are, where they go, and what they do there."""

from __future__ import annotations

from random import Random

from training.tasks.translation.data.bilingual.choices import (
    Spoken,
    some_clock,
    some_subject,
    some_thing,
    some_time,
    tense_and_form,
)
from training.tasks.translation.data.bilingual.clauses import Clause, clause
from training.tasks.translation.data.bilingual.people import (
    CITIES,
    COUNTRIES,
    INDOORS,
    INSIDES,
    OUTSIDE,
    PLACES,
    Place,
    Subject,
)
from training.tasks.translation.data.bilingual.phrase import Combination, Phrase, ending, said
from training.tasks.translation.data.bilingual.sentences import structure
from training.tasks.translation.data.bilingual.states import as_subject, be_tense
from training.tasks.translation.data.bilingual.verbs import (
    ARRIVE,
    BE,
    COME,
    COME_BACK,
    GO,
    LIVE,
    REFLEXIVE,
    STAY,
    STAYING,
    VISIT,
    Verb,
)
from training.tasks.translation.data.bilingual.words import nouns_of

_SMALL = ("text", "paper", "gadget", "good", "vessel", "clothes")
_SPOTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # English preposition: the French one, and what it stands before.
    "on": (("sur",), ("furniture", "seat")),
    "under": (("sous",), ("furniture", "seat")),
    "in": (("dans",), ("container", "room")),
    "behind": (("derrière",), ("opening", "furniture", "home")),
    "in front of": (("devant",), ("opening", "home", "seat")),
    "near": (("près", "de"), ("opening", "home", "seat", "furniture")),
    "next to": (("à", "côté", "de"), ("home", "seat", "furniture", "container")),
}
_NO_SURFACE = frozenset("lamp mirror wardrobe painting".split())
_TRAVEL = {
    "by train": "en train",
    "by plane": "en avion",
    "by car": "en voiture",
    "by bus": "en bus",
    "by bike": "à vélo",
    "on foot": "à pied",
}
_FAR, _NEAR = [*_TRAVEL.items()][:3], [*_TRAVEL.items()][2:]
_TENSES = "present present past past future near can must want".split()
_GOING_FORMS = "statement statement statement denial question never".split()


def spot(random: Random) -> tuple[Spoken, list[Combination]]:
    """Where a thing is, and what that combines."""
    preposition, (french, kinds) = random.choice([*_SPOTS.items()])
    nouns = [
        noun
        for noun in nouns_of(*kinds)
        if preposition not in ("on", "under") or noun.english not in _NO_SURFACE
    ]
    phrase = some_thing(random, random.choice(nouns), ("the", "the", "own"), described=0.15)
    combinations = [(preposition, phrase.noun.english), *phrase.combinations]
    return (f"{preposition} {phrase.english}", (*french, *phrase.french)), combinations


def location(random: Random) -> Phrase:
    """`The key is under the table.`, `Where are my shirts?`"""
    noun = random.choice(nouns_of(*_SMALL, "pet"))
    phrase = some_thing(random, noun, ("the", "the", "own", "this"), described=0.25)
    subject = as_subject(phrase)
    tense, form = be_tense(random, subject, ("statement", "statement", "denial", "question"))
    if random.random() < 0.2 and tense != "future":
        asked = clause(subject, BE, tense, "statement")
        verb = asked.french[len(subject.french)]
        be = en_be(subject, tense)
        combinations = [(f"where {tense}", noun.english), *phrase.combinations]
        made = Clause(f"where {be} {subject.english}", ("où", verb, *subject.french))
        return said(made, combinations, "?")
    (english, french), combinations = spot(random)
    made = clause(subject, BE, tense, form, english=english, french=french)
    combinations += [(f"place {tense} {form}", noun.english), *phrase.combinations]
    return said(made, combinations, ending(form))


def en_be(subject: Subject, tense: str) -> str:
    if tense == "past":
        return "were" if subject.plural else "was"
    return "are" if subject.plural else "is"


def existence(random: Random) -> Phrase:
    """`There are three birds in the garden.`, `Is there a hotel near the station?`"""
    past, kind = random.random() < 0.25, random.random()
    if random.random() < 0.5:
        noun, place = (
            random.choice(nouns_of("pet", "wild", "flower", "tree")),
            random.choice(OUTSIDE),
        )
    else:
        noun, place = (
            random.choice(nouns_of("fruit", "good", "seat", "text")),
            random.choice(INDOORS),
        )
    where = (place.at, ("dans", *place.french))
    if random.random() < 0.25:
        noun, place = random.choice(nouns_of("home", "tree", "vehicle")), random.choice(PLACES)
        where = ("near", ("près", "de", *place.french))
    form = random.choice(("statement", "statement", "denial", "question"))
    determiners = ("some",) if form == "denial" else ("a", "some", "number")
    if kind < 0.25:
        noun = random.choice(nouns_of("drink"))
        vessel = some_thing(random, random.choice(nouns_of("vessel")), ("the", "own"), described=0)
        where, place_name = ("in", ("dans", *vessel.french)), vessel.english
        determiners = ("some",)
    else:
        place_name = place.english
    phrase = some_thing(random, noun, determiners, described=0.3)
    be = ("were" if past else "are") if phrase.plural else ("was" if past else "is")
    has = "avait" if past else "a"
    no = "no " if form == "denial" else ""
    front = f"{be} there" if form == "question" else f"there {be}"
    french = ("il", "ne", "y", has, "pas", *phrase.denied)
    if form != "denial":
        ask = ("est-ce", "que") if form == "question" else ()
        french = (*ask, "il", "y", has, *phrase.french)
    made = Clause(f"{front} {no}{phrase.english} {where[0]} {place_name}", (*french, *where[1]))
    combinations = [(f"there {be} {form}", noun.english), (noun.english, place_name)]
    return said(made, [*combinations, *phrase.combinations], ending(form))


def motion_clause(
    random: Random, subject: Subject, tense: str, form: str, verb: Verb, *, timed: bool = True
) -> tuple[Clause, list[Combination]]:
    """`she went to the market by bus on Monday`, `they come back from Italy`."""
    places = (*CITIES, *COUNTRIES) if verb is LIVE else (*PLACES, *CITIES, *COUNTRIES)
    if verb is ARRIVE:
        places = tuple(place for place in places if place.at != "on")
    place: Place = random.choice(places)
    away = verb is COME_BACK or (verb is COME and random.random() < 0.5)
    going = verb is GO or (verb is COME and not away)
    preposition = "from" if away else "to" if going else place.at
    english, french = f"{preposition} {place.english}", place.source if away else place.to
    if going and random.random() < 0.25:
        travel, french_travel = random.choice(_NEAR if place in PLACES else _FAR)
        english, french = f"{english} {travel}", (*french, *french_travel.split())
    timed &= form != "never" and verb is not LIVE and (tense != "present" or place in PLACES)
    if timed and random.random() < 0.35:
        when, french_when = some_time(random, tense)
        english, french = f"{english} {when}", (*french, *french_when)
    made = clause(subject, verb, tense, form, english=english.rstrip(), french=french)
    combinations = [(f"{verb.name} {preposition}", place.english), (verb.name, subject.english)]
    return made, combinations


def motion(random: Random) -> Phrase:
    """Someone goes, comes, arrives, stays or lives somewhere."""
    verb, subject = (
        random.choice((GO, GO, COME, COME_BACK, ARRIVE, STAY, LIVE)),
        some_subject(random),
    )
    tenses = [*_TENSES, "used"] if verb in (GO, LIVE, STAY) else _TENSES
    tense, form = tense_and_form(random, verb, subject, tenses, _GOING_FORMS)
    end = ending(form)
    if form == "question" and random.random() < 0.4:
        english, french = ("where", "où")
        if verb is COME_BACK:
            french = "d'où"
        made = clause(
            subject,
            verb,
            tense,
            form,
            english="from" if verb is COME_BACK else "",
            asked=(english, (french,)),
        )
        if verb in (GO, LIVE, STAY, COME_BACK):
            return said(made, [(f"where {tense}", verb.name), (verb.name, subject.english)], end)
    made, combinations = motion_clause(random, subject, tense, form, verb)
    return said(made, [*combinations, *structure(subject, verb, tense, form)], end)


def staying(random: Random) -> Phrase:
    """`The girls are dancing in the garden.`, `He works at the hospital.`"""
    verb, subject = random.choice(STAYING), some_subject(random)
    if verb.english in ("work", "wait"):
        place = random.choice([place for place in PLACES if place.at == "at"])
        where = place.to
    else:
        place = random.choice(INSIDES)
        where = ("dans", *place.french)
    tenses = ("present", "progressive", "progressive", "past", "future", "near", "can", "want")
    tense, form = tense_and_form(random, verb, subject, (*tenses, "used"), _GOING_FORMS)
    english, french = some_time(random, tense) if random.random() < 0.3 else ("", ())
    if form == "never":
        english, french = "", ()
    made = clause(
        subject,
        verb,
        tense,
        form,
        english=f"{place.at} {place.english} {english}".rstrip(),
        french=(*where, *french),
    )
    combinations = [*structure(subject, verb, tense, form), (verb.name, place.english)]
    return said(made, combinations, ending(form))


def daily(random: Random) -> Phrase:
    """`She gets up at half past seven.`"""
    verb, subject = random.choice(REFLEXIVE), some_subject(random)
    tenses = "present present past past future near can must want".split()
    if verb.name in ("rest", "get dressed"):
        tenses += ["progressive"]
    forms = "statement statement statement denial question never".split()
    tense, form = tense_and_form(random, verb, subject, tenses, forms)
    english = ""
    french: tuple[str, ...] = ()
    if verb.name in ("rest", "hurry", "get dressed"):
        if form != "never" and tense != "progressive":
            english, french = some_time(random, tense)
    elif random.random() < 0.8:
        clock, french_clock = some_clock(random)
        english, french = f"at {clock}", ("à", *french_clock)
    made = clause(subject, verb, tense, form, english=english, french=french)
    combinations = [*structure(subject, verb, tense, form)]
    if english:
        combinations.append((verb.name, english))
    return said(made, combinations, ending(form))


def visiting(random: Random) -> Phrase:
    """`They visited Italy last year.`"""
    subject = some_subject(random)
    place = random.choice((*CITIES, *COUNTRIES, PLACES[4]))
    tenses = "present past past future near can must want".split()
    tense, form = tense_and_form(random, VISIT, subject, tenses, _GOING_FORMS)
    english, french = some_time(random, tense) if random.random() < 0.4 else ("", ())
    if form == "never":
        english, french = "", ()
    made = clause(
        subject,
        VISIT,
        tense,
        form,
        english=f"{place.english} {english}".rstrip(),
        french=(*place.french, *french),
    )
    combinations = [*structure(subject, VISIT, tense, form), ("visit", place.english)]
    return said(made, combinations, ending(form))
