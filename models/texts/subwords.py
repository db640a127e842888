"""Subwords: from a sentence to the ids that a translator takes, and back.

The vocabulary is data, SentencePiece's model file `assets.extra/tokenizer.model` (Kudo and
Richardson 2018, "SentencePiece"); `training.tasks.translation.learn_subwords` learns it. It serves
both languages. What is in no piece is spelled in bytes of UTF-8, so no character is unknown.

What a sentence reads as is decided here, the same in training and in service:

1. Unicode's canonical composition (NFC). Not the compatible one (NFKC), which turns m² into m2.
2. Curly apostrophes and double quotation marks are straight. Guillemets stay.
3. All spaces are plain ones, those before French punctuation too; they are not taken away, so
   "Va\u202f!" and "Va !" read the same, and "Va!" otherwise. Controls are spaces.
4. Soft hyphens, zero-width spaces, marks of direction and byte-order marks are dropped.
5. Halves of surrogate pairs are U+FFFD, and U+2581, SentencePiece's own sign for a space, is "_".

Spaces at the ends are dropped and several in a row are one. If the vocabulary has the piece
`models.texts.inline_casing.CAPITAL`, capital first letters are marked by it. All of it takes time
in proportion to the text's length.
"""

from __future__ import annotations

import bisect
import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from models.card import ASSETS_DIRECTORY
from models.errors import ModelDamaged
from models.texts.inline_casing import CAPITAL, mark_capitals, restore_capitals
from models.texts.placeholders import SYMBOLS
from models.texts.sentencepiece_file import (
    BEGINNING,
    END,
    PADDING,
    UNKNOWN,
    Kind,
    Piece,
    read_pieces,
)
from models.texts.tokenizers import bucket_lengths

SUBWORDS_FILE = "tokenizer.model"

Ids = NDArray[np.int32]

# Unicode's "stream-safe" format (UAX 15, section 13); normalising takes the square of their number.
_MOST_MARKS = 30
_MAYBE_MARKS = re.compile(rf"[^\0-\u02ff]{{{_MOST_MARKS + 1}}}")
_SEEDS = 2**32 - 1  # SentencePiece takes the next one for "any"
_SPECIAL = (PADDING, UNKNOWN, BEGINNING)
# SentencePiece has one random generator for the process.
_drawing = threading.Lock()


def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")
    # The spaces of Unicode's category Zs, and its line and paragraph separators.
    table |= dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
    table |= dict.fromkeys((0x2028, 0x2029), " ")
    table |= dict.fromkeys((0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF), None)
    table |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), None)
    table |= dict.fromkeys((0x2018, 0x2019, 0x201B, 0x2BC), "'")
    table |= dict.fromkeys((0x201C, 0x201D, 0x201E, 0x201F), '"')
    table |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
    return table | {0x2581: "_"}


_TABLE = _table()


def normalized(text: str) -> str:
    """A text as a translator reads it; see the module."""
    if text.isascii() and text.isprintable():
        return text
    text = text.translate(_TABLE)
    if _MAYBE_MARKS.search(text):
        text = _with_few_marks(text)
    return unicodedata.normalize("NFC", text)


def _with_few_marks(text: str) -> str:
    """Drops what is more than `_MOST_MARKS` combining marks in a row."""
    marks, kept = 0, []
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


