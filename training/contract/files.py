"""What a task must provide for files: measuring an exported model on them, and predicting them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel
from models.card import ModelCard
from models.errors import InvalidSetting
from models.settings import ModelSettings
from training.contract.interface import Signature

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


class TaskFiles(ABC):
    """A task's way with files.

    Attributes:
        noun: What examples are called, in the plural.
        has_columns: Whether the columns of a file may be named.
        has_test_time_augmentation: Whether several views of an input can be averaged.
        metric_packages: Modules that its metrics need, and an extra installs.
    """

    noun: str
    metric_packages: tuple[str, ...] = ()
    has_columns = False
    has_test_time_augmentation = False

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

    def augmented_metrics(
        self,
        ask: Callable[[NDArray[Any]], NDArray[Any]],
        part: Labelled,
        augmentation: str,
    ) -> dict[str, float]:
        """Scores the mean over several views of each input, where the task has such views.

        Args:
            ask: Inputs to the model's answers, a batch at a time.
            part: What is measured on.
            augmentation: Which views; `none` where `has_test_time_augmentation` is false.
        """
        del ask, part, augmentation
        return {}

    def expect_columns(self, columns: Columns) -> None:
        """Refuses columns that are named where nothing has columns.

        Raises:
            InvalidSetting: Columns are named, and the task has no use for them.
        """
        if columns != Columns() and not self.has_columns:
            option = "--text-column" if columns.text is not None else "--label-column"
            raise InvalidSetting(f"{option}: expected a model of texts, this one takes {self.noun}")

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
