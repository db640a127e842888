"""Sentences of what people like, compare, ask for, name, speak, and are by trade."""

from __future__ import annotations

from random import Random

from training.tasks.translation.data.bilingual import english as en
from training.tasks.translation.data.bilingual import french as fr
from training.tasks.translation.data.bilingual.choices import (
    other_person,
    some_subject,
    some_thing,
    tense_and_form,
)
from training.tasks.translation.data.bilingual.clauses import Clause, clause
from training.tasks.translation.data.bilingual.people import (
    GROUPS,
    NAMES,
    NOUS,
    PERSONS,
    VOUS,
    Subject,
    owned,
)
from training.tasks.translation.data.bilingual.phrase import Combination, Phrase, ending, said
from training.tasks.translation.data.bilingual.states import as_subject
from training.tasks.translation.data.bilingual.verbs import (
    ACTIONS,
    BE,
    LEARN,
    LIKING,
    PREFER,
    SPEAK,
    STAYING,
)
from training.tasks.translation.data.bilingual.words import QUALITIES, Noun, nouns_of

_LIKED = ("fruit", "dish", "food", "drink", "pet", "flower", "text")
_COMPARATIVES = {
    "tall": "taller",
    "rich": "richer",
    "strong": "stronger",
    "young": "younger",
    "kind": "kinder",
    "funny": "funnier",
    "shy": "shyer",
    "lazy": "lazier",
    "happy": "happier",
    "sad": "sadder",
    "calm": "calmer",
}
_LONG_COMPARATIVES = frozenset("famous serious curious patient honest jealous polite".split())
_LANGUAGES = {
    "French": "français",
    "English": "anglais",
    "Italian": "italien",
    "German": "allemand",
    "Spanish": "espagnol",
    "Japanese": "japonais",
}
# Masculine and feminine, without an article behind `être`.
_WORK = {
    "doctor": ("médecin", "médecin"),
    "teacher": ("professeur", "professeur"),
    "artist": ("artiste", "artiste"),
    "journalist": ("journaliste", "journaliste"),
    "pilot": ("pilote", "pilote"),
    "baker": ("boulanger", "boulangère"),
    "student": ("étudiant", "étudiante"),
    "lawyer": ("avocat", "avocate"),
    "musician": ("musicien", "musicienne"),
    "engineer": ("ingénieur", "ingénieure"),
    "singer": ("chanteur", "chanteuse"),
}


def liking(random: Random) -> Phrase:
    """`Marie hates coffee.`, `We like dancing.`, `He prefers tea to milk.`"""
    subject = some_subject(random)
    forms = ("statement", "statement", "denial", "question", "no longer")
    kind = random.random()
    if kind < 0.25:
        return _preferring(random, subject)
    verb = random.choice(LIKING)
    tense, form = tense_and_form(random, verb, subject, ("present", "present", "used"), forms)
    if kind < 0.5:
        liked = random.choice(STAYING[:-1])
        made = clause(subject, verb, tense, form, english=liked.gerund, french=(liked.french,))
        name = liked.gerund
    else:
        noun = random.choice(nouns_of(*_LIKED))
        english, french = _in_general(noun)
        made = clause(subject, verb, tense, form, english=english, french=french)
        name = noun.english
    combinations = [(f"{tense} {form}", verb.name), (verb.name, name), (verb.name, subject.english)]
    return said(made, combinations, ending(form))


def _in_general(noun: Noun) -> tuple[str, tuple[str, ...]]:
    """`coffee`, `le café`; `dogs`, `les chiens`."""
    if noun.mass:
        return noun.english, ("la" if noun.feminine else "le", noun.french)
    return noun.english_plural, ("les", noun.french_plural)


def _preferring(random: Random, subject: Subject) -> Phrase:
    kind = random.choice(_LIKED)
    one, other = random.sample(nouns_of(kind), 2)
    (english, french), (other_english, other_french) = _in_general(one), _in_general(other)
    form = random.choice(("statement", "statement", "denial"))
    made = clause(
        subject,
        PREFER,
        "present",
        form,
        english=f"{english} to {other_english}",
        french=(*french, "à", *other_french),
    )
    combinations = [(f"prefer {form}", one.english), ("prefer", subject.english)]
    return said(made, [*combinations, ("prefer to", other.english)])


