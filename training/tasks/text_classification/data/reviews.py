"""Made-up reviews of films and things, negative or positive, from a grammar; needs no network.

The test part tests what the words cannot tell one by one: its combinations of aspect, predicate and
construction stand in no training review, though each of the three does. Half of each part is
positive, and no review is made twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

import numpy as np

from models.errors import InvalidSetting
from training.data.splits import TEST, TRAIN
from training.data.texts.same_text import content_key
from training.data.texts.text_rows import TextDataset, TextRows
from training.tasks.text_classification.data.assembly import TextListing, assemble
from training.tasks.text_classification.data.review_grammar import Opinion, make_opinion
from training.tasks.text_classification.data.review_words import SUBJECTS, Subject
from training.tasks.text_classification.recipe import TextData

LABELS = ("negative", "positive")
_OPENED = 0.3  # of the reviews begin with a sentence without an opinion
_TWO_OPINIONS = 0.35  # of the reviews have a second one of the same kind
_LOWER_CASE = 0.1
_NO_END = 0.07
_EXCLAIMED = 0.12
_TRIES = 2_000  # to make a review that is new
_WORD = re.compile(r"[a-z']+")


def load(data: TextData) -> TextDataset:
    """Makes the reviews, and loads the sets that are learned from beside them.

    Raises:
        InvalidSetting: The recipe gives a path.
    """
    return assemble(read(data), data)


def read(data: TextData) -> TextListing:
    """Makes `data.examples` reviews, as many of them for the test as `data.test_fraction` says."""
    if data.path is not None:
        raise InvalidSetting("data.path: reviews are made up by Okazu; expected no path")
    random = Random(data.split_seed)
    seen: set[str] = set()
    tested = max(2, round(data.test_fraction * data.examples))
    counts = {TRAIN: data.examples - tested, TEST: tested}
    texts: list[str] = []
    words: set[str] = set()
    for part, count in counts.items():
        # A word that training does not have would test something else.
        known = words if part == TEST else None
        made = list(_make(random, part, count, seen, known))
        words.update(word for text in made for word in _words(text))
        texts += made
    classes = [number % 2 for count in counts.values() for number in range(count)]
    return TextListing(
        name="reviews",
        labels=LABELS,
        texts=TextRows.of(texts),
        classes=np.array(classes, np.int64),
        parts=np.repeat([*counts], [*counts.values()]).astype(np.int8),
    )


def _make(
    random: Random, part: int, count: int, seen: set[str], known: set[str] | None
) -> Iterator[str]:
    """New reviews of a part, negative and positive in turn."""
    for number in range(count):
        for _ in range(_TRIES):
            text = _review(random, part, positive=bool(number % 2))
            key = content_key(text)
            if key not in seen and (known is None or known.issuperset(_words(text))):
                break
        else:
            raise InvalidSetting(
                f"data.examples: {count:,} different test reviews cannot be made of the words of"
                " the training part; expected more examples, or a smaller data.test_fraction"
            )
        seen.add(key)
        yield text


def _review(random: Random, part: int, *, positive: bool) -> str:
    subject = random.choice(SUBJECTS)
    noun = random.choice(subject.nouns)
    sentences = []
    if random.random() < _OPENED:
        sentences.append(random.choice(subject.openers).format(noun=noun))
    told: frozenset[str] = frozenset()
    for _ in range(2 if random.random() < _TWO_OPINIONS else 1):
        opinion = _opinion_for(random, part, subject, noun, positive)
        while opinion.aspects & told:
            opinion = _opinion_for(random, part, subject, noun, positive)
        told = opinion.aspects
        sentences.append(_capital(opinion.text) + ("!" if random.random() < _EXCLAIMED else "."))
    text = " ".join(sentences)
    if random.random() < _LOWER_CASE:
        text = text.lower()
    return text[:-1] if random.random() < _NO_END else text


def _opinion_for(random: Random, part: int, subject: Subject, noun: str, positive: bool) -> Opinion:
    while True:
        opinion = make_opinion(random, subject, noun, positive)
        if opinion.tests if part == TEST else opinion.trains:
            return opinion


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
