"""Sentences of prices, hours, dates and the weather."""

from __future__ import annotations

from random import Random

from training.tasks.translation.data.bilingual import english as en
from training.tasks.translation.data.bilingual import french as fr
from training.tasks.translation.data.bilingual.choices import (
    some_clock,
    some_date,
    some_subject,
    tense_and_form,
)
from training.tasks.translation.data.bilingual.clauses import Clause, clause
from training.tasks.translation.data.bilingual.nouns import noun_phrase
from training.tasks.translation.data.bilingual.people import CITIES, COUNTRIES, IL, PLACES, Subject
from training.tasks.translation.data.bilingual.phrase import Phrase, ending, said
from training.tasks.translation.data.bilingual.states import as_subject
from training.tasks.translation.data.bilingual.verbs import (
    ARRIVE,
    BE,
    CLOSE,
    COST,
    DO,
    LEAVE,
    OPEN,
    RAIN,
    SNOW,
)
from training.tasks.translation.data.bilingual.words import adjectives_of, nouns_of

_SHOPS = frozenset("market bakery museum restaurant library pharmacy theatre".split())
_TRAFFIC = ("train", "bus", "plane")
_WEATHER = {"cold": "froid", "hot": "chaud", "cool": "frais"}
_IT = Subject("it", ("il",), IL, False, True, "it")


def price(random: Random) -> Phrase:
    """`The hat costs eighty-one euros.`, `How much does the hat cost?`"""
    noun = random.choice(nouns_of("clothes", "gadget", "furniture", "vehicle", "seat"))
    phrase = noun_phrase(noun, random.choice(("the", "this")))
    if random.random() < 0.5 and adjectives_of(noun):
        adjective = random.choice(adjectives_of(noun))
        phrase = noun_phrase(noun, phrase.determiner, adjective=adjective)
    subject = as_subject(phrase)
    if random.random() < 0.2:
        made = Clause(f"how much does {phrase.english} cost", ("combien", "coûte", *phrase.french))
        return said(made, [("how much", noun.english), *phrase.combinations], "?")
    tense, form = tense_and_form(
        random, COST, subject, ("present", "present", "future"), ("statement", "denial")
    )
    number = random.randint(2, 99) if random.random() < 0.7 else random.randint(100, 999)
    made = clause(
        subject,
        COST,
        tense,
        form,
        english=f"{en.number(number)} euros",
        french=(fr.number(number), "euros"),
    )
    combinations = [("cost", en.number(number)), (f"cost {tense} {form}", noun.english)]
    return said(made, [*combinations, *phrase.combinations])


def hour(random: Random) -> Phrase:
    """`It is half past three.`, `The museum opens at nine o'clock.`"""
    clock, french_clock = some_clock(random)
    kind = random.random()
    if kind < 0.25:
        made = clause(_IT, BE, "present", english=clock, french=french_clock)
        return said(made, [("it is", clock)])
    if kind < 0.65:
        verb = random.choice((OPEN, CLOSE))
        place = random.choice([place for place in PLACES if place.english.split()[-1] in _SHOPS])
        subject = Subject(place.english, place.french, IL, False, False, "it")
        name = place.english
    else:
        verb = random.choice((ARRIVE, LEAVE))
        noun = random.choice([noun for noun in nouns_of("transport") if noun.english in _TRAFFIC])
        name = noun.english
        subject = as_subject(noun_phrase(noun, "the"))
    forms = ("statement", "statement", "denial", "question")
    tense, form = tense_and_form(random, verb, subject, ("present", "future", "past"), forms)
    made = clause(subject, verb, tense, form, english=f"at {clock}", french=("à", *french_clock))
    combinations = [(f"{tense} {form}", verb.name), (verb.name, clock), (verb.name, name)]
    return said(made, combinations, ending(form))


def date(random: Random) -> Phrase:
    """`Marie was born on the first of May.`, `Today is the third of June.`"""
    english, french = some_date(random)
    month = english.split()[-1]
    if random.random() < 0.25:
        made = Clause(f"today is {english}", ("aujourd'hui,", "nous", "sommes", *french))
        return said(made, [("today", month), ("today", english)])
    subject = some_subject(random, known=True)
    year = f" {random.randint(1920, 2020)}" if random.random() < 0.5 else ""
    made = Clause(
        f"{subject.english} {'were' if subject.plural else 'was'} born on {english}{year}",
        (
            *subject.french,
            BE.present[subject.person],
            fr.agreed("né", subject.feminine, subject.plural),
            *french,
            *year.split(),
        ),
    )
    return said(made, [("born", subject.english), ("born", month), ("born", english)])


def weather(random: Random) -> Phrase:
    """`It is raining in Oslo.`, `It was hot in Spain.`"""
    place = random.choice((*CITIES, *COUNTRIES))
    verb = random.choice((RAIN, SNOW, DO))
    forms = ("statement", "statement", "denial", "question")
    tense, form = tense_and_form(random, verb, _IT, ("present", "past", "future"), forms)
    end = ending(form)
    if verb is DO:
        word, french = random.choice([*_WEATHER.items()])
        made = clause(
            _IT,
            verb,
            tense,
            form,
            english=f"{word} in {place.english}",
            french=(french, *place.to),
            english_verb=BE,
        )
    else:
        word = verb.english
        made = clause(_IT, verb, tense, form, english=f"in {place.english}", french=place.to)
        if tense == "present":  # as English says it
            raining = clause(_IT, verb, "progressive", form, english=f"in {place.english}")
            made = Clause(raining.english, made.french)
    return said(made, [(f"weather {tense} {form}", word), (word, place.english)], end)
