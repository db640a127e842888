"""Made-up sentences in English and French, from a grammar of both; needs no network.

The test part tests composition: in each of its sentences stands a combination, of words with
words or of a word with a construction, that no other sentence has, though training has each of
the two. No sentence is made twice, and no word stands in the test alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

import numpy as np

from models.errors import InvalidSetting
from training.data.splits import TEST, TRAIN
from training.data.texts.text_rows import TextRows
from training.tasks.translation.data.assembly import assemble
from training.tasks.translation.data.bilingual.grammar import make_phrase
from training.tasks.translation.data.bilingual.phrase import Phrase
from training.tasks.translation.data.found_pairs import PairListing
from training.tasks.translation.data.pair_dataset import PairDataset
from training.tasks.translation.data.same_sentence import sentence_key
from training.tasks.translation.recipe import PairData

LANGUAGES = ("en", "fr")
_TRIES = 2_000  # to make a sentence that is new
# A hyphen joins what is learned as one, `mange-t-il`; an apostrophe parts what is not, `l'homme`.
_WORD = re.compile(r"[\w-]+")


def load(data: PairData) -> PairDataset:
    """Makes the sentences, and loads the sets that are learned from beside them.

    Raises:
        InvalidSetting: The recipe gives a path, or asks for more than can be made.
    """
    return assemble(read(data), data)


def read(data: PairData) -> PairListing:
    """Makes `data.examples` pairs; how many are for the test, a number or a fraction says."""
    if data.path is not None:
        raise InvalidSetting("data.path: phrases are made up by Okazu; expected no path")
    tested = data.test_examples or max(1, round(data.test_fraction * data.examples))
    if tested >= data.examples:
        raise InvalidSetting(
            f"data.test_examples: expected fewer than data.examples, {data.examples:,}; received"
            f" {tested:,}"
        )
    random = Random(data.split_seed)
    seen: set[str] = set()
    trained = list(_make(random, data.examples - tested, seen, None))
    known = {word for phrase in trained for word in _words(phrase)}
    phrases = [*trained, *_make(random, tested, seen, known)]
    return PairListing(
        data=data,
        languages=LANGUAGES,
        sources=TextRows.of(phrase.english for phrase in phrases),
        targets=TextRows.of(phrase.french for phrase in phrases),
        parts=np.repeat([TRAIN, TEST], [len(trained), tested]).astype(np.int8),
    )


def _make(random: Random, count: int, seen: set[str], known: set[str] | None) -> Iterator[Phrase]:
    """New sentences to train on; of known words, to test with."""
    for _ in range(count):
        for _ in range(_TRIES):
            phrase = make_phrase(random)
            key = sentence_key(phrase.english)
            wanted = phrase.trains if known is None else _tests(phrase, known)
            if wanted and key not in seen:
                break
        else:
            raise InvalidSetting(
                f"data.examples: {count:,} different sentences"
                f"{'' if known is None else ' of the words of the training part'} cannot be made;"
                " expected fewer, or fewer for the test"
            )
        seen.add(key)
        yield phrase


def _tests(phrase: Phrase, known: set[str]) -> bool:
    return not phrase.trains and known.issuperset(_words(phrase))


def _words(phrase: Phrase) -> list[str]:
    """Of both languages, which share some: each with a mark of its own."""
    english = [f"en {word}" for word in _WORD.findall(phrase.english.lower())]
    return english + [f"fr {word}" for word in _WORD.findall(phrase.french.lower())]
