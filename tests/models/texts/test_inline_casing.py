"""Capitals marked: every text comes back, and only plain capitalised words are changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.texts.inline_casing import CAPITAL, mark_capitals, restore_capitals


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Ont-ils vu l'Italie ?", "ont^-ils vu l'italie^ ?"),
        ("I'm É.", "i^'m é^."),
        ("A4 _Ab", "a^4 _ab^"),
        ("NASA, iPhone, McDonald", "NASA, iPhone, McDonald"),
        # Letters whose small form is another letter's too, or two.
        ("\u0130stanbul, \u01c5, \u1e9e", "\u0130stanbul, \u01c5, \u1e9e"),
        ("no capitals", "no capitals"),
        ("", ""),
    ],
)
def test_the_first_capital_of_a_word_is_marked(text: str, marked: str) -> None:
    assert mark_capitals(text) == marked.replace("^", CAPITAL)
    assert restore_capitals(mark_capitals(text)) == text


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=60))
def test_any_text_comes_back(text: str) -> None:
    assert restore_capitals(mark_capitals(text)) == text.replace(CAPITAL, "")


@pytest.mark.parametrize(
    ("answered", "text"),
    [("^", ""), ("^ le", " le"), ("le^^ la", "Le la"), ("le ^", "le "), ("3^", "3"), ("l^e", "Le")],
)
def test_a_sign_that_a_model_puts_anywhere_is_not_shown(answered: str, text: str) -> None:
    assert restore_capitals(answered.replace("^", CAPITAL)) == text


@pytest.mark.parametrize("text", ["a" * 1_000_000, "Aa" * 500_000, CAPITAL * 1_000_000])
def test_long_words_take_time_in_proportion(text: str) -> None:
    """Were the time its square, this would take hours."""
    assert restore_capitals(mark_capitals(text)) == text.replace(CAPITAL, "")
    assert CAPITAL not in restore_capitals(text)
