"""Checkpoints: everything that decides how a training goes on, in one file, written whole.

A file is an npz archive, whose members carry checksums, named after the epoch that comes next. The
last two are kept: should the newest be torn, the one before it still is.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.files import atomic_write

KEPT = 2

Weights = list[NDArray[Any]]


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
    with atomic_write(directory / f"epoch-{checkpoint.epoch:05d}.npz") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    for old in _files(directory)[:-KEPT]:
        old.unlink()


def latest_checkpoint(directory: Path) -> Checkpoint | None:
    """Reads the newest checkpoint that is whole, or None if there is none."""
    for path in reversed(_files(directory)):
        try:
            return _read(path)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            continue
    return None


def _read(path: Path) -> Checkpoint:
    # Opened here, as np.load leaves the file of a broken archive open.
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        names = sorted(file.files)
        return Checkpoint(
            epoch=int(path.stem.removeprefix("epoch-")),
            variables=[file[name] for name in names if name.startswith("variable-")],
            best_weights=[file[name] for name in names if name.startswith("best-")],
            state=json.loads(file["state"].tobytes()),
        )


def _numbered(prefix: str, arrays: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"{prefix}-{number:05d}": array for number, array in enumerate(arrays)}


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob("epoch-*.npz"))
