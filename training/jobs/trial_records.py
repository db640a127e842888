"""The trials that a search has finished, as `trial_*/trial.json` in keras-tuner's own form.

They are all that a search needs to go on: it begins anew each time, with the same proposals, and a
trial that has been made is answered from its record. Each is written whole, and checked when read.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras_tuner

from models.files import atomic_write_text
from training.recipe import Choice, Recipe
from training.recipe.loading import override


class TrialRecords:
    """Finished trials of one search, by what was tried.

    Args:
        directory: The search's.
        recipe: Whose space is searched.
        metrics: What each trial has measured, the objective first.
        note: Told, in one line, of each record that is damaged; its trial is made again.
    """

    def __init__(
        self,
        directory: Path,
        recipe: Recipe,
        metrics: Sequence[str],
        note: Callable[[str], None],
    ) -> None:
        self._directory, self._recipe, self._metrics = directory, recipe, metrics
        self._trials: dict[str, Any] = {}
        for path in sorted(directory.glob("trial_*/trial.json")):
            try:
                self._add(keras_tuner.engine.trial.Trial.load(str(path)))
            except Exception as error:  # whatever a damaged file makes its readers raise
                reason = " ".join(str(error).split())[:80] or type(error).__name__
                note(f"{path} is damaged ({reason}); that trial is made again")

    def completed(self) -> list[Any]:
        return list(self._trials.values())

    def find(self, trial: Any) -> dict[str, float] | None:
        """The metrics of the finished trial that tried the same for as many epochs, if any."""
        found = self._trials.get(self._key(trial))
        return self.metrics_of(found) if found else None

    def values_of(self, number: int) -> dict[str, Any] | None:
        """What keras-tuner proposed as the trial of a number, from 0, if that has finished."""
        numbered = (trial for trial in self._trials.values() if int(trial.trial_id) == number)
        found = next(numbered, None)
        return dict(found.hyperparameters.values) if found else None

    def metrics_of(self, trial: Any) -> dict[str, float]:
        """Of the trial's best epoch: the objective first, then the losses."""
        return {name: float(trial.metrics.get_best_value(name)) for name in self._metrics}

    def epochs_of(self, trial: Any) -> int:
        return int(trial.hyperparameters.values.get("tuner/epochs", self._recipe.fit.epochs))

    def save(self, trial: Any) -> None:
        """Writes the record of a trial that has ended; another one of its number stays."""
        digest = hashlib.sha256(self._key(trial).encode()).hexdigest()[:8]
        path = self._directory / f"trial_{trial.trial_id}-{digest}" / "trial.json"
        atomic_write_text(path, json.dumps(trial.get_state()))
        self._add(trial)

    def _add(self, trial: Any) -> None:
        """Takes a trial if it came to its end; one that failed is made again by the next search."""
        key = self._key(trial)
        if trial.status != "COMPLETED":
            return
        override(self._recipe, {**recipe_values(self._recipe, trial), "search": {}})
        int(trial.trial_id)
        if not math.isfinite(trial.score) or not self.metrics_of(trial):
            raise ValueError("no score")
        self._trials[key] = trial

    def _key(self, trial: Any) -> str:
        values = recipe_values(self._recipe, trial)
        return json.dumps([values, self.epochs_of(trial)], sort_keys=True)


def recipe_values(recipe: Recipe, trial: Any) -> dict[str, Any]:
    """What a trial tries: dotted recipe path -> value."""
    values = {}
    for path, field in recipe.search.items():
        value = trial.hyperparameters.values[path]
        values[path] = field.values[value] if isinstance(field, Choice) else value
    return values
