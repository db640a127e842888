"""Hyperparameter search: keras-tuner over any field of a recipe, by its dotted path.

A trial is a whole training by our own step path. Its record is keras-tuner's; nothing else is kept
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
from training.contract.dataset import Dataset
from training.fitting.backend import prepare_training
from training.fitting.fit import fit
from training.fitting.interrupts import Interrupted, Interrupts
from training.fitting.progress import Progress
from training.fitting.training_model import RECORDED_LOSS
from training.jobs.search_space import build_oracle
from training.jobs.trial_records import TrialRecords, recipe_values
from training.jobs.trials import TrialReport, best_epoch, measured
from training.recipe import Recipe, TunerName
from training.recipe.loading import dump, override, to_yaml
from training.run.folder import runs_root
from training.tasks import task_of

_FAILURES_IN_A_ROW = "Number of consecutive failures"  # what keras-tuner says then


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
        Interrupted: Ctrl-C came before a trial had ended.
    """
    if not recipe.search:
        raise InvalidSetting(f"{recipe.name}: the recipe has no `search` section to tune over")
    dataset = task_of(recipe).load(recipe)
    directory = _directory(recipe, dataset, tuner)
    interrupts = Interrupts(progress.interrupted_search)
    try:
        with interrupts.listening():
            engine = _SearchEngine(
                recipe, dataset, progress, show, tuner, trials, directory, interrupts
            )
            interrupted = engine.run()
            return _result(recipe, engine, directory, interrupted)
    except OSError as error:
        where = error.filename2 or error.filename or directory
        reason = error.strerror or error
        raise OkazuError(
            f"{where}: {reason}; once that is mended, the same command goes on"
        ) from None


def _result(
    recipe: Recipe, engine: _SearchEngine, directory: Path, interrupted: bool
) -> SearchResult:
    best = engine.best_trial()
    if best is None:
        if interrupted:
            raise Interrupted("interrupted before a trial ended; the same command goes on")
        raise OkazuError(f"{directory}: no trial ended well; the same command goes on")
    recipe_file = directory / "best.yaml"
    found = {**recipe_values(recipe, best), "name": f"{recipe.name}-tuned"}
    atomic_write_text(recipe_file, to_yaml(override(recipe, found)))
    records = engine.records
    interrupted = interrupted or engine.interrupts.heard
    metrics, count = records.metrics_of(best), len(records.completed())
    return SearchResult(directory, recipe_file, metrics, count, interrupted)


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
        interrupts: Interrupts,
    ) -> None:
        self._recipe, self._dataset, self._show = recipe, dataset, show
        self._progress = Progress(progress.console, quiet=True)
        self._task = task_of(recipe)
        self._objective = self._task.objective(dataset)
        self._from_record = False
        self.interrupts = interrupts
        self.records = TrialRecords(directory, recipe, measured(self._objective), progress.note)
        if count := len(self.records.completed()):
            progress.note(f"{directory}: {count} trials are there already")
        oracle = build_oracle(tuner, recipe, trials, self._objective, self.records)
        with contextlib.redirect_stdout(io.StringIO()):  # standard output is for results
            super().__init__(
                oracle=oracle, directory=str(directory.parent), project_name=directory.name
            )
        oracle.verbose = 0

    def save(self) -> None:
        self.oracle.save()
        atomic_write_text(Path(self._get_tuner_fname()), json.dumps(self.get_state()))

    def reload(self) -> None:
        """Leaves keras-tuner's state unread; see `training.jobs.trial_records`."""

    def run(self) -> bool:
        """Makes the trials that are left; says whether Ctrl-C ended that.

        Raises:
            OkazuError: Trial after trial failed.
        """
        try:
            self.search(verbose=0)
        except KeyboardInterrupt:
            return True
        except RuntimeError as error:
            if not str(error).startswith(_FAILURES_IN_A_ROW):
                raise
            count = self.oracle.max_consecutive_failed_trials
            raise OkazuError(
                f"{count} trials in a row failed ({_last_line(str(error))}); once that is mended,"
                " the same command goes on"
            ) from None
        return False

    def pre_create_trial(self) -> None:
        self.interrupts.check()

    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> dict[str, float]:
        del args, kwargs
        recorded = self.records.find(trial)
        self._from_record = recorded is not None
        if recorded is not None:
            return recorded
        with self.interrupts.at_once():
            return self._train(trial)

    def _train(self, trial: Any) -> dict[str, float]:
        epochs = self.records.epochs_of(trial)
        changes = {**recipe_values(self._recipe, trial), **_shortened(self._recipe, epochs)}
        recipe = override(self._recipe, {**changes, "search": {}})
        keras.backend.clear_session()
        prepare_training(recipe.fit)
        dataset = self._task.adapted(self._dataset, recipe)
        network = self._task.build_network(recipe, dataset)
        result = fit(network, recipe, dataset, progress=self._progress)
        if result.interrupted:
            raise KeyboardInterrupt
        return best_epoch(result, self._objective)

    def on_trial_end(self, trial: Any) -> None:
        number = len(self.oracle.end_order) + 1
        # Written first: a trial that was shown is never made again.
        super().on_trial_end(trial)
        if self._from_record:
            return
        failed = trial.status != "COMPLETED"
        self._show(
            TrialReport(
                number=number,
                values=recipe_values(self._recipe, trial),
                epochs=self.records.epochs_of(trial),
                metrics={} if failed else self.records.metrics_of(trial),
                failure=_last_line(trial.message) if failed else None,
            )
        )

    def best_trial(self) -> Any | None:
        """The best of the trials that trained longest; Hyperband's short rounds only choose."""

        def rank(trial: Any) -> tuple[int, float, float]:
            loss = trial.metrics.get_best_value("val_loss")
            return self.records.epochs_of(trial), self._objective.rank(trial.score), -loss

        return max(self.records.completed(), key=rank, default=None)


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


def _last_line(message: str | None) -> str:
    return (message or "its result is not a number").strip().splitlines()[-1]


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
