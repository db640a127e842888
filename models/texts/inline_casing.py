"""Capitals as a sign of their own, so that `Their` and `their` are the same word to a translator.

A vocabulary that has the piece `CAPITAL` reads a word with a capital first letter as the word in
small letters and the sign behind it: the inline casing of Bérard et al. 2019, "Naver Labs Europe's
Systems for the WMT19 Machine Translation Robustness Task". Other words with capitals, such as
`NASA` and `iPhone`, stay as they are.
"""

from __future__ import annotations

import re
from typing import Literal

# How a vocabulary writes capitals: as letters of their own, or marked.
Capitals = Literal["plain", "marked"]
# Of Unicode's private use, as `models.texts.placeholders.SYMBOLS` are; a text's own is dropped.
CAPITAL = "\ue00a"

_WORD = re.compile(r"[^\W\d_]++")
_LETTERS_AND_SIGN = re.compile(rf"([^\W\d_]++)({CAPITAL}?+)")


def mark_capitals(text: str) -> str:
    """`Ont-ils` becomes `ont<CAPITAL>-ils`; takes time in proportion to the text's length."""
    text = text.replace(CAPITAL, "")
    if text.islower():
        return text
    return _WORD.sub(_marked, text)


def _marked(match: re.Match[str]) -> str:
    word = match[0]
    first, others = word[0], word[1:]
    small = first.lower()
    if first == small or len(small) != 1 or small.upper() != first or others != others.lower():
        return word
    return f"{small}{others}{CAPITAL}"


def restore_capitals(text: str) -> str:
    """What `mark_capitals` was given; a sign that stands behind no word is dropped."""
    if CAPITAL not in text:
        return text
    return _LETTERS_AND_SIGN.sub(_restored, text).replace(CAPITAL, "")


def _restored(match: re.Match[str]) -> str:
    word, sign = match.groups()
    return f"{word[0].upper()}{word[1:]}" if sign else word
