"""Anybody's text on a page: on one line, in the order in which it reads, and never too long."""

from __future__ import annotations

import unicodedata

from models.texts.words import LINE_BREAK

_WINDOW = 4  # times as many characters are looked at: spaces and controls are left out
_LONGEST_WORD = 20  # that is left out rather than cut
_JOINERS = "\u200c\u200d"  # some scripts and many emoji are wrong without


def excerpt(text: str, head: int = 40, tail: int = 0) -> str:
    """The beginning and the end of a text, or all of it.

    Line breaks and controls are spaces, several spaces are one; marks of direction and the like
    are dropped. It is not escaped.

    Args:
        text: Of any length; of a very long one only the ends are looked at.
        head: Of a longer text, how many of its first characters stay, or the few less that keep
            words whole.
        tail: How many of its last ones, likewise.
    """
    if len(text) <= _WINDOW * (head + tail):
        cleaned = _clean(text)
        if len(cleaned) <= head + tail:
            return cleaned
        first = last = cleaned
    else:
        first, last = _clean(text[: _WINDOW * head]), _clean(text[len(text) - _WINDOW * tail :])
    first = _cut(first, head)
    last = _cut(last[::-1], tail)[::-1]
    return f"{first.rstrip()} … {last.lstrip()}".strip()


def _cut(text: str, most: int) -> str:
    """The beginning of a text, to the end of a word if one ends within the last characters."""
    if len(text) <= most:
        return text
    space = text.rfind(" ", max(0, most - _LONGEST_WORD), most + 1)
    return text[: most if space < 0 else space]


def _clean(text: str) -> str:
    seen = "".join(map(_seen, LINE_BREAK.sub(" ", text)))
    return " ".join(seen.split())


def _seen(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cf" and character not in _JOINERS:
        return ""
    return " " if kind in ("Cc", "Cs") else character
