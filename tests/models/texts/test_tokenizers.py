"""Tokenizers: ids in range, the same on every machine for ever, and files that are checked."""

from __future__ import annotations

import hashlib
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.errors import ModelDamaged
from models.texts.tokenizers import (
    NgramTokenizer,
    Tokenizer,
    WordTokenizer,
    bucket_lengths,
    read_tokenizer,
    write_tokenizer,
)
from tests.helpers.text_models import NGRAMS, ODD_TEXTS, WORDS

TOKENIZER = Path("assets.extra") / "tokenizer.json"
DISTINCT = NgramTokenizer(**(NGRAMS.model_dump() | {"distinct": True}))
# fmt: off
HASHED = [
    95359, 340432, 193996, 933242, 789187, 43213, 461196, 706955, 407849, 927140, 638287, 75764,
    908511, 676700, 815487, 541815, 728587, 614109, 1017222, 817304, 165622, 717683, 562576,
    147492, 112286, 1028816, 295822,
]
# fmt: on


def ngrams(**options: Any) -> NgramTokenizer:
    return NgramTokenizer(**({"buckets": 2**20, "max_tokens": 50, "head": 25} | options))


def test_words_are_their_places_in_the_vocabulary() -> None:
    ids, truncated = WORDS.ids("A very GOOD film, cafe\u0301!")
    assert ids.tolist() == [1, 5, 2, 6, 1, 8, 7]
    assert ids.dtype == np.int32
    assert not truncated
    assert WORDS.size == 12


def test_a_long_word_is_found_by_its_beginning() -> None:
    tokenizer = WordTokenizer(vocabulary=("abc",), max_tokens=9, head=9, max_word_length=3)
    assert tokenizer.ids("abcdef abd ab abc")[0].tolist() == [2, 1, 1, 2]


def test_a_long_text_is_cut_in_the_middle() -> None:
    tokenizer = WordTokenizer(vocabulary=("a", "b", "c", "d"), max_tokens=3, head=1)
    ids, truncated = tokenizer.ids("a b c d")
    assert (ids.tolist(), truncated) == ([2, 4, 5], True)


@pytest.mark.parametrize("tokenizer", [WORDS, NGRAMS, DISTINCT, ngrams()])
def test_a_text_of_nothing_has_an_id_too(tokenizer: Tokenizer) -> None:
    for text in ("", " ", "\0"):
        ids, truncated = tokenizer.ids(text)
        assert len(ids) >= 1
        assert ids.min() >= 1
        assert not truncated
    assert WORDS.ids("")[0].tolist() == [1]


def test_hashes_are_the_same_for_ever() -> None:
    """A model that was trained with other ids would answer nonsense; so these never change."""
    tokenizer = ngrams(word_ngrams=3, character_ngrams=(3, 4))
    assert tokenizer.ids("not bad, café")[0].tolist() == HASHED
    by_hand = hashlib.blake2b(b"not", digest_size=8).digest()
    assert HASHED[0] == 1 + (int.from_bytes(by_hand, "little") >> (64 - 20))


def test_ngrams_are_those_of_neighbours() -> None:
    tokenizer = ngrams(word_ngrams=2)
    first, second = tokenizer.ids("not bad film")[0], tokenizer.ids("bad film not")[0]
    assert len(first) == len(second) == 5
    assert sorted(first[:3]) == sorted(second[:3])
    assert set(first[3:]) & set(second[3:]) == {first[4]} == {second[3]}


def test_characters_are_those_of_the_marked_word() -> None:
    tokenizer = ngrams(character_ngrams=(3, 3))
    play, plays = tokenizer.ids("play")[0], tokenizer.ids("plays")[0]
    assert (len(play), len(plays)) == (5, 6)  # the word, <pl pla lay ay>
    assert len({*play[1:]} & {*plays[1:]}) == 3
    # A word and the same letters inside another are two things.
    assert tokenizer.ids("lay")[0][0] not in play


def test_characters_of_long_texts_are_not_read_if_so_asked() -> None:
    short, long = "not bad film", "not bad film good"
    everywhere = ngrams(character_ngrams=(3, 3))
    limited = ngrams(character_ngrams=(3, 3), character_words=3)
    assert limited.ids(short)[0].tolist() == everywhere.ids(short)[0].tolist()
    assert limited.ids(long)[0].tolist() == ngrams().ids(long)[0].tolist()


def test_distinct_ids_come_once_and_rising() -> None:
    ids = DISTINCT.ids("not bad not bad not bad")[0]
    assert ids.tolist() == sorted(set(NGRAMS.ids("not bad not bad not bad")[0].tolist()))


@pytest.mark.parametrize(
    ("longest", "lengths"),
    [
        (1, (1,)),
        (16, (16,)),
        (17, (16, 17)),
        (24, (16, 24)),
        (400, (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 400)),
    ],
)
def test_bucket_lengths_by_hand(longest: int, lengths: tuple[int, ...]) -> None:
    assert bucket_lengths(longest) == lengths


