"""What is done with an exported model without Keras: measuring it, and predicting files.

One module a task, as in `training.tasks`.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from models.card import ModelCard
from models.loading import LoadedModel
from models.settings import ModelSettings
from training.signature import Signature

# task -> module of this package with its `OFFLINE`
_MODULES = {
    "image_classification": "images",
    "tabular": "tables",
}


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


@dataclass(frozen=True)
class Prediction:
    """The answer for one input, in the forms that it is told in.

    Attributes:
        content: For JSON.
        line: For people, one line.
        cells: For a CSV file, by column.
        error: Why there is no answer, or None.
    """

    content: Mapping[str, Any]
    line: str
    cells: Mapping[str, object] = field(default_factory=dict)
    error: str | None = None


class Offline(ABC):
    """A task's way with files.

    Attributes:
        noun: What examples are called, in the plural.
    """

    noun: str

    @abstractmethod
    def labelled(self, path: Path, signature: Signature, settings: ModelSettings) -> Labelled:
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

    @abstractmethod
    def find_inputs(self, paths: Sequence[Path]) -> list[Path]:
        """The files that are meant by arguments of `okazu predict`.

        Raises:
            InvalidSetting: A path does not exist, or nothing in it can be meant.
        """

    @abstractmethod
    def columns(self, card: ModelCard, files: Sequence[Path]) -> list[str]:
        """Header of a CSV file of predictions; the last column is for errors."""

    @abstractmethod
    def predict(
        self, model: LoadedModel, files: Sequence[Path], *, top_k: int, settings: ModelSettings
    ) -> Iterator[Prediction]:
        """Answers files in their order, a batch at a time.

        Yields:
            A prediction for each input; what cannot be used gets an error in place of an answer.
        """


def offline_of(task: str) -> Offline:
    """A task's way with files."""
    offline: Offline = importlib.import_module(f"{__name__}.{_MODULES[task]}").OFFLINE
    return offline
