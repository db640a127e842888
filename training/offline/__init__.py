"""What is done with an exported model without Keras: measuring it, and predicting files.

One module a task, as in `training.tasks`.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel
from models.card import ModelCard
from models.errors import InvalidSetting
from models.settings import ModelSettings
from training.signature import Signature

# task -> module of this package with its `OFFLINE`
_MODULES = {
    "image_classification": "images",
    "tabular": "tables",
    "text_classification": "texts",
    "translation": "translation",
}

_BATCH = 256


@dataclass(frozen=True)
class Columns:
    """The columns of a file of texts; None for those that are not named."""

    text: str | None = None
    label: str | None = None

    @classmethod
    def of_recipe(cls, recipe: Mapping[str, Any]) -> Self:
        """Those that a recipe of own data names, be the recipe as it may."""
        data = recipe.get("data")
        names = data if isinstance(data, Mapping) else {}
        text, label = names.get("text_column"), names.get("label_column")
        return cls(
            text if isinstance(text, str) else None, label if isinstance(label, str) else None
        )


@dataclass(frozen=True)
class Options:
    """What is asked for beside a model and files.

    Attributes:
        settings: How to run the model.
        top_k: How many labels for each image.
        columns: That somebody named: they must be there.
        usual: That the model was trained on: taken where they are there, and none is named.
        escape_formulas: Whether a CSV file is written so that no spreadsheet runs a cell.
    """

    settings: ModelSettings
    top_k: int = 3
    columns: Columns = Columns()
    usual: Columns = Columns()
    escape_formulas: bool = True


@dataclass(frozen=True)
class Labelled:
    """Examples with what is true of them.

    Attributes:
        inputs: As the model takes them, `[examples, ...]`; an array, or read by slices.
        truth: Of each example, as the task's metrics take it.
    """

    inputs: Any
    truth: Any

    def __len__(self) -> int:
        return len(self.inputs)

    def answers(self, ask: Callable[[NDArray[Any]], NDArray[Any]]) -> NDArray[Any]:
        """Asks a model about every example, a batch at a time; `[examples, ...]`."""
        starts = range(0, len(self), _BATCH)
        return np.concatenate([ask(self.inputs[start : start + _BATCH]) for start in starts])


@dataclass(frozen=True)
class Prediction:
    """The answer for one input, in the forms that it is told in.

    Attributes:
        content: For JSON.
        line: For people, one line.
        cells: For a CSV file: what is kept of the input, by column.
        answers: For a CSV file: what is added, in the order of `Plan.answers`; none if it failed.
        error: Why there is no answer, or None.
    """

    content: Mapping[str, Any]
    line: str
    cells: Mapping[str, object] = field(default_factory=dict)
    answers: Sequence[object] = ()
    error: str | None = None


@dataclass(frozen=True)
class Plan:
    """What a CSV file of predictions will hold.

    Attributes:
        inputs: Columns that are kept of the inputs.
        wanted: Names for what is added.
        total: How many rows there will be.
    """

    inputs: Sequence[str]
    wanted: Sequence[str]
    total: int

    @property
    def columns(self) -> list[str]:
        """The header: the inputs' columns, the answers' under names that are free, the error's."""
        columns = list(self.inputs)
        for name in (*self.wanted, "error"):
            while name in columns:
                name += "_"
            columns.append(name)
        return columns

    def cells(self, prediction: Prediction) -> list[object]:
        """A row of the file, below `columns`."""
        missing = [""] * (len(self.wanted) - len(prediction.answers))
        kept = (prediction.cells.get(name, "") for name in self.inputs)
        return [*kept, *prediction.answers, *missing, prediction.error or ""]


def joined_header(headers: Mapping[Path, Sequence[str]]) -> Sequence[str]:
    """The columns of several files, whose rows go to one file.

    Raises:
        InvalidSetting: They are not the same, or cannot be told apart.
    """
    (first, columns), *others = headers.items()
    for path, header in others:
        if sorted(header) != sorted(columns):
            raise InvalidSetting(f"{path}: expected the columns of {first}, as both go to one file")
    if len(set(columns)) < len(columns):
        raise InvalidSetting(
            f"{first}: expected a name above every column that is to be kept, found"
            f" {list(columns).count('')} without"
        )
    return columns


def answers_from(
    start: int, batches: Iterable[tuple[int, Iterable[Prediction]]]
) -> Iterator[Prediction]:
    """All predictions but the first ones.

    A model's last digits may depend on what shares a batch, so the batches are the same wherever
    one starts.

    Args:
        start: How many inputs are left out.
        batches: How many inputs there are in each, and their predictions, made when asked for.
    """
    for size, predictions in batches:
        if start < size:
            yield from islice(predictions, start, None)
        start = max(0, start - size)


class Offline(ABC):
    """A task's way with files.

    Attributes:
        noun: What examples are called, in the plural.
        has_columns: Whether the columns of a file may be named.
        metric_packages: Modules that its metrics need, and an extra installs.
    """

    noun: str
    metric_packages: tuple[str, ...] = ()
    has_columns = False

    @abstractmethod
    def labelled(self, path: Path, signature: Signature, options: Options) -> Labelled:
        """Reads somebody's labelled data.

        Raises:
            InvalidSetting: The path is no such data.
            OkazuError: Something in it cannot be read; the message says what.
        """

    @abstractmethod
    def test_part(self, dataset: Any, signature: Signature) -> Labelled:
        """The test part of a data set of this task.

        Raises:
            OkazuError: The data set no longer is what the model was made for.
        """

    @abstractmethod
    def metrics(
        self, answers: NDArray[Any], part: Labelled, signature: Signature
    ) -> dict[str, float]:
        """Scores a model's answers to the part's inputs."""

    def metric_signatures(self, part: Labelled) -> Mapping[str, str]:
        """How metrics were computed, by their names, where a figure says too little alone."""
        del part
        return {}

    @abstractmethod
    def find_inputs(self, paths: Sequence[Path]) -> list[Path]:
        """The files that are meant by arguments of `okazu predict`.

        Raises:
            InvalidSetting: A path does not exist, or nothing in it can be meant.
        """

    @abstractmethod
    def plan(self, card: ModelCard, files: Sequence[Path], options: Options) -> Plan:
        """Looks through all files for what a CSV file of predictions will hold.

        Raises:
            InvalidSetting: A file is damaged, or the files do not go together.
        """

    @abstractmethod
    def predict(
        self, model: LoadedModel, files: Sequence[Path], options: Options, start: int = 0
    ) -> Iterator[Prediction]:
        """Answers files in their order, a batch at a time.

        Args:
            model: Of this task.
            files: As `find_inputs` gave them.
            options: What is asked for.
            start: How many inputs are left out; the others' answers are the same to the bit.

        Yields:
            A prediction for each input; what cannot be used gets an error in place of an answer.
        """


def offline_of(task: str, columns: Columns = Columns()) -> Offline:
    """A task's way with files.

    Raises:
        InvalidSetting: Columns are named, and it has no use for them.
    """
    offline: Offline = importlib.import_module(f"{__name__}.{_MODULES[task]}").OFFLINE
    if columns != Columns() and not offline.has_columns:
        option = "--text-column" if columns.text is not None else "--label-column"
        raise InvalidSetting(f"{option}: expected a model of texts, this one takes {offline.noun}")
    return offline
