"""Which texts of one set are pieces of texts of another.

The sentences of one set may be another's, cut elsewhere: a line of MR may hold two sentences of
SST-2, so that equal texts alone would leave one test sentence in six among the training texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

# Bytes of a content key, about three words; less is anyone's phrase. A power of two: it is also
# how many bytes are looked up at once.
SHORTEST_PIECE = _WINDOW = 16
_CHUNK = 1 << 22  # bytes
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_TABLE_BITS = 22


def find_pieces(
    wholes: Sequence[bytes], pieces: Sequence[bytes]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Finds the pieces in the wholes, in time linear in their bytes.

    Args:
        wholes: Content keys of texts.
        pieces: Content keys of what is looked for; those below `SHORTEST_PIECE` are not.

    Returns:
        bool `[wholes]`, those that contain a piece, and bool `[pieces]`, those that are contained.
    """
    containing, contained = np.zeros(len(wholes), np.bool_), np.zeros(len(pieces), np.bool_)
    beginnings: dict[bytes, list[int]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        if len(piece) >= SHORTEST_PIECE:
            beginnings[piece[:_WINDOW]].append(number)
    if not beginnings:
        return containing, contained
    table = np.zeros(1 << _TABLE_BITS, np.bool_)
    table[[int(_places(beginning)[0]) for beginning in beginnings]] = True
    for first, joined, starts in _chunks(wholes):
        for position in np.flatnonzero(table[_places(joined)]).tolist():
            for number in beginnings.get(joined[position : position + _WINDOW], ()):
                if joined.startswith(pieces[number], position):
                    contained[number] = True
                    containing[first + int(np.searchsorted(starts, position, "right")) - 1] = True
    return containing, contained


def _places(content: bytes) -> NDArray[np.uint64]:
    """uint64 `[bytes - 15]`: of each window of bytes its place in a table, by a rolling hash."""
    hashes = np.frombuffer(content, np.uint8).astype(np.uint64)
    factor, step = _FACTOR, 1
    with np.errstate(over="ignore"):
        while step < _WINDOW:
            hashes = hashes[:-step] * factor + hashes[step:]
            factor, step = factor * factor, 2 * step
        return (hashes * _FACTOR) >> np.uint64(64 - _TABLE_BITS)


def _chunks(keys: Sequence[bytes]) -> Iterator[tuple[int, bytes, NDArray[np.int64]]]:
    """Keys joined by NUL, some at a time: the first one's number, the bytes, where each starts."""
    first = 0
    while first < len(keys):
        last, size = first, 0
        while last < len(keys) and size < _CHUNK:
            size += len(keys[last]) + 1
            last += 1
        lengths = np.array([len(key) + 1 for key in keys[first:last]], np.int64)
        joined = b"\0".join(keys[first:last])
        if len(joined) >= _WINDOW:
            yield first, joined, np.cumsum(lengths) - lengths
        first = last
