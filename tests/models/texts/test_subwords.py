"""Subwords: any text there and back, nothing unknown, and files that are checked."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelDamaged
from models.texts.inline_casing import CAPITAL
from models.texts.placeholders import SYMBOLS
from models.texts.sentencepiece_file import END, UNKNOWN, Kind
from models.texts.subwords import Subwords, normalized, read_subwords, write_subwords
from tests.helpers.subword_models import marked_subwords, sentences, small_subwords

FILE = Path("assets.extra") / "tokenizer.model"


@pytest.fixture(scope="module")
def subwords() -> Subwords:
    return small_subwords()


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_comes_back_as_it_reads(text: str) -> None:
    subwords = small_subwords()
    ids = subwords.encode(text)
    assert ids.dtype == np.int32
    assert ids[-1] == END
    assert UNKNOWN not in ids
    assert END not in ids[:-1]
    assert subwords.decode(ids) == " ".join(filter(None, normalized(text).split(" ")))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("l’homme, l‘été, ʼ", "l'homme, l'été, '"),
        ("“quoted” „so‟", '"quoted" "so"'),
        ("« Va\u202f! »\u00a0:", "« Va ! » :"),
        ("e\u0301te\u0301", "été"),
        ("m² ½ ﬁ …", "m² ½ ﬁ …"),
        ("a\u00adb\u200bc\ufeff", "abc"),
        ("a\tb\nc\0d\u2028e\u3000f", "a b c d e f"),
        ("\ud800 \u2581", "\ufffd _"),
        ("plain ASCII", "plain ASCII"),
    ],
)
def test_how_a_text_reads(text: str, read: str) -> None:
    assert normalized(text) == read


def test_apostrophes_and_spaces_read_the_same(subwords: Subwords) -> None:
    assert subwords.encode("l’été !").tolist() == subwords.encode(" l'été\u202f! ").tolist()
    assert subwords.encode("été !").tolist() != subwords.encode("été!").tolist()


def test_many_accents_on_a_letter_are_thirty() -> None:
    """Normalising takes the square of their number."""
    assert len(normalized("a" + "\u0316\u0301" * 50_000)) <= 31


def test_an_empty_text_is_its_end(subwords: Subwords) -> None:
    for text in ("", " ", "\n"):
        assert subwords.encode(text).tolist() == [END]
    assert subwords.decode([END]) == ""
    assert subwords.decode([]) == ""


def test_decoding_stops_at_the_end_and_drops_special_ids(subwords: Subwords) -> None:
    ids = subwords.encode("the cat").tolist()
    assert subwords.decode([2, 1, *ids[:-1], 0, END, *ids, 0]) == "the cat"
    assert subwords.decode(np.array([*ids, 0, 0], np.int32)) == "the cat"


def test_halves_of_characters_are_decoded_too(subwords: Subwords) -> None:
    first_byte = next(n for n, piece in enumerate(subwords.pieces) if piece.kind == Kind.BYTE)
    assert subwords.decode([first_byte + 0xE6]) == "\ufffd"


@pytest.mark.parametrize("unknown", [-1, 360, 2**31 - 1])
def test_ids_of_no_piece_are_refused(subwords: Subwords, unknown: int) -> None:
    with pytest.raises(IndexError):
        subwords.decode([unknown])


def test_symbols_are_pieces_wherever_they_stand(subwords: Subwords) -> None:
    assert subwords.symbols == SYMBOLS
    text = f"le{SYMBOLS[3]}chat {SYMBOLS[9]}."
    pieces = [subwords.pieces[number].text for number in subwords.encode(text)]
    assert SYMBOLS[3] in pieces
    assert SYMBOLS[9] in pieces
    assert subwords.decode(subwords.encode(text)) == text


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_comes_back_from_marked_capitals(text: str) -> None:
    subwords = marked_subwords()
    read = " ".join(filter(None, normalized(text).replace(CAPITAL, "").split(" ")))
    assert subwords.decode(subwords.encode(text)) == read
    assert subwords.decode(subwords.sample(text, 0.1, seed=3)) == read


def test_plain_capitals_know_no_sign(subwords: Subwords) -> None:
    assert subwords.decode(subwords.encode(f"a{CAPITAL}b")) == f"a{CAPITAL}b"


def test_a_first_word_with_its_capital_marked_is_the_word_that_stands_elsewhere() -> None:
    subwords = marked_subwords()
    small, capital = subwords.encode("the cat"), subwords.encode("The cat")
    assert small[0] == capital[0]
    assert small.tolist() == np.delete(capital, 1).tolist()
    assert subwords.pieces[capital[1]].text == CAPITAL


def test_a_seed_alone_decides_what_is_drawn(subwords: Subwords) -> None:
    texts = sentences()[:20]
    drawn = [subwords.sample(text, 0.1, seed).tolist() for seed, text in enumerate(texts)]
    backwards = [
        subwords.sample(text, 0.1, seed).tolist() for seed, text in reversed(list(enumerate(texts)))
    ]
    with ThreadPoolExecutor(4) as pool:
        in_threads = list(pool.map(lambda of: subwords.sample(of[1], 0.1, of[0]), enumerate(texts)))
    assert drawn == backwards[::-1] == [ids.tolist() for ids in in_threads]
    others = [subwords.sample(text, 0.1, 100 + seed).tolist() for seed, text in enumerate(texts)]
    assert others != drawn


def test_what_is_drawn_is_another_way_to_say_the_same(subwords: Subwords) -> None:
    text = "The cat never likes the garden."
    ways = {tuple(subwords.sample(text, 0.1, seed).tolist()) for seed in range(30)}
    assert len(ways) > 5
    assert {subwords.decode(ids) for ids in ways} == {text}
    near_the_best = {tuple(subwords.sample(text, 50.0, seed).tolist()) for seed in range(30)}
    assert near_the_best == {tuple(subwords.encode(text).tolist())}


def test_threads_may_share_a_vocabulary(subwords: Subwords) -> None:
    texts = sentences()
    expected = [subwords.encode(text).tolist() for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert [ids.tolist() for ids in pool.map(subwords.encode, texts)] == expected


def test_batches_have_bucket_lengths(subwords: Subwords) -> None:
    rows = [subwords.encode("the cat"), subwords.encode("un " * 15)]
    batch = subwords.pad(rows)
    assert batch.shape[1] in subwords.lengths
    assert batch.dtype == np.int32
    assert batch[0].tolist() == rows[0].tolist() + [0] * (batch.shape[1] - len(rows[0]))


def test_nothing_too_long_is_cut(subwords: Subwords) -> None:
    with pytest.raises(ValueError, match="at most 100 ids, received"):
        subwords.pad([subwords.encode("cat " * 200)])


def test_a_vocabulary_is_written_read_and_pickled(subwords: Subwords, tmp_path: Path) -> None:
    write_subwords(tmp_path, subwords)
    read = read_subwords(tmp_path, longest=100)
    again = pickle.loads(pickle.dumps(read))
    text = "Le chat voit l'été 東京 12 !"
    for one in (read, again):
        assert one.encode(text).tolist() == subwords.encode(text).tolist()
        assert (one.size, one.longest, one.lengths) == (360, 100, subwords.lengths)


def with_varint(field: int, value: int) -> bytes:
    return bytes([field << 3, value])


def with_bytes(field: int, value: bytes) -> bytes:
    return bytes([field << 3 | 2, len(value)]) + value


def with_piece(*fields: bytes) -> bytes:
    return with_bytes(1, b"".join(fields))


# What is done to a good file.
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "text": lambda _: b"the cat\nthe dog\n" * 50,
    "zeros": lambda _: bytes(1000),
    "an endless number": lambda _: b"\xff" * 1000,
    "half": lambda good: good[: len(good) // 2],
    "a byte less": lambda good: good[:-1],
    "a piece too long for the file": lambda good: good + b"\x0a\xff\xff\xff\xff\x7f",
    "an unknown part": lambda good: good + with_bytes(9, b"x"),
    "a piece twice": lambda good: good + with_piece(with_bytes(1, b"<0x00>")),
    "a piece without text": lambda good: good + with_piece(with_bytes(1, b"")),
    "no UTF-8": lambda good: good + with_piece(with_bytes(1, b"\xff")),
    "no score": lambda good: good + with_piece(with_bytes(1, b"zz"), b"\x15\x00\x00\xc0\x7f"),
    "a second unknown": lambda good: good + with_piece(with_bytes(1, b"zz"), with_varint(3, 2)),
    "no such kind": lambda good: good + with_piece(with_bytes(1, b"zz"), with_varint(3, 99)),
    "byte-pair encoding": lambda good: good + with_bytes(2, with_varint(3, 2)),
    "rules of its own": lambda good: good + with_bytes(3, with_bytes(2, b"abcd")),
    "no byte fallback": lambda good: good + with_bytes(2, b"\x98\x02\x00"),
    "no padding": lambda good: good[2 + good[1] :],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named(
    subwords: Subwords, tmp_path: Path, damage: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / FILE
    path.parent.mkdir()
    path.write_bytes(DAMAGES[damage](subwords.model))
    with pytest.raises(ModelDamaged, match=r"tokenizer\.model: ") as caught:
        read_subwords(tmp_path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="cannot be read"):
        read_subwords(tmp_path)
    (tmp_path / FILE).mkdir(parents=True)
    with pytest.raises(ModelDamaged, match="cannot be read"):
        read_subwords(tmp_path)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_changed_bytes_are_refused_or_harmless(data: st.DataObject) -> None:
    model = bytearray(small_subwords().model)
    for _ in range(data.draw(st.integers(1, 4))):
        model[data.draw(st.integers(0, len(model) - 1))] = data.draw(st.integers(0, 255))
    try:
        changed = Subwords(bytes(model))
    except ValueError:
        return
    changed.decode(changed.encode("Le chat voit l'été 東京 12 !"))
