"""The words of the made-up reviews: what is reviewed, its aspects, and what can be said of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Aspect:
    """What an opinion is of: a part of the thing, or the thing itself.

    Attributes:
        name: Without article.
        themes: Keys of `PREDICATES` that can be said of it.
        plural: Whether it takes a verb in the plural.
    """

    name: str
    themes: tuple[str, ...]
    plural: bool = False


@dataclass(frozen=True)
class Subject:
    """What reviews are about.

    Attributes:
        nouns: It is called one of these.
        aspects: Of any of them.
        openers: Sentences without an opinion that a review may begin with; `{noun}` stands in them.
    """

    nouns: tuple[str, ...]
    aspects: tuple[Aspect, ...]
    openers: tuple[str, ...]


@dataclass(frozen=True)
class Predicate:
    """An adjective that says something good or bad.

    Attributes:
        word: It.
        positive: Which of the two.
        strong: Whether it is an extreme already: `very excellent` and `not terrible` are not said.
    """

    word: str
    positive: bool
    strong: bool = False


def _predicates(positive: str, negative: str) -> tuple[Predicate, ...]:
    """From words with spaces between them; a star is before the strong ones."""
    return tuple(
        Predicate(word.lstrip("*"), good, word.startswith("*"))
        for good, words in ((True, positive), (False, negative))
        for word in words.split()
    )


# theme -> what can be said of an aspect that has it
PREDICATES = {
    "any": _predicates(
        "good pleasant impressive *great *excellent *wonderful *superb *brilliant *fantastic",
        "bad poor weak disappointing *terrible *awful *dreadful *horrible *useless",
    ),
    "story": _predicates("gripping clever moving original", "dull predictable confusing tedious"),
    "people": _predicates("convincing charming memorable", "wooden lifeless forgettable"),
    "wit": _predicates("funny clever original *hilarious", "silly stale predictable"),
    "sound": _predicates("clear rich crisp", "tinny muffled harsh"),
    "picture": _predicates("sharp bright vivid", "blurry dim grainy"),
    "build": _predicates("sturdy solid reliable", "flimsy fragile unreliable"),
    "service": _predicates("quick helpful friendly", "slow rude careless"),
    "handling": _predicates("simple clear intuitive", "awkward clumsy confusing"),
}

_THINGS = (
    "I bought this {noun} last month.",
    "My sister gave me this {noun} for my birthday.",
    "We ordered the {noun} in March.",
    "I have used this {noun} for half a year now.",
    "This {noun} replaced an older one.",
    "The {noun} arrived on Tuesday.",
)
_AROUND_THINGS = (
    Aspect("delivery", ("any", "service")),
    Aspect("customer service", ("any", "service")),
    Aspect("packaging", ("any", "build")),
    Aspect("instructions", ("any", "handling"), plural=True),
    Aspect("design", ("any", "handling")),
    Aspect("build quality", ("any",)),
)

SUBJECTS = (
    Subject(
        nouns=("film", "movie", "series", "documentary", "comedy", "thriller"),
        aspects=(
            Aspect("acting", ("any", "people")),
            Aspect("plot", ("any", "story")),
            Aspect("story", ("any", "story")),
            Aspect("script", ("any", "story")),
            Aspect("ending", ("any", "story")),
            Aspect("dialogue", ("any", "story", "wit")),
            Aspect("opening scene", ("any", "story")),
            Aspect("cast", ("any", "people")),
            Aspect("characters", ("any", "people"), plural=True),
            Aspect("jokes", ("any", "wit"), plural=True),
            Aspect("soundtrack", ("any", "sound")),
            Aspect("photography", ("any", "picture")),
            Aspect("special effects", ("any",), plural=True),
            Aspect("pacing", ("any",)),
        ),
        openers=(
            "I saw this {noun} last week.",
            "We watched the {noun} on Friday.",
            "A friend told me about this {noun}.",
            "I watched this {noun} on a long flight.",
            "We saw the {noun} with our neighbours.",
            "This {noun} was on television again.",
        ),
    ),
    Subject(
        nouns=("phone", "laptop", "tablet", "camera"),
        aspects=(
            Aspect("battery", ("any", "build")),
            Aspect("screen", ("any", "picture")),
            Aspect("sound", ("any", "sound")),
            Aspect("speakers", ("any", "sound"), plural=True),
            Aspect("buttons", ("any", "build", "handling"), plural=True),
            Aspect("menu", ("any", "handling")),
            Aspect("case", ("any", "build")),
            *_AROUND_THINGS,
        ),
        openers=_THINGS,
    ),
    Subject(
        nouns=("kettle", "blender", "vacuum cleaner", "coffee machine"),
        aspects=(
            Aspect("handle", ("any", "build", "handling")),
            Aspect("lid", ("any", "build")),
            Aspect("motor", ("any", "build")),
            Aspect("controls", ("any", "handling"), plural=True),
            Aspect("filter", ("any", "build")),
            *_AROUND_THINGS,
        ),
        openers=_THINGS,
    ),
)
