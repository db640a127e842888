"""Sentences of two clauses: what stands for what, what is thought, and why and when it is so."""

from __future__ import annotations

from random import Random

from training.tasks.translation.data.bilingual.choices import (
    some_subject,
    some_thing,
    tense_and_form,
)
from training.tasks.translation.data.bilingual.clauses import Clause, Clitic, clause
from training.tasks.translation.data.bilingual.nouns import NounPhrase
from training.tasks.translation.data.bilingual.people import IL, JE, Subject
from training.tasks.translation.data.bilingual.phrase import Combination, Phrase, ending, said
from training.tasks.translation.data.bilingual.scenes import motion_clause
from training.tasks.translation.data.bilingual.states import as_subject, be_tense, person_is
from training.tasks.translation.data.bilingual.verbs import (
    ACTIONS,
    ARRIVE,
    BE,
    COME,
    DO,
    GO,
    HAVE,
    LIVE,
    RAIN,
    REFLEXIVE,
    SNOW,
    STAY,
    STAYING,
    THINKING,
    Verb,
)
from training.tasks.translation.data.bilingual.words import (
    EXPENSIVE,
    adjectives_of,
    nouns_called,
    nouns_of,
)

_BY_NAME = {verb.name: verb for verb in (*STAYING, *REFLEXIVE, *ACTIONS)}
_ATTRACTIVE = frozenset("pretty beautiful big comfortable modern useful clean".split())
_THINGS = ("text", "gadget", "good", "clothes")

# What is done to a thing, then to the same one: verb, tense, form; then the same again.
_TWICE = (
    ("lose", "past", "statement", "find", "past", "statement"),
    ("look for", "progressive", "statement", "find", "can", "denial"),
    ("buy", "past", "statement", "lose", "past", "statement"),
    ("buy", "past", "statement", "sell", "near", "statement"),
    ("find", "past", "statement", "keep", "want", "denial"),
    ("hide", "past", "statement", "find", "past", "statement"),
    ("choose", "past", "statement", "buy", "past", "denial"),
    ("look for", "past", "statement", "find", "past", "denial"),
    ("want to buy", "want", "statement", "find", "can", "denial"),
)
# What someone does, with what, and the state that is the reason.
_REASONS = (
    ("eat", ("fruit", "egg", "dish", "food"), ("hungry", "faim")),
    ("drink", ("drink",), ("thirsty", "soif")),
    ("wear", ("clothes",), ("cold", "froid")),
    ("take", ("transport",), ("late", "en retard")),
    ("sleep", (), ("ill", "")),
    ("rest", (), ("sleepy", "sommeil")),
    ("hurry", (), ("late", "en retard")),
    ("run", (), ("late", "en retard")),
    ("get up", (), ("thirsty", "soif")),
    ("go to bed", (), ("ill", "")),
)
_WARM = ("wear", ("coat", "scarf", "sweater", "jacket", "hat"))
_RIDE = ("take", ("train", "bus", "taxi"))
# The French verb, the English and the rest of the French; and what people do then, with what.
_CONDITIONS: tuple[tuple[Verb, str, str, tuple[tuple[str, tuple[str, ...]], ...]], ...] = (
    (RAIN, "it rains", "", (("take", ("umbrella", "train", "bus", "taxi")), _WARM)),
    (SNOW, "it snows", "", (_RIDE, _WARM, ("drink", ("tea", "coffee", "milk")))),
    (DO, "it is cold", "froid", (_WARM, ("drink", ("tea", "coffee", "milk")), _RIDE)),
    (
        DO,
        "it is hot",
        "chaud",
        (
            ("drink", ("water", "lemonade", "orange juice", "beer")),
            ("wear", ("hat", "shirt")),
            ("eat", ("apple", "orange", "banana", "pear", "apricot", "strawberry", "salad")),
        ),
    ),
)


def _joined(one: Clause, english: str, french: tuple[str, ...], other: Clause) -> Clause:
    """Two clauses, with a comma between them if the words in between begin with one."""
    comma = "," if english.startswith(",") else ""
    between = "".join(f"{word} " for word in english.removeprefix(",").split())
    return Clause(
        f"{one.english}{comma} {between}{other.english}",
        (*one.french[:-1], one.french[-1] + comma, *french, *other.french),
    )


def _pronoun(phrase: NounPhrase) -> tuple[str, Clitic]:
    """`it`, `them`, and the French pronoun, which agrees with the noun."""
    feminine, plural = phrase.noun.feminine, phrase.plural
    french = "les" if plural else "la" if feminine else "le"
    return "them" if plural else "it", Clitic(french, True, feminine, plural)


