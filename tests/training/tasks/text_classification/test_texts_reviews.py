"""Made-up reviews, and the everyday sentences that models are measured with."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import pytest

from models.errors import InvalidSetting
from tests.helpers.texts import load_texts, parts_of
from training.data.texts.same_text import content_key
from training.data.texts.text_rows import TextDataset
from training.tasks.text_classification.data.everyday import LABELS, everyday_sentences
from training.tasks.text_classification.data.review_grammar import (
    CONSTRUCTIONS,
    VERBS,
    is_held_out,
    make_opinion,
)
from training.tasks.text_classification.data.review_words import PREDICATES, SUBJECTS, Subject
from training.tasks.text_classification.data.reviews import read
from training.tasks.text_classification.recipe import TextData

_PARTED = re.compile(
    r"(?i)(?:although|even though) (?P<side>.+?), (?P<main>.+)"
    r"|(?P<main2>.+?), (?:although|even if) (?P<side2>.+)|(?P<side3>.+?), but (?P<main3>.+)"
)


@pytest.fixture(scope="module")
def reviews() -> TextDataset:
    from training.tasks.text_classification.data.reviews import load

    return load(TextData(dataset="reviews", examples=4000))


def test_every_part_is_balanced_and_as_large_as_said(reviews: TextDataset) -> None:
    sizes = [len(part) for part in parts_of(reviews)]
    assert sizes == [2880, 320, 800]
    for part in (reviews.train, reviews.validation, reviews.test):
        assert np.bincount(part.labels).tolist() == [len(part) // 2] * 2
    assert reviews.labels == ("negative", "positive")
    assert not reviews.notes  # no duplicates, nothing uneven
    keys = [content_key(text) for part in parts_of(reviews) for text in part]
    assert len(set(keys)) == 4000


def test_the_seed_decides(reviews: TextDataset) -> None:
    assert load_texts("reviews", examples=4000).fingerprint == reviews.fingerprint
    other = load_texts("reviews", examples=4000, split_seed=1)
    assert other.fingerprint != reviews.fingerprint
    assert (
        load_texts("reviews", examples=200, test_fraction=0.5).test.labels.tolist() == [0, 1] * 50
    )


def test_the_words_of_the_test_are_those_of_the_training(reviews: TextDataset) -> None:
    def words(texts: list[str]) -> set[str]:
        return set(re.findall(r"[a-z']+", " ".join(texts).lower()))

    train, validation, test = parts_of(reviews)
    assert words(test) <= words(train + validation)
    assert len(words(train + validation)) > 200


def test_no_held_out_combination_stands_in_the_training(reviews: TextDataset) -> None:
    """Plain statements are found again in the texts, whatever made them."""
    train, validation, test = ("\n".join(part).lower() for part in parts_of(reviews))
    found = Counter[tuple[bool, bool]]()
    plural = {aspect.name for subject in SUBJECTS for aspect in subject.aspects if aspect.plural}
    aspects = {aspect for subject in SUBJECTS for aspect in subject.aspects}
    denied = CONSTRUCTIONS[6]
    assert denied.denies
    for aspect in aspects:
        for predicate in (p for theme in aspect.themes for p in PREDICATES[theme]):
            verb = "are" if aspect.name in plural else "is"
            text = denied.text.format(the=f"the {aspect.name}", adj=predicate.word, **{"is": verb})
            held_out = is_held_out((aspect.name, predicate.word, denied.text))
            found[held_out, text in train + validation] += text in train + validation + test
            if held_out:
                assert text not in train
                assert text not in validation
            else:
                assert text not in test
    assert found[True, False] > 5
    assert found[False, True] > 5


def _says(clause: str) -> bool:
    """Whether a clause is positive, by its words: a predicate, turned around by a denial."""
    words = {p.word: p.positive for theme in PREDICATES.values() for p in theme}
    words |= {form: good for past, bare, good in VERBS for form in (past, bare)}
    values = [words[word] for word in re.findall(r"[a-z]+", clause) if word in words]
    assert len(values) == 1, clause
    denials = len(re.findall(r"not\b|n't\b|\b(?:never|hardly|far|anything|nobody|wrong)\b", clause))
    denials += bool(re.search(r"\bit is hard\b", clause))
    return values[0] != (denials % 2 == 1)


def test_labels_are_what_the_sentences_say(reviews: TextDataset) -> None:
    openers = {o.format(noun=noun) for s in SUBJECTS for o in s.openers for noun in s.nouns}
    told = 0
    for part in (reviews.train, reviews.validation, reviews.test):
        for text, label in zip(part.texts, part.labels, strict=True):
            for sentence in re.split(r"(?<=[.!]) ", text.lower()):
                if f"{sentence.rstrip('.')}." in {opener.lower() for opener in openers}:
                    continue
                parted = _PARTED.fullmatch(sentence)
                main = parted and next(filter(None, parted.group("main", "main2", "main3")))
                side = parted and next(filter(None, parted.group("side", "side2", "side3")))
                assert _says(main or sentence) == bool(label), text
                assert not side or _says(side) != bool(label), text
                told += 1
    assert told > 4000


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_has_both_kinds_of_opinions_for_both_parts(subject: Subject) -> None:
    random = Random(0)
    opinions = [make_opinion(random, subject, subject.nouns[0], n % 2 == 1) for n in range(400)]
    assert not any(opinion.trains and opinion.tests for opinion in opinions)
    assert sum(opinion.trains for opinion in opinions) > 150
    assert sum(opinion.tests for opinion in opinions) > 30


def test_reviews_look_like_what_people_write(reviews: TextDataset) -> None:
    train = list(reviews.train.texts)
    assert sum(text.islower() for text in train) > 100
    assert sum(text[0].isupper() for text in train) > 2000
    assert {text[-1] for text in train} >= {".", "!"}
    assert sum(text[-1] not in ".!" for text in train) > 50
    assert not any("  " in text or "{" in text for text in train)


def test_what_cannot_be_made_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="reviews are made up by Okazu; expected no path"):
        load_texts("reviews", Path("reviews.csv"))
    with pytest.raises(InvalidSetting, match="200 different test reviews cannot be made"):
        read(TextData(dataset="reviews", examples=200, test_fraction=0.999))


def test_the_everyday_sentences() -> None:
    sentences = everyday_sentences()
    assert Counter(sentence.label for sentence in sentences) == dict.fromkeys(LABELS, 60)
    assert Counter(sentence.kind for sentence in sentences).keys() == {
        "plain", "negation", "understatement", "contrast", "comparison"
    }  # fmt: skip
    texts = {sentence.text: sentence.label for sentence in sentences}
    assert len({content_key(text) for text in texts}) == len(sentences)
    assert texts["Not bad at all."] == "positive"
    assert texts["I can't say I didn't like it."] == "positive"


def test_nothing_is_trained_on_the_everyday_sentences(reviews: TextDataset) -> None:
    made = {content_key(text) for part in parts_of(reviews) for text in part}
    assert not made & {content_key(sentence.text) for sentence in everyday_sentences()}