class Subwords:
    """A vocabulary of subwords; ids 0 to 3 are padding, unknown, beginning and end.

    May be used by several threads at once, and pickled.

    Args:
        model: What stands in the file.
        longest: The most ids that a row of a batch has, the one at the end included.

    Raises:
        ValueError: It is no SentencePiece model of our kind.
    """

    kind: ClassVar[str] = "subwords"

    def __init__(self, model: bytes, longest: int = 256) -> None:
        self.model = model
        self.pieces: tuple[Piece, ...] = tuple(read_pieces(model))
        self.longest = longest
        self.lengths = bucket_lengths(longest)
        # The character may be another piece too, where the texts that were learned from have it.
        self.marks_capitals = (CAPITAL, Kind.USER_DEFINED) in {
            (piece.text, piece.kind) for piece in self.pieces
        }
        self._processor = _processor(model)

    def __reduce__(self) -> tuple[type[Subwords], tuple[bytes, int]]:
        return type(self), (self.model, self.longest)

    @property
    def size(self) -> int:
        """All ids are below it: how many rows a table of embeddings needs."""
        return len(self.pieces)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Those of `models.texts.placeholders.SYMBOLS` that the vocabulary has."""
        pieces = {piece.text for piece in self.pieces}
        return tuple(symbol for symbol in SYMBOLS if symbol in pieces)

    def encode(self, text: str) -> Ids:
        """The ids of a sentence, all of them, with the one for the end: int32 `[length]`."""
        ids: Ids = self._processor.encode(self._read(text), return_type="numpy", add_eos=True)
        return ids

    def sample(self, text: str, alpha: float, seed: int) -> Ids:
        """The ids of one of the ways to cut a sentence into subwords (Kudo 2018, section 3.3).

        Args:
            text: The sentence.
            alpha: A way is drawn with its probability to this power: near 0 any way is as
                likely as any other, from about 1 it is mostly the best one.
            seed: 0 or more. With text and alpha it decides alone: what was drawn before, and in
                which thread, has no part.
        """
        import sentencepiece

        read = self._read(text)
        with _drawing:
            sentencepiece.SetRandomGeneratorSeed(seed % _SEEDS)
            ids: Ids = self._processor.encode(
                read,
                return_type="numpy",
                add_eos=True,
                enable_sampling=True,
                nbest_size=-1,
                alpha=alpha,
            )
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The sentence of ids, as far as the end; padding and other special ids say nothing.

        Marked capitals are capitals again.

        Args:
            ids: Below `size`, such as a row of what a translator gives.

        Raises:
            IndexError: An id is not in the vocabulary.
        """
        said: list[int] = []
        for number in map(int, ids):
            if number == END:
                break
            if number not in _SPECIAL:
                said.append(number)
        text: str = self._processor.decode(said)
        return (restore_capitals(text) if self.marks_capitals else text).strip()

    def _read(self, text: str) -> str:
        text = normalized(text)
        return mark_capitals(text) if self.marks_capitals else text

    def pad(self, rows: Sequence[Ids]) -> Ids:
        """Puts the ids of sentences together: int32 `[batch, bucket length of the longest]`.

        Raises:
            ValueError: A sentence is longer than `longest`; nothing is cut.
        """
        most = max(map(len, rows))
        if most > self.longest:
            raise ValueError(f"expected at most {self.longest} ids, received {most}")
        length = self.lengths[bisect.bisect_left(self.lengths, most)]
        batch = np.full((len(rows), length), PADDING, np.int32)
        for row, ids in zip(batch, rows, strict=True):
            row[: len(ids)] = ids
        return batch


def _processor(model: bytes) -> Any:
    import sentencepiece

    sentencepiece.SetMinLogLevel(3)  # what it has to say comes as an exception
    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(model)
        spelled = processor.encode("\U0010fffd", add_eos=True)
    except Exception as error:
        raise ValueError(f"SentencePiece refuses it: {' '.join(str(error).split())}") from None
    if UNKNOWN in spelled or spelled[-1] != END:
        raise ValueError("expected a model with byte fallback and an end")
    return processor


def write_subwords(directory: Path, subwords: Subwords) -> None:
    """Writes a vocabulary into a model's directory."""
    path = directory / ASSETS_DIRECTORY / SUBWORDS_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(subwords.model)


def read_subwords(directory: Path, longest: int = 256) -> Subwords:
    """Reads a model's vocabulary; for `longest` see `Subwords`.

    Raises:
        ModelDamaged: The file is missing, unreadable or no vocabulary.
    """
    path = directory / ASSETS_DIRECTORY / SUBWORDS_FILE
    try:
        return Subwords(path.read_bytes(), longest)
    except OSError as error:
        raise ModelDamaged(f"{path}: the subwords cannot be read ({error})") from None
    except ValueError as error:
        raise ModelDamaged(f"{path}: no subwords of ours: {error}") from None
