"""The list of mutants: what is changed where, and which tests must fail then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

PROJECT = Path(__file__).parents[2]
LISTS = Path(__file__).parent / "lists"


class Mutant(BaseModel):
    """A fault, and the tests that must notice it.

    Attributes:
        name: Says what the fault is.
        file: Path of the file that is changed, from the project's root.
        old: Text that stands there exactly once.
        new: Text that takes its place.
        tests: Files of tests, or single tests (`tests/test_x.py::test_y`), of which one must fail.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9_]+(-[a-z0-9_]+)*$")
    file: str
    old: str = Field(min_length=1)
    new: str
    tests: tuple[str, ...] = Field(min_length=1)


class StaleMutant(Exception):
    """The text that a mutant changes does not stand in its file, or more than once."""


def read_mutants(folder: Path = LISTS) -> list[Mutant]:
    """Read the mutants of every YAML file of a folder, in order of the files' names."""
    return [
        Mutant(**entry)
        for file in sorted(folder.glob("*.yaml"))
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def chosen(mutants: Sequence[Mutant], words: Sequence[str]) -> list[Mutant]:
    """Choose the mutants whose name or file contains one of the words; all without words."""
    return [m for m in mutants if not words or any(word in m.name + " " + m.file for word in words)]


def mutated(mutant: Mutant, project: Path) -> str:
    """Return the content of the mutant's file with the fault in it.

    Args:
        mutant: What to change.
        project: Root of the project whose file is read.

    Raises:
        StaleMutant: The old text is not there exactly once.
    """
    path = project / mutant.file
    content = path.read_text(encoding="utf-8") if path.is_file() else ""
    if (times := content.count(mutant.old)) != 1:
        raise StaleMutant(f"{mutant.file}: expected the old text once, found it {times} times")
    return content.replace(mutant.old, mutant.new)
