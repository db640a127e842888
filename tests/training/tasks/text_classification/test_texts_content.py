"""What makes texts the same, pieces of texts, tokens undone, and texts kept end to end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.texts.contained_text import SHORTEST_PIECE, find_pieces
from training.data.texts.same_text import content_key, text_groups
from training.data.texts.text_rows import TextRows
from training.tasks.text_classification.data.treebank import untokenize

ODD = [
    "",
    "plain",
    "cafe\u0301 \u00e9t\u00e9",
    "\u05e9\u05dc\u05d5\u05dd",
    "\U0001f600\U0001f3fd",
    "a\0b",
    "\n\t",
]


@pytest.mark.parametrize(
    "other",
    [
        "it doesn't work",
        "It does n't  work !",
        "IT DOESN\u2019T WORK",
        "\uff29\uff54 doesn't\u00a0work\u2026",
        "it\u200b doesn't\nwork",
        "`it' doesn't (work)",
    ],
)
def test_the_same_text_written_in_another_way(other: str) -> None:
    assert content_key(other) == content_key("It doesn't work.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("it works", "it worked"),
        ("version 1", "version 2"),
        ("fine \U0001f600", "fine \U0001f621"),
        ("r\u00e9sum\u00e9", "resume"),
        ("!!!", "???"),
        ("5 + 5", "5 5"),
    ],
)
def test_other_texts_stay_apart(one: str, other: str) -> None:
    assert content_key(one) != content_key(other)
    assert len(set(text_groups([one, other, one]).tolist())) == 2


def test_equal_texts_share_a_number() -> None:
    groups = text_groups(["A b.", "c", "a B", "", " "])
    assert groups.dtype == np.int64
    assert groups[0] == groups[2]
    assert groups[3] == groups[4]
    assert len(set(groups.tolist())) == 3


def test_texts_are_kept_end_to_end() -> None:
    rows = TextRows.of(ODD)
    assert list(rows) == ODD
    assert [rows[n] for n in range(len(rows))] == ODD
    assert rows[-1] == ODD[-1]
    assert list(rows[1:3]) == ODD[1:3]
    taken = rows.take(np.array([4, 0, 4]))
    assert list(taken) == [ODD[4], "", ODD[4]]
    assert list(taken.take(np.array([1]))) == [""]
    assert list(TextRows.of([])) == []
    assert list(TextRows.of(["half \ud83d"])) == ["half ?"]
    with pytest.raises(IndexError):
        rows[len(ODD)]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_what_goes_in_comes_out(texts: list[str]) -> None:
    assert list(TextRows.of(texts)) == texts


def test_pieces_are_found_in_wholes() -> None:
    first, second = b"thefirstsentenceoflength", b"anothersentencethatisasl"
    wholes = [first + second, b"nothing", b"x" + second, first[:-1], b""]
    containing, contained = find_pieces(
        wholes, [first, second, b"nothing", b"absentbutlongenoughtobe"]
    )
    assert containing.tolist() == [True, False, True, False, False]
    assert contained.tolist() == [True, True, False, False]
    for nothing in ([], [b""]):
        assert not find_pieces(nothing, [first])[1].any()
        assert not find_pieces(wholes, nothing)[0].any()


@given(st.data())
def test_pieces_are_what_python_finds(data: st.DataObject) -> None:
    text = st.text("ab", max_size=60).map(str.encode)
    wholes = data.draw(st.lists(text, max_size=6))
    pieces = data.draw(st.lists(text, max_size=6))
    pieces += [whole[3 : 3 + SHORTEST_PIECE] for whole in wholes]
    containing, contained = find_pieces(wholes, pieces)
    long = [piece for piece in pieces if len(piece) >= SHORTEST_PIECE]
    assert containing.tolist() == [any(piece in whole for piece in long) for whole in wholes]
    assert contained.tolist() == [
        len(piece) >= SHORTEST_PIECE and any(piece in whole for whole in wholes) for piece in pieces
    ]


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("it does n't work .", "it doesn't work."),
        ("you ca n't , and wo n't", "you can't, and won't"),
        ("he 's here and they 're not", "he's here and they're not"),
        ("-lrb- it is n't bad ! -rrb-", "(it isn't bad!)"),
        ("-LSB- sic -RSB-", "[sic]"),
        ("`` the rock '' is good", '"the rock" is good'),
        ("a film called ` fire ' , again", "a film called 'fire', again"),
        ("the actors ' work", "the actors' work"),
        ("a writer\\/director with \\*\\*\\* stars", "a writer/director with *** stars"),
        ('the " lord of the rings " trilogy', 'the "lord of the rings" trilogy'),
        ('one " alone', 'one " alone'),
        ("it cost $ 9 -- too much ...", "it cost $9 -- too much..."),
        ("i 'm gon na cry", "i'm gonna cry"),
        ("i can not say", "i cannot say"),
        ("the '70s", "the '70s"),
        ("as they typed it.", "as they typed it."),
        ("", ""),
        ("'", "'"),
    ],
)
def test_tokens_are_undone(tokens: str, text: str) -> None:
    assert untokenize(tokens) == text
