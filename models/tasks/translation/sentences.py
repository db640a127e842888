"""Where the sentences of a text are.

The rule needs little of any language:

- A line break ends a sentence, and so do a tag like one (`<br>`, `<p>`), a tab, and three spaces or
  more, as between columns.
- So does a run of `. ! ? …` (and of Arabic, Indic and Chinese full stops), with the quotes and
  brackets that close behind it, where a space follows and then no small letter. After a Chinese
  full stop no space is needed.
- A single full stop does not after `Mr`, `Dr`, `e.g` and the like, after `No`, `p`, `Jan` and the
  like before a number, and after an initial (`J. Smith`, `U.S. Army`; but `I.` ends).

Around a sentence are taken off: spaces, mark-up, the signs of a list at the line's beginning (`-`,
`•`, `3.`), and quotes and brackets that have no partner inside, or the whole sentence between them.
What has no letter is no sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from models.texts.placeholders import BREAK, MARKUP

_LIST_SIGN = re.compile(r"(?:[-*+>#|•‣◦·–—]+|\d{1,3}[.)])\s+(?=\S)")
_GAP = re.compile(r"(\t[\t ]*+|(?<! ) {3}[\t ]*+)")
_EAST_ASIAN = "。！？｡．"
_CLOSERS = "\"'”’»›)]}」』）】"
_OPENERS = "\"'“‘„«‹([{¿¡–—-"
_STOP = re.compile(
    rf"{BREAK}|[.!?…؟।॥۔{_EAST_ASIAN}]++"
    rf"(?:[{re.escape(_CLOSERS)}{MARKUP}]|[ \u00a0\u202f](?=»)){{0,20}}+"
)
_BEFORE_FIRST_WORD = re.compile(rf"[\s{re.escape(_OPENERS)}{MARKUP}]{{0,20}}+")
_LETTER = re.compile(r"[^\W\d_]")
_WORD_BEFORE = 24  # characters that are looked at

_NEVER_LAST = frozenset(
    "mr mrs ms mx dr prof st ste mt messrs rev hon gen col sgt capt lt maj cpl cmdr gov sen rep"
    " pres mme mmes mlle mlles mgr me hr fr frau sr sra srta dott sig vs cf e.g i.e eg ie approx"
    " viz p.ex c.-à-d c.à.d z.b d.h p.ej".split()
)
_BEFORE_NUMBERS = frozenset(
    "no nos nr fig figs p pp vol vols ch chap sec art eq ver v n° nº"
    " jan feb mar apr jun jul aug sep sept oct nov dec"
    " janv févr avr juil déc".split()
)
_PAIRS = {
    **{"(": ")", "[": "]", "{": "}", "“": "”", "„": "”", "«": "»", "‹": "›"},
    **{"「": "」", "『": "』", "（": "）", "【": "】"},
}
_CLOSING = frozenset(_PAIRS.values())
_PAIRED = re.compile(f'["{re.escape("".join((*_PAIRS, *_CLOSING)))}]')
# Punctuation and dashes before a sentence that are not part of its first word.
_LONE_SIGN = re.compile(rf"[,;:.!?…•–—-](?=[\s,;:.!?…{MARKUP}])")


def has_letters(text: str) -> bool:
    """Whether there is anything to translate."""
    return _LETTER.search(text) is not None


class Parts:
    """Sentences and what is around them, as they are found; each string added follows the last."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._around: list[str] = []

    def keep(self, text: str) -> None:
        """Adds what is no sentence."""
        self._around.append(text)

    def add(self, text: str, ends: Iterable[int] = ()) -> None:
        """Adds a sentence and what may be around it; with `ends`, as many and one more."""
        place = 0
        for end in (*ends, len(text)):
            self._add(text[place:end])
            place = end

    def _add(self, text: str) -> None:
        start, end = _core(text) if has_letters(text) else (len(text), len(text))
        self._around.append(text[:start])
        if start < end:
            self._parts += "".join(self._around), text[start:end]
            self._around = [text[end:]]

    def done(self) -> list[str]:
        """An odd number of strings: the second, fourth and so on are sentences."""
        return [*self._parts, "".join(self._around)]


def split_text(text: str) -> list[str]:
    """Cuts a text into sentences and what is around them.

    Args:
        text: With `models.texts.placeholders.hide` done to it.

    Returns:
        As `Parts.done` gives them; together they are the text.
    """
    parts = Parts()
    for line in text.splitlines(keepends=True):
        for number, part in enumerate(_GAP.split(line)):
            if number % 2:
                parts.keep(part)
            else:
                _add_sentences(parts, part)
    return parts.done()


def _add_sentences(parts: Parts, line: str) -> None:
    start = len(line) - len(line.lstrip())
    if sign := _LIST_SIGN.match(line, start):
        start = sign.end()
    parts.keep(line[:start])
    parts.add(line[start:], (end - start for end in _ends(line, start)))


def _ends(line: str, start: int) -> Iterator[int]:
    """Behind each sentence of a line, without the last."""
    for stop in _STOP.finditer(line, start):
        end = stop.end()
        if end == len(line):
            return
        if (
            stop[0] == BREAK
            or ends_east_asian(stop[0])
            or (
                line[end].isspace()
                and _starts_a_sentence(line, end)
                and _is_full(line, stop, start)
            )
        ):
            yield end


def ends_east_asian(text: str) -> bool:
    """Whether a sentence ends in a way after which no space is needed."""
    return text.rstrip(f"{_CLOSERS}{MARKUP}").endswith(tuple(_EAST_ASIAN))


def _starts_a_sentence(line: str, end: int) -> bool:
    before = _BEFORE_FIRST_WORD.match(line, end)
    first = line[before.end() : before.end() + 1] if before else ""
    return not first.islower()


def _is_full(line: str, stop: re.Match[str], start: int) -> bool:
    """Whether the stop ends more than a word."""
    if stop[0] != ".":
        return True
    words = line[max(start, stop.start() - _WORD_BEFORE) : stop.start()].split()
    word = words[-1].lstrip(_OPENERS) if words else ""
    small = word.lower()
    if small in _NEVER_LAST or _is_initial(word):
        return False
    return (
        small not in _BEFORE_NUMBERS or not line[stop.end() : stop.end() + 2].strip()[:1].isdigit()
    )


def _is_initial(word: str) -> bool:
    """Of `J`, `J.-P` and `U.S` the last letter; `I` is a word."""
    if word == "I" or not word[-1:].isupper():
        return False
    return len(word) == 1 or word[-2] == "." or word[-3:-1] == ".-"


def _core(text: str) -> tuple[int, int]:
    """Where a sentence starts and ends within what stands around it; see the module."""
    partners = _partners(text)

    def is_around(place: int) -> bool:
        return (
            text[place].isspace()
            or text[place] in (MARKUP, BREAK)
            or (place not in partners and _PAIRED.match(text, place) is not None)
        )

    start, end = 0, len(text)
    while start < end:
        if is_around(start) or _LONE_SIGN.match(text, start):
            start += 1
        elif is_around(end - 1):
            end -= 1
        elif partners.get(start) == end - 1:
            start, end = start + 1, end - 1
        else:
            break
    return start, max(start, end)


def _partners(text: str) -> dict[int, int]:
    """For the places of brackets and double quotes in pairs, where the other one is."""
    partners: dict[int, int] = {}
    opened: list[int] = []
    for match in _PAIRED.finditer(text):
        place, sign = match.start(), match[0]
        if opened and sign == _PAIRS.get(text[opened[-1]], '"'):
            other = opened.pop()
            partners[other], partners[place] = place, other
        elif sign not in _CLOSING:
            opened.append(place)
    return partners
