"""From a text to words: what a word is, how much is read, and that nothing makes it slow."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.texts.words import ReadingRule, is_blank, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  \n\t ", []),
        ("A good film.", ["a", "good", "film", "."]),
        ("Don't; rock'n'roll 'quoted' it\u2019s", "don't ; rock'n'roll ' quoted ' it's".split()),
        ("one<br />two<br>three<BR/>four <b>", "one two three four < b >".split()),
        ("wow!!!!!! a... ??", "wow ! ! ! a . . . ? ?".split()),
        ("😀😀😀😀😀 👍🏽", ["😀"] * 3 + ["👍", "🏽"]),
        ("❤\ufe0f 👨\u200d👩", ["❤", "👨", "👩"]),
        ("cafe\u0301 n\u0303", ["café", "ñ"]),
        ("x\u0335y", ["x\u0335y"]),  # has no composed form
        ("ﬁlm Ⅳ １２", ["film", "iv", "12"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("می\u200cخواهم", ["میخواهم"]),
        ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zero", "width"]),
        ("a\0b\x07c\x85d\ud800e", ["a", "b", "c", "d", "e"]),
        ("snake_case 3.14", ["snake", "_", "case", "3", ".", "14"]),
        ("日本語。", ["日本語", "。"]),
        ("ΣΊΣΥΦΟΣ", ["σίσυφος"]),
    ],
)
def test_words_by_hand(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_letters_stay_as_they_are_where_that_is_wished() -> None:
    assert words_of("Ein Éclair", lowercase=False) == ["Ein", "Éclair"]


@pytest.mark.parametrize(
    "text", ["", " ", "\u3000\u2029", "\0\x01", "\u200b\ufeff\u202e", "\ud800"]
)
def test_what_shows_nothing_is_blank(text: str) -> None:
    assert is_blank(text)
    assert words_of(text) == []


@pytest.mark.parametrize("text", ["a", " .", "\u0301", "\0" * 50_000 + "😀", "日"])
def test_what_shows_something_is_not_blank(text: str) -> None:
    assert not is_blank(text)


def rule(max_tokens: int, head: int, **others: int) -> ReadingRule:
    return ReadingRule(max_tokens=max_tokens, head=head, **others)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("head", "read"), [(0, "5 6 7 8"), (1, "1 6 7 8"), (3, "1 2 3 8"), (4, "1 2 3 4")]
)
def test_of_a_long_text_the_first_and_the_last_words_are_read(head: int, read: str) -> None:
    reading = rule(4, head).read("1 2 3 4 5 6 7 8")
    assert (reading.words, reading.truncated) == (read.split(), True)


def test_a_text_of_just_the_length_is_read_whole() -> None:
    reading = rule(3, 1).read("1 2 3")
    assert (reading.words, reading.truncated) == (["1", "2", "3"], False)


def test_long_words_are_cut() -> None:
    assert rule(9, 9, max_word_length=3).read("abcdef ab").words == ["abc", "ab"]


@pytest.mark.parametrize(("max_tokens", "head"), [(0, 0), (3, 4), (3, -1)])
def test_an_impossible_rule_is_refused(max_tokens: int, head: int) -> None:
    with pytest.raises(ValidationError):
        rule(max_tokens, head)


@pytest.mark.parametrize("between", [" ", "\n", "<br />", " <br>"])
def test_a_book_is_read_as_its_words_are(between: str) -> None:
    """Texts of many pieces; none of them is cut inside a word."""
    numbers = [f"w{number}" for number in range(30_000)]
    text = between.join(numbers)
    assert words_of(text) == numbers
    assert rule(1000, 600).read(text).words[:600] == numbers[:600]
    assert rule(1000, 600).read(text).words[600:] == numbers[-400:]


def test_a_stretch_without_spaces_is_cut_and_read_on() -> None:
    words = words_of("a" * 100_000 + " end")
    assert words[-1] == "end"
    assert set("".join(words[:-1])) == {"a"}
    assert sum(map(len, words[:-1])) == 100_000


_WIDE = st.text() | st.text(alphabet="a'<br />.\u0301\u0335é 😀\u200d\u200bש\0_", max_size=60)
_QUICK = settings(max_examples=200, derandomize=True, deadline=None, database=None)


@_QUICK
@given(text=_WIDE)
def test_any_text_gives_words_that_are_words(text: str) -> None:
    words = words_of(text)
    assert is_blank(text) == (words == [])
    for word in words:
        assert word
        assert not any(character.isspace() for character in word)
        assert len(word) == 1 or all(
            letter.isalnum() or letter == "'" or unicodedata.category(letter)[0] == "M"
            for letter in word
        )
    assert words_of(text) == words


@_QUICK
@given(text=_WIDE, max_tokens=st.integers(1, 12), share=st.floats(0, 1))
def test_head_and_tail_are_those_of_all_words(text: str, max_tokens: int, share: float) -> None:
    head = int(share * max_tokens)
    words = words_of(text)
    reading = rule(max_tokens, head, max_word_length=1000).read(text)
    assert reading.truncated == (len(words) > max_tokens)
    if reading.truncated:
        assert reading.words == words[:head] + words[len(words) - max_tokens + head :]
    else:
        assert reading.words == words


NASTY = {
    "spaces": " ",
    "one letter": "a",
    "apostrophes": "a'",
    "apostrophes alone": "'",
    "line breaks": "<br ",
    "angles": "<",
    "accents": "\u0301\u0316",
    "accents of other planes": "\U0001d165\U0001d16d",
    "emoji": "😀",
    "expanding": "\ufdfa",
    "controls": "\0",
    "dots": ".",
    "dots and marks": ".!",
    "Cyrillic": "б",
    "words": "ab ",
    "accented apostrophes": "a\u0301'",
}


@pytest.mark.parametrize("nasty", NASTY)
def test_time_is_in_proportion_to_length(nasty: str) -> None:
    """Sixteen times the text takes nowhere near 256 times the time."""

    def seconds(length: int) -> float:
        text = NASTY[nasty] * (length // len(NASTY[nasty]))
        times = []
        for _ in range(3):
            start = time.thread_time()
            rule(100, 50).read(text)
            words_of(text)
            times.append(time.thread_time() - start)
        return min(times)

    words_of("é")  # makes its tables once
    assert seconds(48_000) < 80 * max(seconds(3_000), 1e-4)


def test_the_tables_have_all_of_unicode() -> None:
    """Planes that are not looked at hold nothing that would have to be known."""
    others = [*range(0x20000, 0xE0000), *range(0xE1000, sys.maxunicode + 1)]
    kinds = {unicodedata.category(chr(code)) for code in others}
    assert kinds <= {"Lo", "Cn", "Co"}
