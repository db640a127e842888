"""Hyperparameter search: keras-tuner over any field of a recipe, by its dotted path.

A trial is a whole training by our own step path. Its state is keras-tuner's; nothing else is kept
of a trial, so a search does not fill the disk. A search that stopped goes on where it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import keras_tuner

from models.errors import InvalidSetting, OkazuError
from models.files import atomic_write_text
from training.backend import prepare_training
from training.datasets.dataset import Dataset
from training.fit import FitResult, fit
from training.oracles import build_oracle, recipe_values
from training.progress import Progress
from training.recipe import Recipe, TunerName
from training.recipes import dump, override, to_yaml
from training.runs import runs_root
from training.tasks import Objective, task_of
from training.training_model import RECORDED_LOSS


@dataclass(frozen=True)
class TrialReport:
    """A trial that ended.

    Attributes:
        number: From 1.
        values: Dotted recipe path -> what was tried.
        epochs: That it trained.
        metrics: Of its best epoch; empty where it failed.
        failure: Why it failed, or None.
    """

    number: int
    values: dict[str, Any]
    epochs: int
    metrics: dict[str, float]
    failure: str | None = None


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
        directory: Of its state and of `best.yaml`.
        recipe_file: The best recipe, as `okazu train` takes it.
        metrics: Of the best trial, on the validation part.
        trials: How many have ended, those before an interruption included.
        interrupted: Whether Ctrl-C ended it before its time.
    """

    directory: Path
    recipe_file: Path
    metrics: dict[str, float]
    trials: int
    interrupted: bool


def search(
    recipe: Recipe,
    *,
    tuner: TunerName,
    trials: int,
    progress: Progress,
    show: Callable[[TrialReport], None],
) -> SearchResult:
    """Searches a recipe's `search` space, or goes on with the same search.

    Args:
        recipe: With a `search` section.
        tuner: keras-tuner's algorithm.
        trials: How many to make in all.
        progress: Told of Ctrl-C.
        show: Called with each trial that ends.

    Raises:
        InvalidSetting: The recipe has nothing to search.
        OkazuError: No trial ended well, or the folder cannot be written.
    """
    if not recipe.search:
        raise InvalidSetting(f"{recipe.name}: the recipe has no `search` section to tune over")
    dataset = task_of(recipe).load(recipe)
    directory = _directory(recipe, dataset, tuner)
    engine = _SearchEngine(recipe, dataset, progress, show, tuner, trials, directory)
    interrupted = engine.run()
    best = engine.best_trial()
    if best is None:
        raise OkazuError(f"{directory}: no trial ended well; the same command goes on")
    recipe_file = directory / "best.yaml"
    found = {**recipe_values(recipe, best), "name": f"{recipe.name}-tuned"}
    atomic_write_text(recipe_file, to_yaml(override(recipe, found)))
    metrics = engine.metrics_of(best)
    return SearchResult(directory, recipe_file, metrics, len(engine.completed()), interrupted)


