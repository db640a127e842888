from __future__ import annotations

from pathlib import Path

import pytest

from models.files import atomic_write, atomic_write_text


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    atomic_write_text(path, "old")

    def write_half() -> None:
        with atomic_write(path) as file:
            file.write(b"half of the n")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_half()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_write_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    atomic_write_text(path, "one")
    atomic_write_text(path, "two")
    assert path.read_text() == "two"
