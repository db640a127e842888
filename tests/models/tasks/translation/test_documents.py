"""From a text to sentences and back: nothing is lost, nothing that must not change changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tasks.translation.documents import (
    Answers,
    Hypothesis,
    Options,
    conversation,
    segment,
    translate_text,
    translate_texts,
)
from models.tasks.translation.long_sentences import clause_ends
from models.tasks.translation.prepared_sentences import Asking
from models.texts.placeholders import SYMBOLS, hide, show

Rule = Callable[[str], str]
PRIVATE = [chr(code) for code in (*range(0xE000, 0xE010), 0xE0F0, 0xE0F1, 0xE0F2, 0xF8FF)]
KEPT = [
    *("{{name}}", "{{ user.name }}", "{0}", "${amount}", "{% if a %}", "%s", "%1$s", "%(x)d", "%%"),
    *("<b>", "</b>", '<a href="x y">', "<br/>", "<!-- a b -->", "&amp;", "&#39;", "`a b`"),
    *("https://x.org/a_(b)?q=1&r=2#c", "www.x.org", "me.too@mail.x.co.uk", "@user", "#tag"),
    *("1,000,000.50", "3.5%", "$4.20", "2024-01-05", "10:30", "1\u202f000\u00a0€", "555123456"),
    *("-5", "−40", "$5", "-$5", "5€", "20 €", "50%", "5 %", "+33 6 12 34 56 78", "06 12 34 56 78"),
    *("+1 (555) 010-9999", "%{count}", "+12.50%", "+12.5 €"),
    *("🙂", "👨‍👩‍👧", "🇫🇷", ":-)"),
]
BITS = [
    *("Mr. Smith", "HELLO YOU", "straße", "İI", "Σς", "ŉ", "a", "A", "I", "12", "3", "e\u0301"),
    *(" ", "  ", "\n", "\r\n", "\u2028", "\t", ".", "...", "!", " ?", "。", "，", ", ", "; "),
    *('"', "'", "«", "»", "(", ")", "[", "]", "- ", "1. ", "\ud800"),
]
# Strings that are made to be difficult, and any others.
ODD = st.one_of(
    st.text(st.characters(codec=None), max_size=40),
    st.lists(st.sampled_from([*KEPT, *PRIVATE, *BITS]), max_size=25).map("".join),
)


def saying(rule: Rule) -> Callable[[Sequence[str]], Answers]:
    return lambda asked: [[Hypothesis(rule(sentence), -1.0)] for sentence in asked]


def without(characters: str) -> Rule:
    return lambda sentence: sentence.translate(dict.fromkeys(map(ord, characters)))


ALL_SYMBOLS = "".join(SYMBOLS)
UNRELIABLE: dict[str, Rule] = {
    "shouts": str.upper,
    "drops symbols": without(ALL_SYMBOLS),
    "drops symbols and numbers": without(ALL_SYMBOLS + "0123456789"),
    "drops the first symbol": lambda sentence: sentence.replace(SYMBOLS[0], ""),
    "says everything twice": lambda sentence: f"{sentence} {sentence}",
    "adds a symbol": lambda sentence: f"{sentence} {SYMBOLS[7]}",
    "mixes symbols up": lambda sentence: sentence.replace(SYMBOLS[0], SYMBOLS[1]),
    "turns round": lambda sentence: " ".join(sentence.split()[::-1]),
    "counts on": lambda sentence: sentence.replace("3", "4"),
    "says nothing": lambda _: "",
    "says spaces": lambda _: " \n ",
    "says symbols": lambda _: ALL_SYMBOLS * 2,
}


@settings(max_examples=300, deadline=None)
@given(ODD, st.sampled_from([None, 1, 7, 40]), st.booleans(), st.sampled_from([SYMBOLS, ()]))
def test_a_text_that_is_said_again_is_the_same(
    text: str, longest: int | None, full_stop: bool, symbols: Sequence[str]
) -> None:
    # In English a lone i becomes I, and stays it.
    options = Options(Asking(symbols, language="fr", full_stop=full_stop), longest)
    assert translate_text(text, saying(str), options).text == text


@settings(max_examples=200, deadline=None)
@given(ODD)
def test_segments_together_are_the_text(text: str) -> None:
    segments = segment(text)
    assert len(segments.fixed) == len(segments.sentences) + 1
    assert segments.joined(map(show, segments.sentences)) == text
    assert show(hide(text)) == text


@pytest.mark.parametrize("rule", UNRELIABLE.values(), ids=list(UNRELIABLE))
def test_what_is_kept_survives_any_translator(rule: Rule) -> None:
    for kept in KEPT:
        text = f"Hello {kept}, we saw 3 cats. Then <i>{kept}</i> went home!\n\n  ({kept}) And 12.5?"
        translation = translate_text(text, saying(rule)).text
        assert translation.count(kept) >= 3, kept
        for sure in ("<i>", "</i>", "12.5", "3", "\n\n  "):
            assert sure in translation
        assert not set(translation) & set(PRIVATE)


@settings(max_examples=200, deadline=None)
@given(ODD, st.sampled_from(list(UNRELIABLE)))
def test_no_symbol_is_ever_left_in_a_text(text: str, name: str) -> None:
    translation = translate_text(text, saying(UNRELIABLE[name])).text
    assert {sign: translation.count(sign) for sign in PRIVATE} == {
        sign: text.count(sign) for sign in PRIVATE
    }


def sentences_of(text: str) -> list[str]:
    return [show(sentence) for sentence in segment(text).sentences]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Mr. Smith met Dr. J. R. Jones. He left.", ["Mr. Smith met Dr. J. R. Jones.", "He left."]),
        ("It is 3.5 euros, e.g. Today.", ["It is 3.5 euros, e.g. Today."]),
        ("See p. 5 and No. 7. No. Yes.", ["See p. 5 and No. 7.", "No.", "Yes."]),
        ("The U.S. Army. It was I. He went.", ["The U.S. Army.", "It was I.", "He went."]),
        ("At 5 p.m. He came. At 5 p.m. sharp.", ["At 5 p.m.", "He came.", "At 5 p.m. sharp."]),
        ("Wait... what? Wait... What?!", ["Wait... what?", "Wait...", "What?!"]),
        ('He said "Go." Then (he left.) So.', ['He said "Go."', "Then (he left.)", "So."]),
        ('"What?" she asked. "Yes."', ['"What?" she asked.', "Yes."]),
        ("« Oui. » Il dit : « Non ! » Bien !", ["Oui.", "Il dit : « Non ! »", "Bien !"]),
        ("你好。世界！「好。」再见", ["你好。", "世界！", "好。", "再见"]),
        ("¿Qué? ¡Sí! ¿No?", ["¿Qué?", "¡Sí!", "¿No?"]),
        ("- First\n* Second one. Third\n 3. Fourth", ["First", "Second one.", "Third", "Fourth"]),
        ("A line\nthat goes on\r\n\r\nand ends", ["A line", "that goes on", "and ends"]),
        ("Name\tAge of it\n  one   two  too", ["Name", "Age of it", "one", "two  too"]),
        ("<p>Hello you</p><p>And you<br>there</p>", ["Hello you", "And you", "there"]),
        ("(one (two) three] ((four))", ["one (two) three] ((four))"]),
        ("See https://x.org/a. B is at www.x.org?", ["See https://x.org/a.", "B is at www.x.org?"]),
        ("{{a. B}} is `C. D` here", ["{{a. B}} is `C. D` here"]),
        ("12.5 🙂 !!! {0} <b></b> ... (((", []),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_where_sentences_are(text: str, sentences: list[str]) -> None:
    assert sentences_of(text) == sentences


def asked_for(text: str, asking: Asking | None = None) -> list[str]:
    talk = conversation([text], Options(asking or Asking()))
    return next(talk, [])


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Hello {name}, you.", "Hello \ue000, you."),
        ("It is <b>very</b> good.", "It is \ue000 very \ue001 good."),
        ("{0}s cost $4.50 each", "\ue000 s cost \ue001 each"),
        ("{a} {b} and 3 cats", "\ue000 and 3 cats"),
        ("HELLO TOM, I AM {0}!", "Hello tom, I am \ue000!"),
        ("The USA", "The USA"),
        ("NASA HQ", "Nasa hq"),
        ("A UN", "A UN"),
        ("NO!", "No!"),
        ("i think that i am late, i.e. now", "I think that I am late, i.e. now"),
        ("words", "words"),
        ("It costs $5 for 3 cats", "It costs \ue000 for 3 cats"),
        ("Part (i) is 100%% sure", "Part (i) is 100 \ue000 sure"),
        ("Showing 5 %(items)s of 5 %.2f", "Showing 5 \ue000 of 5 \ue001"),
        ("Give 5 %@ to 50%.", "Give 5 \ue000 to \ue001."),
        ("Room 5-7 is at -5 degrees", "Room \ue000 is at \ue001 degrees"),
    ],
)
def test_what_a_translator_is_asked(text: str, asked: str) -> None:
    assert asked_for(text, Asking(language="en")) == [asked]


def test_a_full_stop_is_added_only_where_it_is_wished() -> None:
    wished = Asking(full_stop=True)
    assert asked_for("The cat. See {0}. the dog\nOh!\n(a bird)", wished) == [
        *("The cat.", "See \ue000. the dog.", "Oh!", "A bird.")
    ]
    assert asked_for("the dog, {0}", wished) == ["The dog, \ue000."]
    assert asked_for("the dog") == ["The dog"]
    french = {"The dog.": "Le chien.", "so": "ainsi..."}
    assert translate_text("the dog", saying(french.__getitem__), Options(wished)).text == (
        "le chien"
    )


@pytest.mark.parametrize(
    ("sentence", "mark"),
    [
        *(("how are you", "?"), ("What time is it", "?"), ("how many apples do you have", "?")),
        *(("where's the dog", "?"), ("Is anybody there", "?"), ("Don't you know", "?")),
        *(("Why did {0} leave", "?"), ("WHO ARE YOU", "?"), ("Can't you swim", "?")),
        *(("Won’t you come", "?"), ("Why won't he come", "?"), ("who else is coming", "?")),
        *(("When Tom is here I am happy", "."), ("When my mother is ill I cook", ".")),
        *(("do it now", "."), ("What a nice day", "."), ("When I was young I was happy", ".")),
        *(("Have a seat", "."), ("Where there is a will", "."), ("Isabel can swim", ".")),
    ],
)
def test_an_english_question_gets_a_question_mark(sentence: str, mark: str) -> None:
    [asked] = asked_for(sentence, Asking(language="en", full_stop=True))
    assert asked[-1] == mark
    [asked] = asked_for(sentence, Asking(language="de", full_stop=True))
    assert asked[-1] == "."


def test_a_small_sentence_is_answered_small_but_for_names() -> None:
    french = {
        "Last year John came home.": "John est rentré.",
        "The dog.": "Le chien?",
        "I am here.": "Je suis là.",
    }
    options = Options(Asking(language="en", full_stop=True))
    asked = "last year John came home\nthe dog\ni am here"
    assert translate_text(asked, saying(french.__getitem__), options).text == (
        "John est rentré\nle chien\nje suis là"
    )


def test_a_mark_that_was_added_is_taken_off_again() -> None:
    options = Options(Asking(language="en", full_stop=True))
    french = {"How are you?": "Comment vas-tu ?"}
    assert translate_text("How are you", saying(french.__getitem__), options).text == (
        "Comment vas-tu"
    )


def test_a_sentence_in_capitals_is_answered_in_capitals() -> None:
    french = {"Where am I, \ue000?": "Où suis-je, \ue000 ?"}
    options = Options(Asking(language="en"))
    translation = translate_text("WHERE AM I, {name}?", saying(french.__getitem__), options)
    assert translation.text == "OÙ SUIS-JE, {name} ?"


def test_spaces_around_marks_are_those_of_the_source() -> None:
    french = {"A \ue000 very \ue001 good \ue002 s.": "Un \ue002 s \ue000 très \ue001 bon."}
    translation = translate_text("A <b>very</b> good {0}s.", saying(french.__getitem__))
    assert translation.text == "Un {0}s <b>très</b> bon."


def test_mark_up_keeps_its_order_and_values_need_not() -> None:
    english = "{0} sees {1}"
    turned = saying(lambda _: "\ue001 voit \ue000")
    assert translate_text(english, turned).text == "{1} voit {0}"
    asked: list[list[str]] = []

    def crossing(sentences: Sequence[str]) -> Answers:
        asked.append(list(sentences))
        return [[Hypothesis("\ue001 x \ue000", 0.0)] for _ in sentences]

    assert translate_text("a <b>good</b> cat", crossing).text == "x <b>x</b> x"
    assert asked == [["A \ue000 good \ue001 cat"], ["a", "good", "cat"]]


def test_numbers_that_do_not_come_back_are_hidden_then_cut_out() -> None:
    asked: list[list[str]] = []

    def forgetful(sentences: Sequence[str]) -> Answers:
        asked.append(list(sentences))
        return [[Hypothesis(without("0123456789" + ALL_SYMBOLS)(one), 0.0)] for one in sentences]

    assert translate_text("We saw 3 cats. No dogs.", forgetful).text == "We saw 3 cats. No dogs."
    assert asked == [["We saw 3 cats.", "No dogs."], ["We saw \ue000 cats."], ["We saw", "cats."]]


def test_the_first_hypothesis_that_can_be_trusted_counts() -> None:
    def translate(sentences: Sequence[str]) -> Answers:
        assert list(sentences) == ["It is \ue000 or 3"]
        texts = ("C'est 3", "C'est \ue000 ou 4", "C'est 3 ou \ue000", "Voici \ue000 ou 3")
        return [[Hypothesis(text, -float(place)) for place, text in enumerate(texts)]]

    translation = translate_text("It is {x} or 3", translate, Options(alternatives=3))
    assert (translation.text, translation.score) == ("C'est 3 ou {x}", -2.0)
    assert translation.alternatives == (Hypothesis("Voici {x} ou 3", -3.0),)


def test_alternatives_are_the_texts_with_the_next_best_scores() -> None:
    said = {
        "One.": [("Un.", -1.0), ("Une.", -5.0)],
        "Two.": [("Deux.", -1.0), ("Les deux.", -2.0), ("2.", -9.0)],
    }

    def translate(sentences: Sequence[str]) -> Answers:
        return [[Hypothesis(*one) for one in said[sentence]] for sentence in sentences]

    translation = translate_text("One.  Two.\n", translate, Options(alternatives=3))
    assert (translation.text, translation.score) == ("Un.  Deux.\n", -1.0)
    assert translation.alternatives == (
        Hypothesis("Un.  Les deux.\n", -1.5),
        Hypothesis("Une.  Deux.\n", -3.0),
        Hypothesis("Une.  Les deux.\n", -3.5),
    )


@pytest.mark.parametrize("text", ["", " ", "\n\n", "🙂🙂", "...", "12 345", "{{name}}", "<br>"])
def test_nothing_to_translate_asks_for_nothing(text: str) -> None:
    def refuse(_: Sequence[str]) -> Answers:
        raise AssertionError("nothing was to be asked")

    translation = translate_text(text, refuse, Options(alternatives=3))
    assert (translation.text, translation.score, translation.alternatives) == (text, 0.0, ())


def test_texts_are_asked_together_and_no_sentence_twice() -> None:
    asked: list[list[str]] = []

    def translate(sentences: Sequence[str]) -> Answers:
        asked.append(list(sentences))
        return saying(str.upper)(sentences)

    texts = ["One. Two.", "", "Two. Three. One."]
    translations = translate_texts(texts, translate)
    assert [one.text for one in translations] == ["ONE. TWO.", "", "TWO. THREE. ONE."]
    assert asked == [["One.", "Two.", "Three."]]


def test_sentences_without_spaces_between_get_them_where_needed() -> None:
    english = {"你好。": "Hello.", "世界！": "World!"}
    assert translate_text("你好。世界！", saying(english.__getitem__)).text == "Hello. World!"


LONG = (
    "I went to the market, and I bought apples; then I came home because it was late,"
    " and nobody was there who could have opened the door for me"
)


@pytest.mark.parametrize(
    ("longest", "pieces"),
    [
        (200, [LONG]),
        (
            100,
            [
                "I went to the market, and I bought apples;",
                "then I came home because it was late, and nobody was there who could have opened"
                " the door for me",
            ],
        ),
        (
            40,
            [
                *("I went to the market,", "and I bought apples;"),
                *("then I came home because it was late,", "and nobody was there"),
                "who could have opened the door for me",
            ],
        ),
    ],
)
def test_a_long_sentence_is_cut_where_it_hurts_least(longest: int, pieces: list[str]) -> None:
    segments = segment(LONG, longest)
    assert all(len(show(sentence)) <= longest for sentence in segments.sentences)
    assert segments.joined(map(show, segments.sentences)) == LONG
    assert [show(sentence) for sentence in segments.sentences] == pieces


def test_nothing_long_is_left_however_little_it_can_be_cut() -> None:
    for text in ("a" * 1000, "字" * 1000, "ab, " * 300, "x{0}" * 300, "aé" * 500):
        segments = segment(text, 90, lambda part: len(part.encode()))
        assert max(len(one.text.encode()) for one in segments.sentences) <= 90
        assert segments.joined(map(show, segments.sentences)) == text


@pytest.mark.parametrize(
    "unit",
    ["(", "a", "a.", "A. ", "a, ", "and ", "a; and, ", "。", "字，", "1 ", "a{0}", "<a", '"a" '],
)
def test_cutting_measures_a_text_a_bounded_number_of_times(unit: str) -> None:
    """Ten times the text, about ten times the work, whatever it is made of."""
    measured = []
    for count in (2_000, 20_000):
        lengths: list[int] = []

        def length(part: str, lengths: list[int] = lengths) -> int:
            lengths.append(len(part))
            return len(part)

        list(clause_ends(unit * count, 100, length))
        measured.append(sum(lengths))
        assert len(lengths) <= 3 * len(unit) * count
        assert sum(lengths) <= 15 * len(unit) * count
    assert measured[1] <= 11 * measured[0]


def test_what_is_cut_out_takes_time_in_proportion_too() -> None:
    """All of it is one sentence, with far more hidden things than symbols."""
    text = "a" + " 12345 b, {0} 7" * 5_000
    translation = translate_text(text, saying(str.upper)).text
    assert translation == "A" + " 12345 B, {0} 7" * 5_000


@pytest.mark.parametrize(
    "unit",
    ["(", "a.a.", "<!--", "{{", "a@", "http://", "% ", "`", "1'", "&a", "🙂", "\ue000 ", '"'],
)
def test_a_long_hostile_text_is_asked_for_in_three_calls_at_most(unit: str) -> None:
    calls: list[int] = []

    def translate(sentences: Sequence[str]) -> Answers:
        calls.append(len(sentences))
        return [[] for _ in sentences]

    text = unit * (60_000 // len(unit))
    assert translate_text(text, translate, Options(longest=100)).text == text
    assert len(calls) <= 3
