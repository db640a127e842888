"""Folders of models with something done to them."""

from __future__ import annotations

import shutil
from pathlib import Path

from models.artifact.integrity import seal
from models.card import read_card


def add_version(zoo: Path, name: str, version: int) -> Path:
    """Publishes a copy of `digits:1` under another name or version."""
    target = zoo / name / str(version)
    shutil.copytree(zoo / "digits" / "1", target)
    seal(target, read_card(target).model_copy(update={"name": name, "version": version}))
    return target


def change_byte(model: Path) -> None:
    path = model / "saved_model.pb"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
