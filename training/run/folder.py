"""The run folder: `runs/<recipe>/<run>/`, enough to reproduce, resume and export a run.

recipe.yaml  metrics.json  history.csv  model.keras  environment.json  data.json  samples.npz
checkpoints/  tensorboard/  report.html  assets.extra/ (what goes with the exported model)
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from models.card import ASSETS_DIRECTORY
from models.errors import InvalidSetting, OkazuError
from models.files import atomic_write_text
from models.settings import plain_message
from training.recipe import Recipe
from training.recipe.loading import load_recipe, to_yaml
from training.run.records import DataRecord, Environment, Record, Summary

TEMPLATES = Path(__file__).parent / "templates"
RUNS_VARIABLE = "OKAZU_RUNS"
BEFORE_THE_FIRST_EPOCH = {
    "recipe.yaml",
    Environment.file,
    DataRecord.file,
    ASSETS_DIRECTORY,
    "tensorboard",
}


SomeRecord = TypeVar("SomeRecord", bound=Record)


def runs_root() -> Path:
    """Where runs are kept: `OKAZU_RUNS`, else `runs` in the working directory."""
    return Path(os.environ.get(RUNS_VARIABLE) or "runs")


class RunFolder:
    """The files of one run; each is written whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.model = path / "model.keras"
        self.samples = path / "samples.npz"
        self.assets = path / ASSETS_DIRECTORY
        self.report = path / "report.html"
        self.checkpoints = path / "checkpoints"
        self.tensorboard = path / "tensorboard"

    @classmethod
    def create(cls, recipe: Recipe, root: Path | None = None) -> RunFolder:
        """Makes the folder of a new run and writes its recipe.

        Raises:
            OkazuError: The folder cannot be made.
        """
        parent = (root or runs_root()) / recipe.name
        try:
            folder = cls(_make_directory(parent))
            atomic_write_text(folder.path / "recipe.yaml", to_yaml(recipe))
        except OSError as error:
            raise OkazuError(f"cannot make a run folder in {parent}: {error.strerror}") from None
        return folder

    @classmethod
    def open(cls, reference: str) -> RunFolder:
        """Opens a run: its path, `recipe/run`, or a recipe's name for its newest run.

        Raises:
            InvalidSetting: There is no such run.
        """
        return cls(runs_of(reference)[0][-1])

    def forget_results(self) -> None:
        """Removes what says that the run has ended."""
        (self.path / Summary.file).unlink(missing_ok=True)
        self.report.unlink(missing_ok=True)

    def discard_untrained(self) -> bool:
        """Removes the folder if it holds nothing but what a run writes before its first epoch.

        Returns:
            Whether it did.
        """
        names = {path.name for path in self.path.iterdir()}
        if not names <= BEFORE_THE_FIRST_EPOCH:
            return False
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.path.parent.rmdir()  # where it was the recipe's only run
        return not self.path.exists()

    def recipe(self) -> Recipe:
        return load_recipe(self.path / "recipe.yaml")

    def has(self, record: type[Record]) -> bool:
        """Whether the run has come so far as to write this file."""
        return (self.path / record.file).exists()

    def write(self, record: Record) -> None:
        atomic_write_text(self.path / record.file, record.model_dump_json(indent=2) + "\n")

    def read(self, record: type[SomeRecord]) -> SomeRecord:
        """Reads one of the run's JSON files.

        Raises:
            OkazuError: The run has not come that far, or the file is not what it was.
        """
        path = self.path / record.file
        try:
            return record.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise OkazuError(
                f"{path} is missing: the run did not end; `okazu resume {self.path}` goes on"
            ) from None
        except OSError as error:
            raise OkazuError(f"{path}: {error.strerror or error}") from None
        except ValidationError as error:
            raise OkazuError(
                f"{path}: {_explain(error)}; remove it, and `okazu resume {self.path}` makes it"
                " anew"
            ) from None

    def write_history(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Writes `history.csv`, a row an epoch."""
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else ["epoch"])
        writer.writeheader()
        writer.writerows(rows)
        atomic_write_text(self.path / "history.csv", text.getvalue())

    def read_history(self) -> list[dict[str, float]]:
        """Reads `history.csv`; empty where no epoch ended yet.

        Raises:
            OkazuError: It is not what was written.
        """
        path = self.path / "history.csv"
        try:
            rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines(), strict=True))
            if not rows or rows[0][:1] != ["epoch"]:
                raise ValueError("its first column is not the epoch")
            return [
                {name: float(value) for name, value in zip(rows[0], row, strict=True)}
                for row in rows[1:]
            ]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, csv.Error) as error:
            raise OkazuError(f"{path}: expected a table of numbers ({error})") from None


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    where = "".join(f"{part}: " for part in first["loc"])
    return f"{where}{plain_message(first['msg'])}"


def runs_of(reference: str) -> tuple[list[Path], bool]:
    """The run of this path and True, or all runs of this recipe, the newest last, and False.

    Raises:
        InvalidSetting: There is no such run.
    """
    for path in (Path(reference), runs_root() / reference):
        if (path / "recipe.yaml").is_file():
            return [path], True
        runs = [file.parent for file in path.glob("*/recipe.yaml")]
        if runs:
            return sorted(runs, key=_in_order), False
    raise InvalidSetting(f"no run {reference!r}; expected a run folder, or a name below runs/")


def _in_order(path: Path) -> list[tuple[int, str]]:
    """Numbers in names by their value: the tenth run of a second comes after the second."""
    parts = re.findall(r"\d+|\D+", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _make_directory(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    for name in _names():
        path = parent / name
        try:
            path.mkdir()
        except FileExistsError:
            continue  # another run began in the same second
        return path
    raise AssertionError("names never end")


def _names() -> Iterator[str]:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    yield stamp
    number = 2
    while True:
        yield f"{stamp}-{number}"
        number += 1