def twice(random: Random) -> Phrase:
    """`I lost my watch, but Paul found it.`"""
    first, tense, form, second, then, how = random.choice(_TWICE)
    one, subject = _BY_NAME[first.removeprefix("want to ")], some_subject(random)
    other_verb = _BY_NAME[second]
    kinds = [kind for kind in _THINGS if kind in one.objects and kind in other_verb.objects]
    noun = random.choice(nouns_of(*kinds))
    phrase = some_thing(random, noun, ("a", "the", "own", "own"), owner=subject, described=0.25)
    other = subject.referred() if random.random() < 0.6 else some_subject(random)
    if not subject.pronoun and other.pronoun and other.english not in ("I", "we", "you"):
        other = subject.referred()
    english, clitic = _pronoun(phrase)
    made = _joined(
        clause(subject, one, tense, form, english=phrase.english, french=phrase.french),
        ", but",
        ("mais",),
        clause(other, other_verb, then, how, english=english, clitic=clitic),
    )
    combinations = [
        (f"{first} {second}", noun.english),
        (f"{first} {second}", subject.english),
        *phrase.combinations,
    ]
    return said(made, combinations)


_DESCRIBED = ("gadget", "clothes", "furniture", "seat", "vehicle", "home")


def but_expensive(random: Random) -> Phrase:
    """`This lamp is pretty, but it is too expensive.`"""
    noun = random.choice(nouns_of(*_DESCRIBED))
    adjective = random.choice([word for word in adjectives_of(noun) if word.english in _ATTRACTIVE])
    phrase = some_thing(random, noun, ("the", "this"), described=0)
    subject = as_subject(phrase)
    pretty = adjective.form(noun.feminine, phrase.plural)
    expensive = EXPENSIVE.form(noun.feminine, phrase.plural)
    again = subject.referred()
    made = _joined(
        clause(subject, BE, "present", english=adjective.english, french=(pretty,)),
        ", but",
        ("mais",),
        clause(again, BE, "present", english="too expensive", french=("trop", expensive)),
    )
    combinations = [("but expensive", noun.english), (adjective.english, noun.english)]
    return said(made, [*combinations, *phrase.combinations])


def bought_because(random: Random) -> Phrase:
    """`She bought the lamp because it was pretty.`"""
    noun = random.choice(nouns_of(*_DESCRIBED))
    adjective = random.choice(
        [word for word in adjectives_of(noun) if word.english not in ("expensive", "new")]
    )
    buyer, verb = some_subject(random), _BY_NAME[random.choice(("buy", "choose", "sell"))]
    if noun.kind not in verb.objects:
        verb = _BY_NAME["buy"]
    phrase = some_thing(random, noun, ("a", "the", "this"), described=0)
    while phrase.plural and buyer.again == "they":  # or `they` may be either
        phrase = some_thing(random, noun, ("a", "the", "this"), described=0)
    subject = as_subject(phrase).referred()
    pretty = adjective.form(noun.feminine, phrase.plural)
    made = _joined(
        clause(buyer, verb, "past", english=phrase.english, french=phrase.french),
        "because",
        ("parce", "que"),
        clause(subject, BE, "past", english=adjective.english, french=(pretty,)),
    )
    combinations = [
        (f"{verb.name} because", noun.english),
        (f"{verb.name} because", buyer.english),
        (adjective.english, noun.english),
    ]
    return said(made, combinations)


def thinking(random: Random) -> Phrase:
    """`I think that Marie is tired.`, `Do you know where Paul lives?`"""
    thinker, verb = some_subject(random), random.choice(THINKING)
    subject = some_subject(random)
    same = subject.english == thinker.english
    if not thinker.pronoun and (same or (subject.pronoun and subject.again == thinker.again)):
        subject = thinker.referred()
    if verb.english == "know" and random.random() < 0.5:
        return _knowing_where(random, thinker, subject, verb)
    if random.random() < 0.5:
        tense, form = be_tense(random, subject, ("statement", "statement", "denial"))
        inner, combinations = person_is(random, subject, tense, form)
    else:
        going = random.choice((GO, COME, ARRIVE, STAY, LIVE))
        tenses = ("present", "past", "future", "near", "want")
        tense, form = tense_and_form(random, going, subject, tenses, ("statement", "denial"))
        inner, combinations = motion_clause(random, subject, tense, form, going)
    outer = clause(thinker, verb, "present", english="that", french=("que",))
    made = Clause(f"{outer.english} {inner.english}", (*outer.french, *inner.french))
    combinations += [(f"{verb.name} that", thinker.english), (f"{verb.name} that", tense)]
    return said(made, [*combinations, ("that", subject.english)])


