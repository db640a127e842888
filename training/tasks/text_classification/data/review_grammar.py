"""How opinions are put into sentences: plainly, denied, denied twice, and weighed against others.

Each construction says whether it turns what its predicate says around. A combination of an aspect,
a predicate and a construction is either one that training may see, or held out for the test part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from training.tasks.text_classification.data.review_words import (
    PREDICATES,
    SUBJECTS,
    Aspect,
    Predicate,
    Subject,
)

_HELD_OUT_EACH = 5  # one combination in so many is held out
_MILD_DEGREES = ("", "very ", "really ", "rather ", "quite ")
_STRONG_DEGREES = ("", "simply ", "absolutely ", "really ")


@dataclass(frozen=True)
class Construction:
    """A way to say a predicate of an aspect.

    Attributes:
        text: In it stand `{the}` for the aspect with its article, `{is}`, `{was}`, `{isnt}` and
            `{feels}` for verbs that agree with it, and `{adj}`.
        denies: Whether it says the opposite of its predicate.
        degrees: Whether a degree (`very`) may stand before the predicate.
        strong: Whether strong predicates, and verbs that say something bad, are said in this way.
    """

    text: str
    denies: bool = False
    degrees: bool = False
    strong: bool = True


# The first three stand in contrasts too.
CONSTRUCTIONS = (
    Construction("{the} {is} {adj}", degrees=True),
    Construction("{the} {isnt} {adj}", denies=True, strong=False),
    Construction("I found {the} {adj}", degrees=True),
    Construction("we thought {the} {was} {adj}", degrees=True),
    Construction("{the} turned out to be {adj}", degrees=True),
    Construction("you can tell at once that {the} {is} {adj}", degrees=True),
    Construction("{the} {is} not {adj} at all", denies=True, strong=False),
    Construction("{the} never {feels} {adj}", denies=True, strong=False),
    Construction("{the} {is} hardly {adj}", denies=True, strong=False),
    Construction("{the} {is} far from {adj}", denies=True),
    Construction("{the} {is} anything but {adj}", denies=True),
    Construction("I did not find {the} {adj}", denies=True, strong=False),
    Construction("I can't say that {the} {is} {adj}", denies=True, strong=False),
    Construction("nobody could call {the} {adj}", denies=True, strong=False),
    Construction("it would be wrong to call {the} {adj}", denies=True, strong=False),
    Construction("I don't think that {the} {is} {adj}", denies=True, strong=False),
)
_CLAUSES = CONSTRUCTIONS[:3]

# What is said of an aspect with a verb: its past, its bare form, and whether it is good.
VERBS = (
    ("liked", "like", True),
    ("enjoyed", "enjoy", True),
    ("appreciated", "appreciate", True),
    ("loved", "love", True),
    ("disliked", "dislike", False),
)
# `{did}` is the past, `{do}` the bare form. Two denials and `dislike` are more than people say.
VERB_CONSTRUCTIONS = (
    Construction("I {did} {the}"),
    Construction("we really {did} {the}"),
    Construction("I did not {do} {the}", denies=True),
    Construction("I can't say I {did} {the}", denies=True),
    Construction("I can't say I didn't {do} {the}", strong=False),
    Construction("it is hard not to {do} {the}", strong=False),
    Construction("it is hard to {do} {the}", denies=True),
)

# `{main}` decides, `{side}` says the opposite.
CONTRASTS = (
    "although {side}, {main}",
    "{main}, although {side}",
    "{side}, but {main}",
    "even though {side}, {main}",
    "{main}, even if {side}",
)


@dataclass(frozen=True)
class Opinion:
    """A sentence without capital and full stop.

    Attributes:
        text: It.
        combinations: The aspect, predicate and construction of each clause, the one that decides
            first.
    """

    text: str
    combinations: tuple[tuple[str, str, str], ...]

    @property
    def trains(self) -> bool:
        """Whether training may see it: no combination in it is held out."""
        return not any(map(is_held_out, self.combinations))

    @property
    def tests(self) -> bool:
        """Whether it is for the test part: the combination that decides is held out."""
        return is_held_out(self.combinations[0])

    @property
    def aspects(self) -> frozenset[str]:
        """What it is about."""
        return frozenset(aspect for aspect, _, _ in self.combinations)


def _numbered(words: Sequence[str]) -> dict[str, int]:
    return {word: number for number, word in enumerate(dict.fromkeys(words))}


_ASPECTS = _numbered(
    [noun for subject in SUBJECTS for noun in subject.nouns]
    + [aspect.name for subject in SUBJECTS for aspect in subject.aspects]
)
_PREDICATES = _numbered(
    [predicate.word for theme in PREDICATES.values() for predicate in theme]
    + [past for past, _, _ in VERBS]
)
_CONSTRUCTIONS = _numbered(
    [construction.text for construction in (*CONSTRUCTIONS, *VERB_CONSTRUCTIONS)] + [*CONTRASTS]
)


def is_held_out(combination: tuple[str, str, str]) -> bool:
    """Whether a combination stands in the test part alone.

    They are spread evenly, as in a Latin square, so training sees each of the three with others.
    """
    aspect, predicate, construction = combination
    number = _ASPECTS[aspect] + 2 * _PREDICATES[predicate] + 3 * _CONSTRUCTIONS[construction]
    return number % _HELD_OUT_EACH == 0


def make_opinion(random: Random, subject: Subject, noun: str, positive: bool) -> Opinion:
    """Makes up a sentence that is positive or not as a whole."""
    kind = random.random()
    if kind < 0.25:
        return _contrast(random, subject, noun, positive)
    aspect = _aspect(random, subject, noun)
    if kind < 0.4:
        return _with_verb(random, aspect, positive)
    return _clause(random, random.choice(CONSTRUCTIONS), aspect, positive)


def _aspect(random: Random, subject: Subject, noun: str) -> Aspect:
    return random.choice((*subject.aspects, Aspect(noun, ("any",))))


def _clause(random: Random, construction: Construction, aspect: Aspect, positive: bool) -> Opinion:
    predicate = random.choice(
        [
            predicate
            for theme in aspect.themes
            for predicate in PREDICATES[theme]
            if predicate.positive == (positive != construction.denies)
            and (construction.strong or not predicate.strong)
        ]
    )
    text = construction.text.format(
        **_agreement(random, aspect), adj=_degree(random, construction, predicate) + predicate.word
    )
    return Opinion(text, ((aspect.name, predicate.word, construction.text),))


def _degree(random: Random, construction: Construction, predicate: Predicate) -> str:
    if not construction.degrees:
        return ""
    return random.choice(_STRONG_DEGREES if predicate.strong else _MILD_DEGREES)


def _agreement(random: Random, aspect: Aspect) -> dict[str, str]:
    plural = aspect.plural
    short = random.random() < 0.5
    return {
        "the": f"the {aspect.name}",
        "is": "are" if plural else "is",
        "was": "were" if plural else "was",
        "isnt": ("aren't" if plural else "isn't") if short else ("are not" if plural else "is not"),
        "feels": "feel" if plural else "feels",
    }


def _with_verb(random: Random, aspect: Aspect, positive: bool) -> Opinion:
    construction = random.choice(
        [each for each in VERB_CONSTRUCTIONS if each.strong or positive != each.denies]
    )
    past, bare, _ = random.choice(
        [verb for verb in VERBS if verb[2] == (positive != construction.denies)]
    )
    text = construction.text.format(the=f"the {aspect.name}", did=past, do=bare)
    return Opinion(text, ((aspect.name, past, construction.text),))


def _contrast(random: Random, subject: Subject, noun: str, positive: bool) -> Opinion:
    frame = random.choice(CONTRASTS)
    first = _aspect(random, subject, noun)
    second = random.choice([aspect for aspect in subject.aspects if aspect != first])
    main = _clause(random, random.choice(_CLAUSES), first, positive)
    side = _clause(random, random.choice(_CLAUSES), second, not positive)
    [(aspect, predicate, _)] = main.combinations
    [(other, said, _)] = side.combinations
    return Opinion(
        frame.format(main=main.text, side=side.text),
        (
            (aspect, predicate, frame),
            (other, said, frame),
            *main.combinations,
            *side.combinations,
        ),
    )
