"""Sentences that were cut into tokens for linguists, written again as people write."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BRACKETS = {
    "-lrb-": "(",
    "-rrb-": ")",
    "-lsb-": "[",
    "-rsb-": "]",
    "-lcb-": "{",
    "-rcb-": "}",
}
_ESCAPED = re.compile(r"\\([/*])")
_OPENING = frozenset("([{$#")
_CLOSING = re.compile(r"[.,;:?!%)\]}]+")
_CLITIC = re.compile(r"n't|'(?:s|re|ve|ll|d|m)", re.IGNORECASE)
# Words that the Penn Treebank takes apart without a sign of it.
_TAKEN_APART = frozenset(
    (("gon", "na"), ("wan", "na"), ("got", "ta"), ("gim", "me"), ("lem", "me"), ("can", "not"))
)


def untokenize(sentence: str) -> str:
    r"""Undoes the tokens and escapes of the Penn Treebank, so that a text looks as it was typed.

    Brackets (`-lrb-`), quotes (``` `` ```, `''`), slashes and asterisks (`\/`) get their characters
    back; `does n't` and `it 's` become one word again, and punctuation stands where it belongs:
    `-lrb- it is n't bad ! -rrb-` is `(it isn't bad!)`. Straight quotes, which do not say whether
    they open or close, are taken to do so in turn. Capitals, where lost, stay lost.

    Args:
        sentence: Tokens with spaces between them.
    """
    pieces: list[str] = []
    glued = True  # whether the next token follows without a space
    previous = ""
    for token, left, right in _tokens(sentence.split()):
        if not (glued or left or (previous.lower(), token.lower()) in _TAKEN_APART):
            pieces.append(" ")
        pieces.append(token)
        glued, previous = right, token
    return "".join(pieces)


def _tokens(tokens: list[str]) -> Iterator[tuple[str, bool, bool]]:
    """Each token as it is written, and whether it belongs to its left and to its right."""
    double = single = False  # whether a quote is open
    straight = tokens.count('"')
    for position, raw in enumerate(tokens):
        token = _ESCAPED.sub(r"\1", _BRACKETS.get(raw.lower(), raw))
        if token == "``":
            double = True
            yield '"', False, True
        elif token == "''":
            double = False
            yield '"', True, False
        elif token == '"' and (double or straight > 1):
            # The last of an odd number has no partner, and stands alone.
            straight -= 1
            double = not double
            yield token, not double, double
        elif token == "`":
            single = True
            yield "'", False, True
        elif token == "'" and (single or _is_plural(tokens, position)):
            single = False
            yield token, True, False
        else:
            left = bool(_CLOSING.fullmatch(token) or _CLITIC.fullmatch(token))
            yield token, left, token in _OPENING


def _is_plural(tokens: list[str], position: int) -> bool:
    """Whether an apostrophe is that of `the actors ' work`."""
    return position > 0 and tokens[position - 1].lower().endswith("s")
