"""What a task must provide to be trained: the base class of every task.

Jobs are the same for every task; whatever differs they ask of a `Task`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from numpy.typing import NDArray

from training.contract.dataset import Dataset
from training.contract.interface import Signature
from training.recipe import Recipe
from training.run.records import DataRecord

if TYPE_CHECKING:
    import keras

    from training.fitting.batches import Batches, ShuffledBatches
    from training.fitting.training_model import TrainingModel
    from training.report.page import ReportSection

RecipeT = TypeVar("RecipeT", bound=Recipe)
DatasetT = TypeVar("DatasetT", bound=Dataset)

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Objective:
    """What a search looks for: a metric of the history, and which way is better."""

    metric: str
    direction: Literal["max", "min"]

    def rank(self, value: float) -> float:
        """Larger for better."""
        return value if self.direction == "max" else -value


@dataclass(frozen=True)
class Score:
    """What a trained network is worth.

    Attributes:
        metrics: Of the test part.
        answers: For the test part, in the form that the task's report takes.
        temperature: That the validation part asks for; 1 where nothing is calibrated.
    """

    metrics: dict[str, float]
    answers: Any
    temperature: float = 1.0


class Task(ABC, Generic[RecipeT, DatasetT]):
    """A kind of thing to learn. It keeps nothing: all of its methods are functions."""

    @abstractmethod
    def load(self, recipe: RecipeT) -> DatasetT:
        """Loads a recipe's data.

        Raises:
            InvalidSetting: The data cannot be had so, or the recipe asks what it does not allow.
            OkazuError: It cannot be downloaded, read or stored.
        """

    def adapted(self, dataset: DatasetT, recipe: RecipeT) -> DatasetT:
        """The data set as another recipe of the same data reads it; a search asks for each trial.

        Raises:
            InvalidSetting: The recipe asks what the data does not allow.
        """
        del recipe
        return dataset

    @abstractmethod
    def describe(self, dataset: DatasetT) -> dict[str, Any]:
        """Labels, input and target of the data set, as `DataRecord` takes them."""

    def write_assets(self, dataset: DatasetT, directory: Path) -> None:
        """Writes what an exported model needs beside its graph, as it will lie in its directory.

        Args:
            dataset: What is learned from.
            directory: The run's; the exported model gets its `assets.extra`.
        """

    @abstractmethod
    def signature(self, recipe: RecipeT, data: DataRecord, directory: Path) -> Signature:
        """What the exported model takes and returns, from what the run recorded of its data.

        Args:
            recipe: Of the run.
            data: What the run recorded.
            directory: The run's, where `write_assets` wrote.

        Raises:
            OkazuError: The record is of another task's run.
        """

    @abstractmethod
    def objective(self, dataset: DatasetT) -> Objective:
        """What `okazu tune` looks for."""

    # Training: used by `fit`

    @abstractmethod
    def build_network(self, recipe: RecipeT, dataset: DatasetT) -> keras.Model:
        """The network that is trained, saved and exported."""

    @abstractmethod
    def training_model(self, network: keras.Model, recipe: RecipeT) -> TrainingModel:
        """A model of its own with the network's weights; it may do more, augment for example."""

    @abstractmethod
    def build_loss(
        self, network: keras.Model, recipe: RecipeT, dataset: DatasetT
    ) -> keras.losses.Loss:
        """The loss that is minimised: of the training model's output and the batches' targets."""

    @abstractmethod
    def build_validation_loss(
        self, network: keras.Model, recipe: RecipeT, dataset: DatasetT
    ) -> keras.losses.Loss:
        """The loss that validation reports: how wrong the network's own answers are.

        It has neither smoothing nor auxiliary heads in it, and does not depend on what the recipe
        minimises, so that trials of different recipes can be compared by it. Its mean over the
        examples of all batches is `val_loss`.
        """

    @abstractmethod
    def build_metrics(
        self, network: keras.Model, dataset: DatasetT
    ) -> Sequence[keras.metrics.Metric]:
        """Beside the loss, in the history and to be monitored."""

    @abstractmethod
    def training_batches(self, recipe: RecipeT, dataset: DatasetT, seed: int) -> ShuffledBatches:
        """Of the training part; their order is decided by the seed and the epoch alone."""

    @abstractmethod
    def validation_batches(self, recipe: RecipeT, dataset: DatasetT) -> Batches:
        """Of the validation part, each example once."""

    def validation_callbacks(
        self,
        network: keras.Model,
        recipe: RecipeT,
        dataset: DatasetT,
        show: Callable[[str], None],
    ) -> Sequence[keras.callbacks.Callback]:
        """What measures more after each epoch than the loss, in `on_test_end`.

        Args:
            network: That is trained; it has the weights then that validation measures.
            recipe: Of the run.
            dataset: Whose validation part is used.
            show: Takes a line for people.
        """
        del network, recipe, dataset, show
        return ()

    def finished_network(self, network: keras.Model) -> keras.Model:
        """What is left of the network when training is over, with the same weights."""
        return network

    # What came of it: used by `jobs`

    @abstractmethod
    def score(self, network: keras.Model, recipe: RecipeT, dataset: DatasetT) -> Score:
        """Calibrates on the validation part, where there is such a thing; measures on the test."""

    @abstractmethod
    def samples(self, dataset: DatasetT) -> Arrays:
        """Inputs to ask the exported model about, made up: they travel with it."""

    @abstractmethod
    def report_sections(
        self, network: keras.Model, dataset: DatasetT, score: Score
    ) -> list[ReportSection]:
        """What the report shows beside the metrics and the learning curves."""

    # Export: from what a run recorded, without its data

    @abstractmethod
    def serving_model(
        self, network: keras.Model, recipe: RecipeT, data: DataRecord, temperature: float
    ) -> keras.Model:
        """The network with its decoding inside; its inputs and outputs named as in the card.

        Args:
            network: As it was saved.
            recipe: Of the run.
            data: What the run recorded of its data.
            temperature: Of the run's `Score`.
        """

    @abstractmethod
    def golden_questions(self, samples: Arrays, signature: Signature) -> Arrays:
        """The samples, and inputs that are hard in the task's own way."""
