"""Clauses: a subject, a verb in a tense, and whether it is said, denied or asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.tasks.translation.data.bilingual import french as fr
from training.tasks.translation.data.bilingual.people import JE, Subject
from training.tasks.translation.data.bilingual.verbs import (
    BE,
    CAN,
    DO,
    GO,
    HAVE,
    MUST,
    NEED,
    WANT,
    Verb,
)

# `progressive` is `être en train de`, `near` is `aller` with an infinitive, `used` the imperfect.
TENSES = ("present", "progressive", "past", "future", "near", "can", "must", "want", "used")
FORMS = ("statement", "denial", "question", "never", "no longer")
_NEVER_IN = ("present", "past", "future")
_NEGATIONS = {"denial": "pas", "never": "jamais", "no longer": "plus"}
_BE_PRESENT = ("am", "is", "are", "are", "are")
_BE_PAST = ("was", "was", "were", "were", "were")
_STATES = (BE, HAVE, DO, NEED)
_FOLLOWED = {"near": GO, "can": CAN, "must": MUST, "want": WANT}


def possible(tense: str, form: str) -> bool:
    """Whether there is such a form of such a tense."""
    if form == "never":
        return tense in _NEVER_IN
    if form == "no longer":
        return tense == "present"
    if form == "question":
        return tense not in ("used", "must")
    return form == "statement" or tense != "used"


@dataclass(frozen=True)
class Clause:
    """A clause without capital and full stop; French words before they are spelled together."""

    english: str
    french: tuple[str, ...]


@dataclass(frozen=True)
class Clitic:
    """An object before the French verb.

    Attributes:
        french: A pronoun, `le` or `lui`; empty where a question begins with the object.
        agrees: Whether a participle agrees with it.
        feminine: Its gender.
        plural: Its number.
    """

    french: str
    agrees: bool = False
    feminine: bool = False
    plural: bool = False


def clause(
    subject: Subject,
    verb: Verb,
    tense: str,
    form: str = "statement",
    *,
    english: str = "",
    french: Sequence[str] = (),
    clitic: Clitic | None = None,
    asked: tuple[str, Sequence[str]] | None = None,
    english_verb: Verb | None = None,
) -> Clause:
    """Puts a clause together.

    Args:
        subject: Who or what does it.
        verb: What is done.
        tense: One of `TENSES`.
        form: One of `FORMS`.
        english: What follows the verb.
        french: The same.
        clitic: A pronoun that stands before the French verb.
        asked: Question words of both languages, in front of a question.
        english_verb: Where English has another one: `is hungry`, `a faim`.
    """
    before = english_clause(subject, english_verb or verb, tense, form)
    front = (asked[0],) if asked else ()
    return Clause(
        " ".join(filter(None, [*front, before, verb.english_after, english])),
        (
            *_french(subject, verb, tense, form, clitic, asked[1] if asked else None),
            *french,
        ),
    )


def english_clause(subject: Subject, verb: Verb, tense: str, form: str) -> str:
    """Subject and verb in English."""
    if verb is BE:
        return _with_auxiliary(subject, *_english_be(subject, tense), form)
    if tense in ("present", "past") and form in ("denial", "question"):
        auxiliary = "did" if tense == "past" else "does" if subject.third else "do"
        return _with_auxiliary(subject, auxiliary, verb.english, form)
    if tense == "want" and form in ("denial", "question"):
        auxiliary = "does" if subject.third else "do"
        return _with_auxiliary(subject, auxiliary, f"want to {verb.english}", form)
    plain = {
        "present": verb.third if subject.third else verb.english,
        "past": verb.past,
        "want": f"{'wants' if subject.third else 'want'} to {verb.english}",
        "used": f"used to {verb.english}",
    }
    if tense in plain:
        adverb = "" if form == "statement" else f"{form} "
        return f"{subject.english} {adverb}{plain[tense]}"
    auxiliary, rest = {
        "progressive": (_BE_PRESENT[subject.person], verb.gerund),
        "near": (_BE_PRESENT[subject.person], f"going to {verb.english}"),
        "future": ("will", verb.english),
        "can": ("can", verb.english),
        "must": ("must", verb.english),
    }[tense]
    return _with_auxiliary(subject, auxiliary, rest, form)


def _english_be(subject: Subject, tense: str) -> tuple[str, str]:
    return {
        "present": (_BE_PRESENT[subject.person], ""),
        "past": (_BE_PAST[subject.person], ""),
        "future": ("will", "be"),
    }[tense]


def _with_auxiliary(subject: Subject, auxiliary: str, rest: str, form: str) -> str:
    denied = {"am": "am not", "will": "won't", "can": "can't", "must": "must not"}
    words = {
        "statement": [subject.english, auxiliary, rest],
        "denial": [subject.english, denied.get(auxiliary, f"{auxiliary}n't"), rest],
        "never": [subject.english, auxiliary, "never", rest],
        "no longer": [subject.english, auxiliary, "no longer", rest],
        "question": [auxiliary, subject.english, rest],
    }[form]
    return " ".join(filter(None, words))


def _french(
    subject: Subject,
    verb: Verb,
    tense: str,
    form: str,
    clitic: Clitic | None,
    asked: Sequence[str] | None,
) -> tuple[str, ...]:
    finite, rest, pronouns = _french_verb(subject, verb, tense, clitic)
    negation = _NEGATIONS.get(form)
    before = [*(["ne"] if negation else []), *pronouns]
    after = [*([negation] if negation else []), *rest]
    if form != "question":
        return (*subject.french, *before, finite, *after)
    if asked is None and subject.pronoun and subject.person != JE:
        return (*before, fr.inverted(finite, subject.french[0]), *after)
    # After a question word, and of anyone but a pronoun, `est-ce que` leaves the order as it is.
    return (*(asked or ()), "est-ce", "que", *subject.french, *before, finite, *after)


def _french_verb(
    subject: Subject, verb: Verb, tense: str, clitic: Clitic | None
) -> tuple[str, list[str], list[str]]:
    """The finite form, what follows it, and the pronouns before it."""
    person = subject.person
    pronouns = [fr.reflexive(person)] if verb.reflexive else []
    pronouns += [clitic.french] if clitic and clitic.french else []
    if tense == "past":
        # `I was tired` tells of a state, for which French has its imperfect.
        if verb in _STATES:
            return fr.imperfect(verb, person), [], pronouns
        auxiliary = BE if verb.with_etre else HAVE
        return auxiliary.present[person], [_participle(subject, verb, clitic)], pronouns
    simple = {"present": verb.present[person], "future": fr.future(verb, person)}
    if tense in simple:
        return simple[tense], [], pronouns
    if tense == "used":
        return fr.imperfect(verb, person), [], pronouns
    # One word, so that `de` and a pronoun `le` are not taken for `du`.
    infinitive = fr.spell([*pronouns, verb.french])
    if tense == "progressive":
        return BE.present[person], ["en", "train", "de", infinitive], []
    return _FOLLOWED[tense].present[person], [infinitive], []


def _participle(subject: Subject, verb: Verb, clitic: Clitic | None) -> str:
    if verb.with_etre:
        return fr.agreed(verb.participle, subject.feminine, subject.plural)
    if clitic and clitic.agrees:
        return fr.agreed(verb.participle, clitic.feminine, clitic.plural)
    return verb.participle
