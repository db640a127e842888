"""From a text to the sentences that a translator is asked for, and from its answers to a text.

What is not a sentence comes back as it was: line breaks, spaces, list signs, and everything of
`models.texts.placeholders`. A sentence is asked in up to three ways, until an answer can be trusted
(see `models.tasks.translation.prepared_sentences`); of several hypotheses the first trustworthy one
counts:

1. with symbols for what is hidden, and short numbers as they are;
2. with symbols for all numbers too;
3. cut at everything hidden and at numbers, each piece by itself.

A piece for which nothing usable comes back stays as it was; no symbol ever stays in a text. A
sentence that is longer than the limit is cut first (`models.tasks.translation.long_sentences`).

Several translations of a text: each sentence takes any of its hypotheses, and the texts with the
highest sums of scores are given, best first. So the first alternative differs from the best text in
the one sentence that was the closest call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from models.tasks.translation.long_sentences import Length, clause_ends
from models.tasks.translation.prepared_sentences import Asking, Form, ask, without_symbols
from models.tasks.translation.sentences import Parts, ends_east_asian, split_text
from models.texts.placeholders import HIDDEN, Hidden, hide, hide_numbers, show

_CUT = f"({HIDDEN}|\\d++(?:[.,]\\d++)*+)"


class Hypothesis(NamedTuple):
    """What a translator says for a sentence, or what is made of it."""

    text: str
    score: float


# For each sentence that is asked, its hypotheses, the best first.
Answers = Sequence[Sequence[Hypothesis]]
Translate = Callable[[Sequence[str]], Answers]


@dataclass(frozen=True)
class Translation:
    """A text's translation.

    Attributes:
        text: The best one.
        score: The mean of its sentences' scores; 0 if there is none.
        alternatives: Others, the best first.
    """

    text: str
    score: float
    alternatives: tuple[Hypothesis, ...] = ()


@dataclass(frozen=True)
class Options:
    """How texts are translated.

    Attributes:
        asking: How sentences are put to the translator.
        longest: A longer sentence is cut; None if any length will do.
        length: Of a sentence, such as its number of subwords.
        alternatives: How many to give besides the best translation, if there are as many.
    """

    asking: Asking = field(default_factory=Asking)
    longest: int | None = None
    length: Length = len
    alternatives: int = 0


@dataclass(frozen=True)
class Segments:
    """A text in sentences.

    Attributes:
        sentences: What to translate.
        fixed: What stands around them, one more.
    """

    sentences: tuple[Hidden, ...]
    fixed: tuple[str, ...]

    def joined(self, translations: Iterable[str]) -> str:
        """The text with a translation for each sentence.

        Sentences that had no space between them because Chinese needs none get one where their
        translation does.
        """
        parts = [self.fixed[0]]
        last = len(self.sentences) - 1
        for number, (sentence, translation) in enumerate(
            zip(self.sentences, translations, strict=True)
        ):
            after = self.fixed[number + 1]
            runs_on = not after and number < last and ends_east_asian(sentence.text)
            parts += translation, " " if runs_on and not ends_east_asian(translation) else after
        return "".join(parts)


def segment(text: str, longest: int | None = None, length: Length = len) -> Segments:
    """Finds the sentences of a text; those longer than `longest` are cut by a rule.

    Takes time in proportion to the text's length.
    """
    hidden = hide(text)
    parts = split_text(hidden.text)
    if longest is not None:
        parts = _none_longer(parts, longest, length)
    return _segments(parts, iter(hidden.kept))


def _none_longer(parts: list[str], longest: int, length: Length) -> list[str]:
    shorter = Parts()
    shorter.keep(parts[0])
    for sentence, after in zip(parts[1::2], parts[2::2], strict=True):
        shorter.add(sentence, clause_ends(sentence, longest, length))
        shorter.keep(after)
    return shorter.done()


def _segments(parts: list[str], kept: Iterator[str]) -> Segments:
    """Fixed strings and sentences in turn, and what is hidden in all of them."""
    all_hidden = [_take(part, kept) for part in parts]
    return Segments(tuple(all_hidden[1::2]), tuple(map(show, all_hidden[::2])))


def _take(text: str, kept: Iterator[str]) -> Hidden:
    return Hidden(text, tuple(islice(kept, len(re.findall(HIDDEN, text)))))


def translate_text(text: str, translate: Translate, options: Options | None = None) -> Translation:
    """Translates a text of any length and form; see `translate_texts`."""
    return translate_texts([text], translate, options)[0]


def translate_texts(
    texts: Sequence[str], translate: Translate, options: Options | None = None
) -> list[Translation]:
    """Translates texts together.

    Args:
        texts: Of any length and form, empty ones too.
        translate: Gives the hypotheses for sentences, of which no two are the same. It is called
            at most three times, each time with all sentences that are asked in the same way.
        options: How; by default with all symbols, and without alternatives.
    """
    talk = conversation(texts, options or Options())
    try:
        asked = next(talk)
        while True:
            asked = talk.send(translate(asked))
    except StopIteration as end:
        translations: list[Translation] = end.value
        return translations


def conversation(
    texts: Sequence[str], options: Options
) -> Generator[list[str], Answers, list[Translation]]:
    """`translate_texts` for who has a translator that is waited for.

    Yields:
        Sentences, for whose hypotheses it waits.

    Returns:
        The translations.
    """
    in_segments = [segment(text, options.longest, options.length) for text in texts]
    still_open = list(dict.fromkeys(some for one in in_segments for some in one.sentences))
    known: dict[str, Sequence[Hypothesis]] = {}
    done: dict[Hidden, list[Hypothesis]] = {}
    for way in (lambda sentence: sentence, hide_numbers):
        forms = [(some, ask(way(some), options.asking)) for some in still_open]
        yield from _learn(known, (form.asked for _, form in forms if form))
        for sentence, form in forms:
            if form and (trusted := _trusted(form, known[form.asked], options.alternatives + 1)):
                done[sentence] = trusted
        still_open = [sentence for sentence in still_open if sentence not in done]
    cut = {sentence: _cut(sentence) for sentence in still_open}
    pieces = {piece: ask(piece, options.asking) for one in cut.values() for piece in one.sentences}
    yield from _learn(known, (form.asked for form in pieces.values() if form))
    said = {
        piece: _usable(form, known[form.asked]) if form else None for piece, form in pieces.items()
    }
    for sentence, its in cut.items():
        done[sentence] = [_from_pieces(its, [said[piece] for piece in its.sentences])]
    return [
        _translation(one, [done[some] for some in one.sentences], options.alternatives + 1)
        for one in in_segments
    ]


def _learn(
    known: dict[str, Sequence[Hypothesis]], asked: Iterable[str]
) -> Generator[list[str], Answers, None]:
    """Asks for what is not known yet."""
    new = [sentence for sentence in dict.fromkeys(asked) if sentence not in known]
    if new:
        answers = yield new
        known.update(zip(new, answers, strict=True))


def _trusted(form: Form, said: Sequence[Hypothesis], most: int) -> list[Hypothesis]:
    trusted: dict[str, float] = {}
    for text, score in said:
        answer = form.answer(text)
        if answer is not None:
            trusted.setdefault(answer, score)
    return [Hypothesis(*item) for item in islice(trusted.items(), most)]


def _cut(sentence: Hidden) -> Segments:
    """A sentence as the pieces between everything hidden and all numbers."""
    parts = Parts()
    for number, part in enumerate(re.split(_CUT, sentence.text)):
        if number % 2:
            parts.keep(part)
        else:
            parts.add(part)
    return _segments(parts.done(), iter(sentence.kept))


def _usable(form: Form, said: Sequence[Hypothesis]) -> Hypothesis | None:
    """The best answer for a piece, without symbols if it cannot be otherwise."""
    if trusted := _trusted(form, said, 1):
        return trusted[0]
    cleaned = (Hypothesis(without_symbols(text), score) for text, score in said)
    return next(iter(_trusted(form, list(cleaned), 1)), None)


def _from_pieces(its: Segments, said: Sequence[Hypothesis | None]) -> Hypothesis:
    texts = (
        show(piece) if one is None else one.text
        for piece, one in zip(its.sentences, said, strict=True)
    )
    scores = [one.score for one in said if one]
    return Hypothesis(its.joined(texts), sum(scores) / max(1, len(scores)))


class _Chosen(NamedTuple):
    """What is chosen for the sentences so far."""

    total: float
    before: _Chosen | None
    text: str


def _translation(its: Segments, choices: Sequence[list[Hypothesis]], most: int) -> Translation:
    """The best texts by the sums of their sentences' scores; see the module."""
    ranked: Sequence[_Chosen | None] = [None]
    for hypotheses in choices:
        longer = (
            _Chosen((before.total if before else 0.0) + one.score, before, one.text)
            for before in ranked
            for one in hypotheses
        )
        ranked = sorted(longer, key=_total, reverse=True)[:most]
    best, *others = (
        Hypothesis(its.joined(_texts(end)), end.total / len(choices) if end else 0.0)
        for end in ranked
    )
    return Translation(best.text, best.score, tuple(others))


def _total(chosen: _Chosen) -> float:
    return chosen.total


def _texts(end: _Chosen | None) -> list[str]:
    texts: list[str] = []
    while end:
        texts.append(end.text)
        end = end.before
    return texts[::-1]