def comparison(random: Random) -> Phrase:
    """`Anne is taller than Paul.`, `My brother isn't as rich as Marie.`"""
    one = random.choice((*NAMES, *PERSONS, *GROUPS))
    other = other_person(random, one)
    compared = [
        word for word in QUALITIES if word.english in _COMPARATIVES.keys() | _LONG_COMPARATIVES
    ]
    adjective = random.choice(compared)
    more = _COMPARATIVES.get(adjective.english, f"more {adjective.english}")
    ways = [("more", f"{more} than", "plus"), ("as", f"as {adjective.english} as", "aussi")]
    if adjective.english in _LONG_COMPARATIVES:
        ways.append(("less", f"less {adjective.english} than", "moins"))
    how, english, french = random.choice(ways)
    forms = (
        ("statement", "denial", "question") if how == "as" else ("statement",) * 2 + ("question",)
    )
    tense, form = tense_and_form(random, BE, one, ("present", "present", "past"), forms)
    made = clause(
        one,
        BE,
        tense,
        form,
        english=f"{english} {other.english}",
        french=(french, adjective.form(one.feminine, one.plural), "que", *other.french),
    )
    combinations = [(f"{how} {tense} {form}", adjective.english), (how, other.english)]
    end = ending(form)
    return said(made, [*combinations, (adjective.english, one.english)], end)


def request(random: Random) -> Phrase:
    """`Open the door, please.`, `Don't sell the car.`, `Let's buy a cake.`"""
    known = (
        "buy look open close clean wash repair take bring draw prepare choose keep sell eat read"
    )
    verb = random.choice([verb for verb in ACTIONS if verb.english in known.split()])
    noun = random.choice(nouns_of(*verb.objects))
    phrase = some_thing(random, noun, ("a", "the", "the", "this", "own"))
    kind = random.choice(("please", "not", "let's", "let's not"))
    denied = kind.endswith("not")
    french_verb = verb.present[NOUS if kind.startswith("let's") else VOUS]
    words = phrase.denied if denied else phrase.french
    french = ("ne", french_verb, "pas", *words) if denied else (french_verb, *words)
    before = {"please": "", "not": "don't "}.get(kind, f"{kind} ")
    english = f"{before}{verb.name} {phrase.english}"
    if kind == "please":
        english += ", please"
        french = (*french[:-1], f"{french[-1]},", "s'il", "vous", "plaît")
    combinations = [(kind, verb.name), (verb.name, noun.english), *phrase.combinations]
    return said(Clause(english, french), combinations)


def naming(random: Random) -> Phrase:
    """`This is my bag.`, `These aren't Anne's keys.`"""
    noun = random.choice(nouns_of("text", "gadget", "good", "clothes", "vehicle", "home", "pet"))
    plural = random.random() < 0.4
    determiner = random.choice(("the", "own", "own", "some" if plural else "a"))
    phrase = some_thing(random, noun, (determiner,), described=0.25)
    english, french = phrase.english, phrase.french
    combinations: list[Combination] = [*phrase.combinations]
    if phrase.determiner == "the":
        owner = other_person(random, as_subject(phrase))
        english = owned(owner, english.removeprefix("the "))
        french = (*french, "de", *owner.french)
        combinations.append(("owner", owner.english))
    form = random.choice(("statement", "statement", "denial", "question"))
    this, be = ("these", "are") if phrase.plural else ("this", "is")
    is_it = ("ce", "sont" if phrase.plural else "est")
    words = {
        "statement": (f"{this} {be} {english}", (*is_it, *french)),
        "denial": (f"{this} {be}n't {english}", ("ce", "ne", is_it[1], "pas", *french)),
        "question": (f"{be} {this} {english}", ("est-ce", "que", *is_it, *french)),
    }[form]
    combinations.append((f"{this} {form}", noun.english))
    return said(Clause(*words), combinations, ending(form))


def language(random: Random) -> Phrase:
    """`She speaks French.`, `They are learning Japanese.`"""
    verb, subject = random.choice((SPEAK, LEARN)), some_subject(random)
    name, french = random.choice([*_LANGUAGES.items()])
    tenses = "present present past future near can want must".split()
    if verb is LEARN:
        tenses += ["progressive"]
    forms = "statement statement statement denial question never".split()
    tense, form = tense_and_form(random, verb, subject, tenses, forms)
    # One speaks French, but learns the French language.
    learned = ("le", french) if verb is LEARN else (french,)
    made = clause(subject, verb, tense, form, english=name, french=learned)
    combinations = [(f"{tense} {form}", verb.name), (verb.name, name), (name, subject.english)]
    return said(made, combinations, ending(form))


def occupation(random: Random) -> Phrase:
    """`Marie is a baker.`, `They aren't students.`"""
    subject = some_subject(random)
    while subject.english.startswith("the "):  # whose work is known already
        subject = some_subject(random)
    names = [
        name
        for name, (masculine, feminine) in _WORK.items()
        if subject.open or masculine == feminine
    ]
    name = random.choice(names)
    masculine, feminine = _WORK[name]
    french = feminine if subject.feminine else masculine
    forms = ("statement", "statement", "denial", "question", "no longer")
    tense, form = tense_and_form(
        random, BE, subject, ("present", "present", "past", "future"), forms
    )
    made = clause(
        subject,
        BE,
        tense,
        form,
        english=en.plural(name) if subject.plural else en.with_article(name),
        french=(fr.plural(french) if subject.plural else french,),
    )
    combinations = [(f"{tense} {form}", name), (name, subject.english)]
    return said(made, combinations, ending(form))
