"""Writing so that a crash leaves the old file or the new one, never half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Opens a temporary file that takes the place of `path` when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    flush_to_disk(path.parent, recursive=False)


def atomic_write_text(path: Path, text: str) -> None:
    """Replaces a text file as a whole."""
    with atomic_write(path) as file:
        file.write(text.encode("utf-8"))


def flush_to_disk(directory: Path, *, recursive: bool = True) -> None:
    """Asks the system to make a directory, and what is in it, survive a power cut."""
    targets = [directory, *directory.rglob("*")] if recursive else [directory]
    for target in targets:
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