class _SearchEngine(keras_tuner.engine.base_tuner.BaseTuner):  # type: ignore[misc]
    """keras-tuner's loop around our own trainings."""

    def __init__(
        self,
        recipe: Recipe,
        dataset: Dataset,
        progress: Progress,
        show: Callable[[TrialReport], None],
        tuner: TunerName,
        trials: int,
        directory: Path,
    ) -> None:
        self._recipe, self._dataset, self._show = recipe, dataset, show
        self._progress = Progress(progress.console, quiet=True)
        self._task = task_of(recipe)
        self._objective = self._task.objective(dataset)
        oracle = build_oracle(tuner, recipe, trials, self._objective)
        with contextlib.redirect_stdout(io.StringIO()):  # standard output is for results
            super().__init__(
                oracle=oracle, directory=str(directory.parent), project_name=directory.name
            )
        # Reloading brings back the limit of the search's first part.
        oracle.max_trials = trials
        oracle.verbose = 0

    def run(self) -> bool:
        """Makes the trials that are left; says whether Ctrl-C ended that."""
        try:
            self.search(verbose=0)
        except KeyboardInterrupt:
            self.save()
            return True
        return False

    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> dict[str, float]:
        del args, kwargs
        epochs = self._epochs(trial)
        changes = {**recipe_values(self._recipe, trial), **_shortened(self._recipe, epochs)}
        recipe = override(self._recipe, {**changes, "search": {}})
        keras.backend.clear_session()
        prepare_training(recipe.fit)
        dataset = self._task.adapted(self._dataset, recipe)
        network = self._task.build_network(recipe, dataset)
        result = fit(network, recipe, dataset, progress=self._progress)
        if result.interrupted:
            raise KeyboardInterrupt
        return _best_epoch(result, self._objective)

    def on_trial_end(self, trial: Any) -> None:
        failed = trial.status != "COMPLETED"
        number = len(self.oracle.end_order) + 1
        self._show(
            TrialReport(
                number=number,
                values=recipe_values(self._recipe, trial),
                epochs=self._epochs(trial),
                metrics={} if failed else self.metrics_of(trial),
                failure=_last_line(trial.message) if failed else None,
            )
        )
        super().on_trial_end(trial)

    def metrics_of(self, trial: Any) -> dict[str, float]:
        """Of the trial's best epoch: the objective first, then the losses."""
        names = _metrics(self._objective)
        return {name: float(trial.metrics.get_best_value(name)) for name in names}

    def completed(self) -> list[Any]:
        return [trial for trial in self.oracle.trials.values() if trial.status == "COMPLETED"]

    def best_trial(self) -> Any | None:
        """The best of the trials that trained longest; Hyperband's short rounds only choose."""

        def rank(trial: Any) -> tuple[int, float, float]:
            loss = trial.metrics.get_best_value("val_loss")
            return self._epochs(trial), self._objective.rank(trial.score), -loss

        return max(self.completed(), key=rank, default=None)

    def _epochs(self, trial: Any) -> int:
        return int(trial.hyperparameters.values.get("tuner/epochs", self._recipe.fit.epochs))


def _shortened(recipe: Recipe, epochs: int) -> dict[str, Any]:
    """A round of Hyperband trains less; what comes before the rest of it shrinks with it."""
    # A trial is worth what its best epoch is, not what a mean of several would be.
    changes: dict[str, Any] = {"fit.epochs": epochs, "fit.average_epochs": 0}
    share = epochs / recipe.fit.epochs
    if (fine_tune := recipe.fit.fine_tune) and fine_tune.after_epochs:
        frozen = changes["fit.fine_tune.after_epochs"] = int(fine_tune.after_epochs * share)
        share = min(share, frozen / fine_tune.after_epochs) if frozen else share
    if warmup := getattr(recipe.fit.schedule, "warmup_epochs", 0):
        changes["fit.schedule.warmup_epochs"] = warmup * share
    return changes


def _metrics(objective: Objective) -> list[str]:
    trained = objective.metric.removeprefix("val_")
    return list(dict.fromkeys([objective.metric, "val_loss", trained, "loss"]))


def _best_epoch(result: FitResult, objective: Objective) -> dict[str, float]:
    def rank(row: dict[str, float]) -> tuple[float, float]:
        return objective.rank(row[objective.metric]), -row["val_loss"]

    best = max(result.history, key=rank)
    return {name: best[name] for name in _metrics(objective)}


def _last_line(message: str | None) -> str:
    return (message or "no reason given").strip().splitlines()[-1]


def _directory(recipe: Recipe, dataset: Dataset, tuner: TunerName) -> Path:
    """One folder for one search: another recipe, space, data or tuner is another search."""
    # So is one whose trials were ranked by another kind of `val_loss`.
    content = json.dumps([dump(recipe), dataset.fingerprint, tuner, RECORDED_LOSS], sort_keys=True)
    key = hashlib.sha256(content.encode()).hexdigest()[:12]
    directory = runs_root() / recipe.name / f"search-{tuner}-{key}"
    try:
        atomic_write_text(directory / "search.yaml", to_yaml(recipe))
    except OSError as error:
        raise OkazuError(f"cannot write to {directory}: {error.strerror}") from None
    return directory
