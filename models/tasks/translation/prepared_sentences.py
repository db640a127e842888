"""How a sentence is put to a translator, and how its answer is checked and put back.

Hidden things become symbols that the translator's vocabulary has
(`models.texts.placeholders.SYMBOLS`), with a space where they touch a word. A sentence in capitals
is asked in small letters, one that begins small with a capital, one without a final mark with a
full stop, or with a question mark if it is an English question. All that is undone in the answer,
which counts only if every symbol came back once, mark-up in its old order, no other symbol came
with them, and all numbers that were there are there again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from models.texts.placeholders import HIDDEN, MARKUP, SYMBOLS, Hidden

_ANY_SYMBOL = re.compile("[\ue000-\ue0ff]")
_HIDDEN = re.compile(HIDDEN)
_NUMBER = re.compile(r"\d++")
_ENGLISH_I = re.compile(r"(?<![\w(-])i(?![.\w)-])")
_FEWEST_CAPITALS = 4  # fewer are a name such as USA, unless they are cried out
_FEWEST_CRIED = 2
_BE = "am|is|are|was|were"
_MODAL = "does|did|can|could|will|wo|would|shall|should|has"
_NOT = "(?:n?['’]t)?"
_SOMEBODY = (
    "i|you|he|she|it|we|they|there|this|that|these|those|the|my|your|his|her|our|their"
    "|(?:any|some|every)(?:one|body|thing)"
)
_ENGLISH_QUESTION = re.compile(
    rf"""(?: (?:who|when|where|why)(?:\ else)?
          | (?:what|which|whose|how)(?!\ (?:{_SOMEBODY}|an?)\b)(?:\ [\w-]{{1,20}}+){{0,2}}? )
        (?: ['’](?:s|re) | \ (?:{_BE}|{_MODAL}|do|have|had){_NOT} )\b
    | (?:{_BE}|{_MODAL}){_NOT}\ (?:{_SOMEBODY})\b
    | (?:do|have){_NOT}\ (?:i|you|we|they)\b""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Asking:
    """How sentences are put to a translator.

    Attributes:
        symbols: What it can copy; () where it has not learned to.
        language: Of the sentences, an ISO 639-1 code; decides only that in English `I` is a
            capital, and what is a question.
        full_stop: Whether one, or a question mark, is added to a sentence without any, and taken
            off again.
    """

    symbols: Sequence[str] = SYMBOLS
    language: str | None = None
    full_stop: bool = False


@dataclass(frozen=True)
class Form:
    """A sentence as it is asked.

    Attributes:
        asked: For the translator.
        symbols: In it, in their order, for what the sentence has hidden.
        hidden: The sentence.
        capitals: Whether the answer is to be in capitals.
        small: Whether it is to begin with a small letter.
        added: The final mark that the sentence did not have; empty if none was added.
    """

    asked: str
    symbols: tuple[str, ...]
    hidden: Hidden
    capitals: bool
    small: bool
    added: str

    def answer(self, text: str) -> str | None:
        """The translation, with everything in its place, or None if it cannot be trusted."""
        text = text.strip()
        if not text or not self._is_sound(text):
            return None
        if self.added and text.endswith((".", "?")) and not text.endswith(".."):
            text = text[:-1].rstrip() or text
        if self.capitals:
            text = text.upper()
        if self.small and not self._begins_with_a_name(text):
            text = text[0].lower() + text[1:]
        return self._with_hidden(text)

    def _begins_with_a_name(self, text: str) -> bool:
        """Whether a translation's first word has its capital whatever stands before it."""
        first = re.match(r"\w*", text)
        word = first[0] if first else ""
        among = re.findall(r"\w+", self.asked)[1:]
        return text[1:2].isupper() or word in among or word == "I"

    def _is_sound(self, text: str) -> bool:
        found = _ANY_SYMBOL.findall(text)
        if Counter(found) != Counter(self.symbols):
            return False
        signs = dict(zip(self.symbols, _HIDDEN.findall(self.hidden.text), strict=True))
        markup = [symbol for symbol in self.symbols if signs[symbol] == MARKUP]
        if [symbol for symbol in found if signs[symbol] == MARKUP] != markup:
            return False
        numbers = _NUMBER.findall(self.asked)
        return not numbers or Counter(numbers) == Counter(_NUMBER.findall(text))

    def _with_hidden(self, text: str) -> str:
        """Puts back what was hidden; a space that was added for a symbol goes."""
        if not self.symbols:
            return text
        kept = dict(zip(self.symbols, self.hidden.kept, strict=True))
        touching = dict(zip(self.symbols, _touching(self.hidden.text), strict=True))

        def one(match: re.Match[str]) -> str:
            before, symbol, after = match.groups()
            left, right = touching[symbol]
            return ("" if left else before) + kept[symbol] + ("" if right else after)

        return re.sub(rf"( ?)([{''.join(self.symbols)}])( ?)", one, text)


def ask(hidden: Hidden, asking: Asking) -> Form | None:
    """How to ask for a sentence, or None if it has more hidden things than there are symbols."""
    if len(hidden.kept) > len(asking.symbols):
        return None
    symbols = tuple(asking.symbols[: len(hidden.kept)])
    asked = _with_symbols(asked_letters(hidden.text, asking.language), symbols)
    added = _final_mark(asked, asking) if asking.full_stop else ""
    usual = _small(hidden.text)
    return Form(
        asked=asked + added,
        symbols=symbols,
        hidden=hidden,
        capitals=usual != hidden.text,
        small=_begins_small(usual),
        added=added,
    )


def asked_letters(sentence: str, language: str | None) -> str:
    """A sentence in the small and capital letters in which a translator is asked for it."""
    text = _small(sentence)
    if _begins_small(text):
        text = text[0].upper() + text[1:]
    return _ENGLISH_I.sub("I", text) if language == "en" else text


def _final_mark(asked: str, asking: Asking) -> str:
    """What to put behind a sentence that ends in a word or a symbol."""
    if not (asked[-1:].isalnum() or asked[-1:] in SYMBOLS):
        return ""
    return "?" if asking.language == "en" and _ENGLISH_QUESTION.match(asked) else "."


def without_symbols(text: str) -> str:
    """What is left of an answer that has symbols nobody asked for."""
    return " ".join(_ANY_SYMBOL.sub(" ", text).split())


def _with_symbols(text: str, symbols: Sequence[str]) -> str:
    names = iter(zip(symbols, _touching(text), strict=True))

    def one(_: re.Match[str]) -> str:
        symbol, (left, right) = next(names)
        return " " * left + symbol + " " * right

    return _HIDDEN.sub(one, text)


def _touching(text: str) -> list[tuple[bool, bool]]:
    """For each hidden thing, whether it touches a word on the left and on the right."""
    return [
        (
            text[max(0, match.start() - 1) : match.start()].isalnum(),
            text[match.end() : match.end() + 1].isalnum(),
        )
        for match in _HIDDEN.finditer(text)
    ]


def _small(text: str) -> str:
    """A sentence in capitals as one usually writes it; any other as it is."""
    fewest = _FEWEST_CRIED if text.endswith(("!", "?")) else _FEWEST_CAPITALS
    if text != text.upper() or sum(map(str.isupper, text)) < fewest:
        return text
    small = text.lower()
    small = small[:1].upper() + small[1:]
    return small if small.upper() == text else text


def _begins_small(text: str) -> bool:
    """Whether a sentence of several words begins with a small letter, and no `iPhone` does."""
    first, second = text[:1], text[1:2]
    has_capital = len(first.upper()) == 1 and first.upper().lower() == first
    return first.islower() and has_capital and not second.isupper() and " " in text