def test_a_batch_is_as_long_as_the_bucket_of_its_longest_text() -> None:
    batch = WORDS.batch(["good " * 17, "bad"])
    assert batch.shape == (2, 24)
    assert batch[0].tolist() == [2] * 17 + [0] * 7
    assert batch[1].tolist() == [3] + [0] * 23
    assert WORDS.batch(["good " * 1000]).shape == (1, 40)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"word_ngrams": 3},
        {"word_ngrams": 8, "max_tokens": 3, "head": 0},
        {"character_ngrams": (2, 5), "max_word_length": 4},
        {"character_ngrams": (2, 5), "character_words": 1000, "max_word_length": 4},
        {"character_ngrams": (3, 3), "character_words": 1},
        {"distinct": True, "buckets": 8},
    ],
)
def test_no_text_is_longer_than_the_longest(options: dict[str, Any]) -> None:
    tokenizer = ngrams(**options)
    ids, truncated = tokenizer.ids(" ".join(f"w{number:020}" for number in range(1000)))
    assert truncated
    assert len(ids) == tokenizer.longest == tokenizer.lengths[-1]


def test_what_was_kept_of_words_changes_nothing() -> None:
    """More words than are kept, read twice by one tokenizer and once by another."""
    words = [f"{number}x" for number in range(60_000)]
    many = " ".join(words)
    tokenizer = ngrams(max_tokens=60_000, head=60_000)
    first = tokenizer.ids(many)[0]
    assert np.array_equal(first, tokenizer.ids(many)[0])
    assert np.array_equal(first[:50], ngrams().ids(" ".join(words[:50]))[0])


@pytest.mark.parametrize("tokenizer", [WORDS, NGRAMS, DISTINCT])
def test_a_tokenizer_survives_writing_and_reading(tokenizer: Tokenizer, tmp_path: Path) -> None:
    write_tokenizer(tmp_path, tokenizer)
    assert json.loads((tmp_path / TOKENIZER).read_bytes())["format"] == 1
    read = read_tokenizer(tmp_path)
    assert read.model_dump() == tokenizer.model_dump()
    for text in ODD_TEXTS.values():
        assert np.array_equal(read.ids(text)[0], tokenizer.ids(text)[0])
        assert read.ids(text)[1] == tokenizer.ids(text)[1]


@pytest.mark.parametrize("tokenizer", [WORDS, NGRAMS])
def test_a_tokenizer_goes_to_other_processes(tokenizer: Tokenizer) -> None:
    tokenizer.ids("good film")
    sent = pickle.loads(pickle.dumps(tokenizer))
    for text in ODD_TEXTS.values():
        assert np.array_equal(sent.ids(text)[0], tokenizer.ids(text)[0])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "object"),
        (b"{}", "discriminator"),
        (b'{"kind": "letters"}', "letters"),
        ({"vocabulary": []}, "vocabulary"),
        ({"vocabulary": ["a", "a"]}, "must differ"),
        ({"vocabulary": "abc"}, "vocabulary"),
        ({"vocabulary": [1]}, "vocabulary.0"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"head": 99}, "head of at most"),
        ({"format": 2}, "format"),
        ({"steps": 3}, "steps"),
    ],
)
def test_a_file_that_is_no_tokenizer_is_refused(
    content: bytes | dict[str, object], words: str, tmp_path: Path
) -> None:
    path = tmp_path / TOKENIZER
    write_tokenizer(tmp_path, WORDS)
    if isinstance(content, dict):
        content = json.dumps(json.loads(path.read_bytes()) | content).encode()
    path.write_bytes(content)
    with pytest.raises(ModelDamaged, match=words):
        read_tokenizer(tmp_path)


def test_a_tokenizer_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json: the tokenizer cannot be read"):
        read_tokenizer(tmp_path)


@pytest.mark.parametrize(
    "options",
    [
        {"buckets": 3},
        {"buckets": 2**25},
        {"word_ngrams": 0},
        {"character_ngrams": (0, 3)},
        {"character_ngrams": (4, 3)},
        {"character_ngrams": (3, 99)},
        {"character_ngrams": 3},
        {"character_ngrams": (3, 4), "character_words": 0},
        {"character_words": 60},
    ],
)
def test_impossible_ngrams_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ngrams(**options)


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(text=st.text() | st.sampled_from([*ODD_TEXTS.values()]))
@pytest.mark.parametrize("tokenizer", [WORDS, NGRAMS, DISTINCT])
def test_any_text_gives_ids_in_range(tokenizer: Tokenizer, text: str) -> None:
    ids, truncated = tokenizer.ids(text)
    assert ids.dtype == np.int32
    assert 1 <= len(ids) <= tokenizer.longest
    assert ids.min() >= 1
    assert ids.max() < tokenizer.size
    reading = tokenizer.read(text)
    assert truncated == reading.truncated
    assert np.array_equal(tokenizer.ids_of(reading.words), ids)
    batch = tokenizer.batch([text, "good"])
    assert batch.shape[1] in tokenizer.lengths
    assert np.array_equal(batch[0, : len(ids)], ids)
    assert not batch[0, len(ids) :].any()
