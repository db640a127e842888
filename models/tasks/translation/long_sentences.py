"""How a sentence that is too long for a translator is cut, by a rule that a reader can foresee.

A sentence that is longer than the limit is cut behind semicolons, colons and dashes; a piece that
is still too long behind commas; then before a conjunction (`and`, `because`, `et`, `mais` ...);
then at any space; and a word that is too long by itself anywhere. Nothing is left out. Of the
places of one kind those are taken that give as few pieces as possible, and of about the same
length.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

Length = Callable[[str], int]

_CONJUNCTIONS = (
    "and but or nor because although while whereas which who that when if so then"
    " et mais ou ni car parce puisque quoique tandis alors quand lorsque dont donc puis"
    " und oder aber weil wenn y o pero porque e ma perché mas"
)
_LEVELS = (
    re.compile(r"[;:–—]++\s++|[；：]++\s*+"),
    re.compile(r",++\s++|[，、]++\s*+"),
    re.compile(rf"(?<=\s)(?=(?:{'|'.join(_CONJUNCTIONS.split())})\s)", re.IGNORECASE),
    re.compile(r"\s++"),
)


def clause_ends(sentence: str, longest: int, length: Length) -> Iterator[int]:
    """Where to cut a sentence so that no piece is longer than `longest`.

    Args:
        sentence: One line.
        longest: At least 1.
        length: Of a string, in any unit; of two together about the sum.

    Yields:
        The end of each piece but the last. A single character may still be too long.
    """
    pieces = _pieces(sentence, longest, length, 0)
    return itertools.islice(itertools.accumulate(map(len, pieces)), len(pieces) - 1)


def _pieces(text: str, longest: int, length: Length, level: int) -> list[str]:
    if length(text) <= longest or len(text) == 1:
        return [text]
    if level == len(_LEVELS):
        return _anywhere(text, longest, length)
    parts = _cut(text, [match.end() for match in _LEVELS[level].finditer(text)])
    return [
        piece
        for part in _together(parts, longest, length)
        for piece in _pieces(part, longest, length, level + 1)
    ]


def _together(parts: list[str], longest: int, length: Length) -> list[str]:
    """Puts neighbours together as long as they fit, into pieces of about the same length."""
    sizes = [length(part) for part in parts]
    total = sum(sizes)
    wanted = total / -(-total // longest)
    joined: list[list[str]] = [[]]
    size = 0
    for part, own in zip(parts, sizes, strict=True):
        if joined[-1] and (size + own > longest or size >= wanted):
            joined.append([])
            size = 0
        joined[-1].append(part)
        size += own
    return ["".join(some) for some in joined]


def _anywhere(text: str, longest: int, length: Length) -> list[str]:
    """Equal pieces, cut again where they happen to be too long."""
    count = min(len(text), 1 + length(text) // longest)
    step = -(-len(text) // count)
    pieces = (text[place : place + step] for place in range(0, len(text), step))
    return [again for piece in pieces for again in _pieces(piece, longest, length, len(_LEVELS))]


def _cut(text: str, ends: list[int]) -> list[str]:
    places = [0, *(end for end in ends if 0 < end < len(text)), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(places)]