def _knowing_where(random: Random, thinker: Subject, subject: Subject, verb: Verb) -> Phrase:
    word, french, verbs = random.choice(
        (
            ("where", "où", (LIVE, STAYING[0], STAYING[3])),
            ("why", "pourquoi", (STAYING[0], STAYING[1], STAYING[2], REFLEXIVE[-1])),
            ("when", "quand", (ARRIVE, COME)),
        )
    )
    does = random.choice(verbs)
    tenses = ("future", "near") if word == "when" else ("present", "future", "want")
    tense, _ = tense_and_form(random, does, subject, tenses, ("statement",))
    forms = ["statement", "denial"] + ["question"] * (thinker.person != JE)
    form = random.choice(forms)
    outer = clause(thinker, verb, "present", form, english=word, french=(french,))
    inner = clause(subject, does, tense)
    made = Clause(f"{outer.english} {inner.english}", (*outer.french, *inner.french))
    combinations = [
        (f"know {word} {form}", thinker.english),
        (f"{word} {tense}", does.name),
        (word, subject.english),
    ]
    return said(made, combinations, ending(form))


def reason(random: Random) -> Phrase:
    """`Marie is eating an apple because she is hungry.`"""
    name, kinds, (state, french) = random.choice(_REASONS)
    verb, subject = _BY_NAME[name], some_subject(random)
    past = random.random() < 0.35 and not (verb.with_etre and not subject.open)
    tense = "past" if past else random.choice(("progressive", "want", "near"))
    if tense == "progressive" and name in ("wear", "take", "get up", "hurry", "go to bed"):
        tense = "want"
    if tense != "past" and name in ("run", "hurry"):
        tense = "must"
    thing = ""
    said_of: tuple[str, ...] = ()
    combinations: list[Combination] = [(f"{tense} because", verb.name)]
    if kinds:
        phrase = some_thing(random, random.choice(nouns_of(*kinds)), ("a", "the"))
        while name == "take" and phrase.plural:  # nobody takes two
            phrase = some_thing(random, phrase.noun, ("a", "the"))
        thing, said_of = phrase.english, phrase.french
        combinations += [(verb.name, phrase.noun.english), *phrase.combinations]
    then = "past" if past else "present"
    again = subject if subject.pronoun else subject.referred()
    if state == "ill":
        plural = "s" if subject.plural else ""
        why = clause(again, BE, then, english=state, french=(f"malade{plural}",))
    elif state == "late":
        why = clause(again, BE, then, english=state, french=french.split())
    else:
        why = clause(again, HAVE, then, english=state, french=(french,), english_verb=BE)
    made = _joined(
        clause(subject, verb, tense, english=thing, french=said_of),
        "because",
        ("parce", "que"),
        why,
    )
    return said(made, [*combinations, (f"because {state}", subject.english)])


def condition(random: Random) -> Phrase:
    """`If it rains tomorrow, we will stay in Paris.`, `She won't come if it is cold.`"""
    verb, english, french, done = random.choice(_CONDITIONS)
    subject = some_subject(random)
    times = (("", ()), ("tomorrow", ("demain",)), ("this evening", ("ce", "soir")))
    when, french_when = random.choice(times)
    weather = ("si", "il", verb.present[IL], *french.split(), *french_when)
    if_clause = Clause(f"if {english} {when}".rstrip(), weather)
    combinations: list[Combination] = [("if", english), (english, subject.english)]
    form = random.choice(("statement", "statement", "denial"))
    if random.random() < 0.5:
        going = random.choice((GO, STAY))
        result, more = motion_clause(random, subject, "future", form, going, timed=False)
    else:
        name, nouns = random.choice(done)
        does, noun = _BY_NAME[name], random.choice(nouns_called(*nouns))
        phrase = some_thing(random, noun, ("a", "the", "some", "own"), owner=subject)
        words = phrase.denied if form == "denial" else phrase.french
        result = clause(subject, does, "future", form, english=phrase.english, french=words)
        more = [(does.name, noun.english), *phrase.combinations]
    combinations += [*more, (f"if {form}", subject.english)]
    if random.random() < 0.6:
        return said(_joined(if_clause, ",", (), result), combinations)
    return said(_joined(result, "", (), if_clause), combinations)


def weather_habit(random: Random) -> Phrase:
    """`When it is cold, Paul wears a coat.`"""
    verb, english, french, done = random.choice(_CONDITIONS)
    subject = some_subject(random)
    name, nouns = random.choice(done)
    does, noun = _BY_NAME[name], random.choice(nouns_called(*nouns))
    phrase = some_thing(random, noun, ("a", "some"))
    form = random.choice(("statement", "never"))
    words = phrase.denied if form == "never" else phrase.french
    when = Clause(f"when {english}", ("quand", "il", verb.present[IL], *french.split()))
    main = clause(subject, does, "present", form, english=phrase.english, french=words)
    combinations = [
        (f"when {form}", english),
        (f"when {form}", subject.english),
        (does.name, noun.english),
        *phrase.combinations,
    ]
    return said(_joined(when, ",", (), main), combinations)
