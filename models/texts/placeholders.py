"""What a translator must not touch: placeholders, mark-up, addresses, long numbers and signs.

Before a text is cut into sentences, `hide` puts one character of Unicode's private use for each
such thing: `VALUE` for what stands for words (`{{name}}`, `%s`, a URL, a number), `MARKUP` for what
does not (`<b>`, `&amp;`, an emoji), and `BREAK` for tags that no sentence goes on behind (`<br>`,
`<p>`). Neighbours that only spaces part are hidden together. What is hidden:

- `{{...}}`, `{%...%}`, `${...}`, `%{...}`, `{...}` without spaces, `$name`, `%s`, `%1$s`,
  `%(name)s`, `%%`, `` `code` ``;
- HTML tags and comments, `<%...%>`, entities;
- URLs, e-mail addresses, `@mentions`, `#hashtags`;
- numbers with separators, a sign, a currency or per cent, or of at least five digits; telephone
  numbers in groups;
- emoji, other pictures, emoticons such as `:-)`;
- characters of private use, halves of surrogate pairs, and SentencePiece's own sign for a space.

Each character is looked at a bounded number of times, whatever the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# What a model reads in place of hidden things. Its vocabulary has them as pieces of their own, and
# training shows it that they come back as they are; see
# `training.tasks.translation.placeholder_augmentation`.
SYMBOLS = tuple(chr(0xE000 + number) for number in range(10))
VALUE = "\ue0f0"
MARKUP = "\ue0f1"
BREAK = "\ue0f2"
HIDDEN = f"[{VALUE}{MARKUP}{BREAK}]"

_PICTURES = (
    r"\U0001f000-\U0001faff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u20e3\ufe0f\u200d"
    r"\U000e0020-\U000e007f"
)
_MARKUP = rf"""
    <!--(?:[^<>\n-]|-(?!->)){{0,500}}+-->
    | </?[A-Za-z][\w:-]{{0,31}}+(?:[ \t][^<>\n]{{0,500}}+|/)?>
    | <%[^<>\n]{{0,200}}+>
    | &(?:[A-Za-z][A-Za-z0-9]{{1,31}}|\#[0-9]{{1,7}}|\#[xX][0-9A-Fa-f]{{1,6}});
    | [{_PICTURES}]++
    | (?<!\S)[:;=]-?[()DPp/|*]{{1,3}}+(?!\S)
    | [\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff\u2581]++
"""
# Of a number, but not the beginning of a placeholder such as `%s`.
_UNIT = r"[ \u00a0\u202f]?[%‰$€£¥](?![\w%@(]|[-+\#.]\d)"
_VALUES = r"""
    \{\{[^{}\n]{0,200}+\}\} | \{%[^{}\n]{1,200}+(?<=%)\} | [$%]?\{[^{}\s]{0,100}+\}
    | (?<!\w)\$[A-Za-z_]\w{0,63}+
    | %% | (?<![\d%])%(?:\d{1,2}\$|\(\w{1,64}\))?[-+\#0]{0,3}+\d{0,3}(?:\.\d{1,3})?
        (?:hh?|ll?|[Lz])?[sdiufFeEgGxXoc@](?!\w)
    | `[^`\n]{1,200}+`
    | (?<![\w@\#])[@\#]\w{1,64}+
    | (?<![\w.,])(?:\+\d{1,3}(?:[ \u00a0\u202f./-]?\(?\d{1,4}\)?){2,8}+
        | \d\d(?:[ \u00a0\u202f]\d\d){2,6}+)(?!\w|[.,]\d|[ \u00a0\u202f]?[%‰$€£¥])
    | (?<![\w.,])[-+−]?[$€£¥]?
        (?:\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,10}+(?!\d)(?:[.,]\d{1,9}+)?
        |  \d{1,30}+(?:[.,:/'’-]\d{1,30}+)++ | \d{5,}+)(?:UNIT)?
    | (?<![\w.,])(?:[-+−][$€£¥]?|[$€£¥])\d{1,4}+(?:UNIT)?
    | (?<![\w.,])\d{1,4}+UNIT
    | \d{5,}+
""".replace("UNIT", _UNIT)
_ADDRESS = r"""(?<!\w)(?i:(?:https?|ftps?|file)://|www\.|mailto:)[^\s<>"`{}]++"""
_EMAIL = r"(?<![\w.+-])[\w.+-]{1,64}+@(?:[\w-]{1,63}\.)++[\w-]{1,63}+"
# Most characters start none of these; e-mail addresses may begin with any letter.
_FIRST = r"(?=[^\w\s.,!?'\"()]|[\dHhFfWwMm])"
_ANY = rf"(?P<address>{_ADDRESS})|(?P<value>{_VALUES})|(?P<markup>{_MARKUP})"
_PATTERN = re.compile(rf"{_FIRST}(?:{_ANY})", re.VERBOSE)
_PATTERN_WITH_EMAIL = re.compile(rf"(?P<email>{_EMAIL})|{_FIRST}(?:{_ANY})", re.VERBOSE)
_BREAKING = re.compile(
    r"</?(?:address|article|blockquote|br|div|dd|dt|footer|form|h[1-6]|header|hr|li|main|nav|ol"
    r"|option|p|pre|section|table|tbody|td|th|thead|title|tr|ul)\b",
    re.IGNORECASE,
)
_JOINED = f"{BREAK}{VALUE}{MARKUP}"  # of two signs together the first one here stands for both
_ENDS_NO_ADDRESS = ".,;:!?'’\"”»*_)]}"


class Hidden(NamedTuple):
    """A text with things hidden.

    Attributes:
        text: With `VALUE`, `MARKUP` or `BREAK` for each of them.
        kept: What they are, in their order.
    """

    text: str
    kept: tuple[str, ...]


class _Span(NamedTuple):
    start: int
    end: int
    sign: str


def hide(text: str) -> Hidden:
    """Hides what must come through a translation as it is; see the module."""
    spans: list[_Span] = []
    place = 0
    pattern = _PATTERN_WITH_EMAIL if "@" in text else _PATTERN
    while match := pattern.search(text, place):
        span = _Span(match.start(), match.end(), _sign(match))
        if match["address"]:
            span = span._replace(end=span.start + _address_length(match["address"]))
        place = span.end
        if spans and _are_one(text, spans[-1], span):
            last = spans.pop()
            span = _Span(last.start, span.end, min(last.sign, span.sign, key=_JOINED.index))
        spans.append(span)
    return _without(text, spans)


def show(hidden: Hidden) -> str:
    """The text as it was."""
    kept = iter(hidden.kept)
    return re.sub(HIDDEN, lambda _: next(kept), hidden.text)


def hide_numbers(hidden: Hidden) -> Hidden:
    """Hides all other numbers too."""
    kept = iter(hidden.kept)
    texts: list[str] = []

    def hide_one(match: re.Match[str]) -> str:
        texts.append(next(kept) if match["hidden"] else match[0])
        return match["hidden"] or VALUE

    text = re.sub(rf"(?P<hidden>{HIDDEN})|\d++", hide_one, hidden.text)
    return Hidden(text, tuple(texts))


def _sign(match: re.Match[str]) -> str:
    if not match["markup"]:
        return VALUE
    return BREAK if _BREAKING.match(match["markup"]) else MARKUP


def _are_one(text: str, last: _Span, span: _Span) -> bool:
    if {last.sign, span.sign} == {VALUE, BREAK}:
        return False
    between = text[last.end : span.start]
    return not between.strip() and len(f"|{between}|".splitlines()) == 1


def _address_length(found: str) -> int:
    """Without the sentence's own punctuation behind it."""
    address = found.rstrip(_ENDS_NO_ADDRESS)
    if found[len(address) :].startswith(")") and address.count("(") > address.count(")"):
        return len(address) + 1
    return len(address)


def _without(text: str, spans: list[_Span]) -> Hidden:
    parts: list[str] = []
    place = 0
    for start, end, sign in spans:
        parts += text[place:start], sign
        place = end
    parts.append(text[place:])
    return Hidden("".join(parts), tuple(text[start:end] for start, end, _ in spans))
