"""What stands in a SentencePiece model file, read without SentencePiece.

Its library is written in C++ and trusts its files. So a file is looked through here first, and only
one that is plainly of our kind is handed on: a unigram model with byte fallback whose special ids
are where they belong, and which normalises nothing (`models.texts.subwords` does that). The format
is Protocol Buffers' (`sentencepiece_model.proto`); of that the few rules that are needed are below.
"""

from __future__ import annotations

import enum
import math
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

PADDING, UNKNOWN, BEGINNING, END = range(4)

_MOST_PIECES = 2**18
_LONGEST_PIECE = 1024
_LARGEST_SCORE = 1e6
_UNIGRAM = 1
# Field numbers of the messages.
_PIECE, _TRAINER, _NORMALIZER = 1, 2, 3
_PIECE_TEXT, _PIECE_SCORE, _PIECE_KIND = 1, 2, 3
_TRAINER_MODEL_TYPE = 3
_CHARACTER_MAP = 2
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


class Kind(enum.IntEnum):
    """What a piece is for."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


class Piece(NamedTuple):
    """A row of the vocabulary."""

    text: str
    score: float
    kind: Kind


def read_pieces(data: bytes) -> list[Piece]:
    """The pieces of a model file, by their ids.

    Raises:
        ValueError: It is no such file; the message says why.
    """
    pieces: list[Piece] = []
    for number, value in _fields(data):
        if number == _PIECE:
            pieces.append(_piece(_message(value)))
        elif number == _TRAINER:
            _check_trainer(_message(value))
        elif number == _NORMALIZER:
            _check_normalizer(_message(value))
        else:
            raise ValueError(f"a part of an unexpected kind ({number})")
        if len(pieces) > _MOST_PIECES:
            raise ValueError(f"more than {_MOST_PIECES} pieces")
    _check_pieces(pieces)
    return pieces


def _piece(data: bytes) -> Piece:
    text, score, kind = "", 0.0, Kind.NORMAL
    for number, value in _fields(data):
        if number == _PIECE_TEXT:
            text = _message(value).decode("utf-8")
        elif number == _PIECE_SCORE and isinstance(value, float):
            score = value
        elif number == _PIECE_KIND and isinstance(value, int):
            kind = Kind(value)
        else:
            raise ValueError("a piece with a part of an unexpected kind")
    if not text or len(text) > _LONGEST_PIECE:
        raise ValueError("a piece that is empty or far too long")
    if not abs(score) <= _LARGEST_SCORE or not math.isfinite(score):
        raise ValueError("a piece whose score is no ordinary number")
    return Piece(text, score, kind)


def _check_trainer(data: bytes) -> None:
    if any(number == _TRAINER_MODEL_TYPE and value != _UNIGRAM for number, value in _fields(data)):
        raise ValueError("expected a unigram model")


def _check_normalizer(data: bytes) -> None:
    if any(number == _CHARACTER_MAP and value != b"" for number, value in _fields(data)):
        raise ValueError("expected a model that normalises nothing (rule 'identity')")


def _check_pieces(pieces: Sequence[Piece]) -> None:
    expected = (Kind.CONTROL, Kind.UNKNOWN, Kind.CONTROL, Kind.CONTROL)
    if tuple(piece.kind for piece in pieces[: len(expected)]) != expected:
        raise ValueError("expected padding, unknown, beginning and end as the ids 0, 1, 2 and 3")
    if any(piece.kind in (Kind.UNKNOWN, Kind.CONTROL) for piece in pieces[len(expected) :]):
        raise ValueError("more than four special pieces")
    if len({piece.text for piece in pieces}) != len(pieces):
        raise ValueError("a piece that stands twice")
    of_bytes = {piece.text for piece in pieces if piece.kind == Kind.BYTE}
    if of_bytes != {f"<0x{byte:02X}>" for byte in range(256)}:
        raise ValueError("expected a piece for each of the 256 bytes")


def _message(value: int | float | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a number where a part was expected")
    return value


def _fields(data: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """The fields of a message: their numbers and values."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, form = key >> 3, key & 7
        if form == _VARINT:
            count, place = _varint(data, place)
            yield number, count
            continue
        size = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(form)
        if size is None:
            if form != _BYTES:
                raise ValueError("no Protocol Buffers message")
            size, place = _varint(data, place)
        end = place + size
        if end > len(data):
            raise ValueError("the file ends too early")
        value = data[place:end]
        yield number, struct.unpack("<f", value)[0] if form == _FOUR_BYTES else value
        place = end


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A whole number, and where the next thing stands."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise ValueError("the file ends too early")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("no Protocol Buffers message")
