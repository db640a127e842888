"""From a text to the words that a model reads: the one implementation, in training and in service.

What a word is needs no list of any language and no setting of the machine:

1. Unicode's compatibility composition (NFKC). HTML line breaks, control characters, zero-width
   spaces and halves of surrogate pairs are spaces; curly apostrophes are straight; soft hyphens,
   joiners, marks of direction and the like, and variation selectors are dropped. Letters are made
   small where that is wished.
2. A word is a run of letters and digits, with accents that combine with them and with apostrophes
   between them. Every other character that is no space is a word of its own; of more than three
   same ones in a row three are kept.

Letters and accents are what Python's tables of Unicode say, so a newer Python may know more.
Scripts written without spaces give one word for each run of their letters. Everything here takes
time in proportion to the text's length, whatever is in it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# A piece of a text that is read at once, in characters, for which the interpreter's lock is held
# for about a millisecond. It is cut before a space; a stretch without any that is longer than this
# is cut wherever it is.
_PIECE = 16_384
# Sorting accents takes Unicode's normalisation time in the square of their number; Unicode's own
# "stream-safe" format (UAX 15, section 13) has at most 30 in a row.
_MOST_MARKS = 30
_SPACES = " \n\t\r"
_ZERO_WIDTH_SPACE = 0x200B
_APOSTROPHES = "\u2018\u2019\u02bc"
LINE_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_BREAK_START = "<br"
_LETTER = re.compile(r"[^\W_]")
_ASCII_WORD = re.compile(r"[A-Za-z0-9]++(?:'[A-Za-z0-9]++)*+|[!-/:-@\[-`{-~]")
_RUN = re.compile(r"([^\w\s]|_)\1{3,}+")
_ASCII_RUN = re.compile(r"([!-/:-@\[-`{-~])\1{3,}+")


@dataclass(frozen=True)
class Reading:
    """What a model reads of a text.

    Attributes:
        words: At most as many as the model reads.
        truncated: Whether the text has more.
    """

    words: list[str]
    truncated: bool


class ReadingRule(BaseModel):
    """How much of a text is read: of a long one the first words and the last ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_tokens: int = Field(ge=1, le=1_000_000, description="the most words that are read")
    head: int = Field(
        ge=0, description="of a longer text, how many of its first words; the rest are its last"
    )
    lowercase: bool = Field(default=True, description="whether words are written small")
    max_word_length: int = Field(
        default=40, ge=1, le=1000, description="characters; what is longer is cut"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.head > self.max_tokens:
            raise ValueError(
                f"expected head of at most max_tokens ({self.max_tokens}), received {self.head}"
            )
        return self

    def read(self, text: str) -> Reading:
        """The words of a text, cut to `max_word_length`: all, or the first and the last ones."""
        words, truncated = self.raw_words(text)
        return Reading([word[: self.max_word_length] for word in words], truncated)

    def raw_words(self, text: str) -> tuple[list[str], bool]:
        """As `read`, but with words as long as they are; what lies between is not looked at."""
        pieces = _pieces(text)
        words: list[str] = []
        for number, piece in enumerate(pieces):
            words += _words(piece, self.lowercase)
            if len(words) > self.max_tokens:
                return self._head_and_tail(words, pieces[number + 1 :]), True
        return words, False

    def _head_and_tail(self, words: list[str], unread: list[str]) -> list[str]:
        """The first of `words`, and the last of them and of what follows them."""
        wanted = self.max_tokens - self.head
        ends: list[list[str]] = []
        found = 0
        while unread and found < wanted:
            ends.append(_words(unread.pop(), self.lowercase))
            found += len(ends[-1])
        if found < wanted:
            ends.append(words)
        tail = [word for end in reversed(ends) for word in end]
        return words[: self.head] + tail[len(tail) - wanted :]


def words_of(text: str, *, lowercase: bool = True) -> list[str]:
    """All words of a text, as long as they are; see the module."""
    return [word for piece in _pieces(text) for word in _words(piece, lowercase)]


def is_blank(text: str) -> bool:
    """Whether there is nothing to read: no character but spaces, controls and invisible ones."""
    if _LETTER.search(text):
        return False
    return not any(_words(piece, lowercase=False) for piece in _pieces(text))


def _pieces(text: str) -> list[str]:
    return [text] if len(text) <= _PIECE else list(_cut(text))


def _cut(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _PIECE:
        limit = start + _PIECE
        end = max(text.rfind(space, start + len(_BREAK_START) + 1, limit) for space in _SPACES)
        if end < 0:
            end = limit
        elif text[end - len(_BREAK_START) : end].lower() == _BREAK_START:
            end -= len(_BREAK_START)  # the space is inside a line break
        yield text[start:end]
        start = end
    yield text[start:]


def _words(piece: str, lowercase: bool) -> list[str]:
    if not piece.isascii():
        piece = _unicode().clean(piece)
    if "<" in piece:
        piece = LINE_BREAK.sub(" ", piece)
    if lowercase:
        piece = piece.lower()
    if not piece.isascii():
        return _unicode().word.findall(_RUN.sub(r"\1\1\1", piece))
    return _ASCII_WORD.findall(_ASCII_RUN.sub(r"\1\1\1", piece))


class _Unicode:
    """What regular expressions of Python cannot say of characters beyond ASCII."""

    def __init__(self) -> None:
        # No other plane has accents (M), surrogates (Cs), controls (Cc) or format characters (Cf).
        codes = [*range(0x20000), *range(0xE0000, 0xE1000)]
        kinds = {code: unicodedata.category(chr(code)) for code in codes}
        marks = [code for code in codes if kinds[code][0] == "M"]
        selectors = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
        formats = [code for code in codes if kinds[code] == "Cf" and code != _ZERO_WIDTH_SPACE]
        # JSON can hold half a surrogate pair (Cs).
        controls = [code for code in codes if kinds[code] in ("Cc", "Cs")]
        # Looking among many ranges is slow, so few characters get as far as that.
        beyond = _ranges(code for code in marks if code >= 0x10000)
        mark = (
            f"(?:[{_ranges(code for code in marks if code < 0x10000)}]"
            rf"|(?=[\U00010000-\U0010ffff])[{beyond}])"
        )
        self._dropped = re.compile(rf"(?=[^\0-\xac])[{_ranges(sorted({*formats, *selectors}))}]")
        self._maybe_marks = re.compile(rf"[^\0-\u02ff]{{{_MOST_MARKS + 1}}}")
        self._many_marks = re.compile(f"({mark}{{{_MOST_MARKS}}}){mark}++")
        self.word = re.compile(
            rf"[^\W_]++(?:{mark}++[^\W_]*+|'[^\W_]++)*+"
            rf"|[^\w\s{_ranges([*controls, _ZERO_WIDTH_SPACE])}]|_"
        )

    def clean(self, text: str) -> str:
        text = self._dropped.sub("", text)
        if self._maybe_marks.search(text):
            text = self._many_marks.sub(r"\1", text)
        text = unicodedata.normalize("NFKC", text)
        for apostrophe in _APOSTROPHES:
            text = text.replace(apostrophe, "'")
        return text


_unicode = functools.cache(_Unicode)


def _ranges(codes: Iterable[int]) -> str:
    """The inside of a set of a regular expression: code points in rising order."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in ranges)
