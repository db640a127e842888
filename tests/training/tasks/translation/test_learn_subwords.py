"""Learning subwords: the same each time, quiet, and clear about what does not go together."""

from __future__ import annotations

from typing import get_args

import pytest

from models.errors import InvalidSetting
from models.texts.inline_casing import CAPITAL, Capitals
from models.texts.placeholders import SYMBOLS
from models.texts.sentencepiece_file import Kind
from models.texts.subwords import Subwords
from tests.helpers.subword_models import marked_subwords, sentences, small_subwords
from training.tasks.translation import learn_subwords as learning
from training.tasks.translation.learn_subwords import FIXED_PIECES, learn_subwords


def test_the_same_texts_give_the_same_vocabulary(capfd: pytest.CaptureFixture[str]) -> None:
    assert learn_subwords(sentences(), 360, seed=0) == small_subwords().model
    assert capfd.readouterr() == ("", "")


def test_frequent_words_of_both_languages_are_pieces_and_digits_stand_alone() -> None:
    subwords = small_subwords()
    pieces = {piece.text for piece in subwords.pieces}
    assert {"▁chat", "▁house", *SYMBOLS} <= pieces
    assert not {"12", "▁12", "▁3"} & pieces
    assert subwords.size == 360


def test_where_capitals_are_marked_no_piece_has_a_capital() -> None:
    marked = marked_subwords()
    pieces = [piece.text for piece in marked.pieces if piece.kind == Kind.NORMAL]
    assert "▁the" in pieces
    assert "▁The" not in pieces
    assert [piece for piece in pieces if piece != piece.lower()] == []
    assert marked.marks_capitals
    assert not small_subwords().marks_capitals


def test_a_capital_counts_as_its_small_letter_where_capitals_are_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of the two alone is too rare here for a piece, and would become a space."""
    monkeypatch.setattr(learning, "_COVERAGE", 0.98)
    texts = [*sentences(), *["Ôté", "ôté"] * 30]
    plain, marked = (
        "".join(piece.text for piece in Subwords(learn_subwords(texts, 330, 0, written)).pieces)
        for written in get_args(Capitals)
    )
    assert "ô" not in plain.lower()
    assert "ô" in marked


def test_the_sign_of_capitals_in_a_text_marks_none() -> None:
    texts = [*sentences(), *[f"icon {CAPITAL} ico{CAPITAL}n"] * 50]
    subwords = Subwords(learn_subwords(texts, 340, seed=0))
    assert CAPITAL in {piece.text for piece in subwords.pieces}
    assert not subwords.marks_capitals
    assert subwords.decode(subwords.encode(texts[-1])) == texts[-1]


def test_other_apostrophes_are_learned_as_the_plain_one() -> None:
    curly = [text.replace("'", "’") for text in sentences()]
    assert learn_subwords(curly, 360, seed=0) == small_subwords().model


def test_of_very_many_texts_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "_MOST_TEXTS", 200)
    first, again, other = (learn_subwords(sentences(), 350, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_script_of_many_signs_leaves_room_for_pieces() -> None:
    texts = [*sentences(), *(chr(0x4E00 + number) * 2 for number in range(400))]
    subwords = Subwords(learn_subwords(texts, 340, seed=0))
    assert subwords.decode(subwords.encode("一 chat")) == "一 chat"


@pytest.mark.parametrize(
    ("texts", "size", "message"),
    [
        ([], 400, "no texts"),
        (["", " \n", "\u200b"], 400, "no texts"),
        (["hello world", "bonjour le monde"], 8000, r"at most \d+ for these texts, received 8000"),
        (sentences(), FIXED_PIECES, "expected 300 to 100000, received 270"),
        (sentences(), 10**6, "received 1000000"),
        (["a" * 20_000], 300, "expected a number that fits"),
    ],
)
def test_what_cannot_be_learned_is_one_clear_line(
    texts: list[str], size: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InvalidSetting, match=message) as caught:
        learn_subwords(texts, size, seed=0)
    assert str(caught.value).startswith("vocabulary_size: ")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_lone_surrogate_and_controls_may_stand_in_the_texts() -> None:
    assert learn_subwords([*sentences(), "a \ud800 b", "c\0d", "\ue000"], 350, seed=0)
