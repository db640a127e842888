"""Checkpoints: everything that decides how a training goes on, in one file, written whole.

A file is an npz archive named after the epoch that comes next. The archive's comment is the SHA-256
of every byte before it, so that any damage is noticed before anything is parsed. The last two are
kept: should the newest be damaged, the one before it is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from models.files import atomic_write

KEPT = 2

Weights = list[NDArray[Any]]

_NAME = re.compile(r"epoch-(\d{5,9})\.npz")
_DIGITS = 64  # of a SHA-256, in hexadecimal
# A zip archive ends with a record of this length, its last two bytes the length of the comment.
_END, _END_MARK = 22, b"PK\x05\x06"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Checkpoint:
    """The state between two epochs.

    Attributes:
        epoch: The one that comes next, from 0.
        variables: Of the model and of the optimizer, in their order.
        best_weights: The best so far, or the sum of those to be averaged, or empty.
        state: Everything else, as JSON takes it.
    """

    epoch: int
    variables: Weights
    best_weights: Weights
    state: dict[str, Any]


def save_checkpoint(directory: Path, checkpoint: Checkpoint) -> None:
    """Writes a checkpoint, then drops those that are no longer needed."""
    arrays = _numbered("variable", checkpoint.variables)
    arrays |= _numbered("best", checkpoint.best_weights)
    arrays["state"] = np.frombuffer(json.dumps(checkpoint.state).encode(), np.uint8)
    arrays["epoch"] = np.array(checkpoint.epoch)
    with atomic_write(directory / f"epoch-{checkpoint.epoch:05d}.npz") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
        _seal(file)
    for old in [*_files(directory)[:-KEPT], *directory.glob(".epoch-*.npz-*")]:
        with contextlib.suppress(OSError):
            old.unlink()  # those with a dot are what killed processes left half written


def latest_checkpoint(
    directory: Path, note: Callable[[str], None] = lambda _: None
) -> Checkpoint | None:
    """Reads the newest checkpoint that is whole, and sets damaged ones aside.

    Args:
        directory: Where they lie; need not exist.
        note: Told, in one line, where the training goes on if not at the newest checkpoint.

    Returns:
        The checkpoint, or None where there is no whole one.
    """
    damaged = []
    found = None
    for path in reversed(_files(directory)):
        try:
            found = _read(path)
            break
        except Exception as error:  # whatever a damaged file makes its readers raise
            reason = getattr(error, "strerror", None) or " ".join(str(error).split())
            damaged.append(f"{path} is damaged ({reason})")
            # Kept for a look at it, but neither one of the last two nor in the way of another.
            with contextlib.suppress(OSError):
                path.rename(path.with_name(f"{path.name}.damaged"))
    where = f"going on from {path.name}" if found else "training again from the start"
    if damaged:
        note(f"checkpoint {', '.join(damaged)}, {where}")
    elif found is None:
        note(f"no checkpoint in {directory}, {where}")
    return found


def _read(path: Path) -> Checkpoint:
    if not path.is_file():
        raise ValueError("not a file")
    # Opened here, as np.load leaves the file of a broken archive open.
    with path.open("rb") as opened:
        _expect_whole(opened)
        with np.load(opened, allow_pickle=False) as file:
            names = sorted(file.files)
            if "epoch" in names and int(file["epoch"]) != _epoch(path):
                raise ValueError(f"it is of epoch {file['epoch']}")
            return Checkpoint(
                epoch=_epoch(path),
                variables=[file[name] for name in names if name.startswith("variable-")],
                best_weights=[file[name] for name in names if name.startswith("best-")],
                state=json.loads(file["state"].tobytes()),
            )


def _seal(file: BinaryIO) -> None:
    """Appends the digest of a finished archive as its comment."""
    file.seek(-2, os.SEEK_END)
    file.write(_DIGITS.to_bytes(2, "little"))
    digest = _digest(file, file.tell())
    file.write(digest.encode())


def _expect_whole(file: BinaryIO) -> None:
    """Compares a file with its digest, and leaves it at its beginning.

    Raises:
        ValueError: They differ.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _DIGITS, 0))
    tail = file.read()
    sealed = size > _DIGITS and _digest(file, size - _DIGITS).encode() == tail
    if not sealed and not _is_older(tail):
        raise ValueError("its SHA-256 is not the one that was written with it")
    file.seek(0)


def _is_older(tail: bytes) -> bool:
    """Whether a file ends as those before digests were written; its members have CRC-32 sums."""
    return tail[-_END:].startswith(_END_MARK) and tail.endswith(b"\0\0")


def _digest(file: BinaryIO, length: int) -> str:
    """The SHA-256 of a file's first bytes; leaves it behind them."""
    file.seek(0)
    digest = hashlib.sha256()
    while length > 0 and (chunk := file.read(min(_CHUNK, length))):
        digest.update(chunk)
        length -= len(chunk)
    return digest.hexdigest()


def _numbered(prefix: str, arrays: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"{prefix}-{number:05d}": array for number, array in enumerate(arrays)}


def _files(directory: Path) -> list[Path]:
    """The checkpoints, the newest last; whatever else lies there is no concern of ours."""
    return sorted((path for path in directory.glob("epoch-*.npz") if _epoch(path) >= 0), key=_epoch)


def _epoch(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else -1
