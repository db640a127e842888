"""The algorithms of a search, and its space, in keras-tuner's terms."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras_tuner
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from models.files import atomic_write_text
from training.contract.task import Objective
from training.fitting.seeds import Use, derived_seed
from training.recipe import Choice, Recipe, TunerName

if TYPE_CHECKING:
    from training.jobs.trial_records import TrialRecords

REDUCTION = 3  # one trial in three goes on to the next, three times longer round
FEWEST_EPOCHS = 3  # of a first round


def build_oracle(
    tuner: TunerName,
    recipe: Recipe,
    trials: int,
    objective: Objective,
    records: TrialRecords | None = None,
) -> Any:
    """Builds what proposes the trials.

    Args:
        tuner: The algorithm.
        recipe: Its `search` section is the space, its epochs the longest trial.
        trials: How many there will be at most.
        objective: What they are compared by.
        records: Takes the trials that end; None keeps none.
    """
    common = {
        "objective": keras_tuner.Objective(objective.metric, objective.direction),
        "hyperparameters": search_space(recipe),
        "tune_new_entries": False,
        # keras-tuner takes a seed of 0 for none.
        "seed": derived_seed(recipe.fit.seed, Use.SEARCH) or 1,
    }
    oracle: Any
    if tuner == "bayesian":
        oracle = RepeatableBayesian(max_trials=trials, **common)
    elif tuner == "random":
        oracle = RecordedRandom(max_trials=trials, **common)
    else:
        oracle = BoundedHyperband(trials, max_epochs=recipe.fit.epochs, factor=REDUCTION, **common)
    oracle.records = records
    return oracle


class _Recorded:
    """What the oracles have in common: files are written whole, and none is read.

    A search goes on by proposing the same once more, see `training.jobs.trial_records`.
    keras-tuner's own state is written for its tools; a kill in the middle of a trial leaves it of
    no use.
    """

    records: TrialRecords | None = None

    def save(self) -> None:
        state = json.dumps(self.get_state())  # type: ignore[attr-defined]
        atomic_write_text(Path(self._get_oracle_fname()), state)  # type: ignore[attr-defined]

    def reload(self) -> None:
        pass

    def _save_trial(self, trial: Any) -> None:
        if self.records and trial.status in ("COMPLETED", "FAILED"):
            self.records.save(trial)


class RecordedRandom(_Recorded, keras_tuner.oracles.RandomSearchOracle):  # type: ignore[misc]
    """Random search (Bergstra and Bengio 2012)."""


class RepeatableBayesian(
    _Recorded,
    keras_tuner.oracles.BayesianOptimizationOracle,  # type: ignore[misc]
):
    """Bayesian optimisation whose proposals depend on the seed and the trials before, alone."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        number = int(trial_id)
        # Finding it once more would take seconds, and rounding could make it another.
        recorded = self.records.values_of(number) if self.records else None
        if recorded:
            return {"status": "RUNNING", "values": recorded}
        state = np.random.SeedSequence([self.seed, number]).generate_state(1)[0]
        self._seed_state = int(state)
        self._random_state = np.random.RandomState(state)
        with warnings.catch_warnings():
            # Of the process' own length scale, which is nothing that a user could set.
            warnings.simplefilter("ignore", ConvergenceWarning)
            proposed: dict[str, Any] = super().populate_space(trial_id)
        return proposed


class BoundedHyperband(_Recorded, keras_tuner.oracles.HyperbandOracle):  # type: ignore[misc]
    """Hyperband (Li et al. 2018) whose brackets are cut to a number of trials.

    keras-tuner's own sizes depend on the epochs alone: of 60 epochs it makes 54 first-round trials,
    and a search of 12 would end before any of them trained for longer than three epochs.
    """

    def __init__(self, trials: int, *, max_epochs: int, factor: int, **options: Any) -> None:
        self._trials = trials
        super().__init__(max_epochs=max_epochs, factor=factor, **options)
        self.max_trials = trials

    def _get_num_brackets(self) -> int:
        return len(round_sizes(self._trials, self.max_epochs))

    def _get_size(self, bracket_num: int, round_num: int) -> int:
        return round_sizes(self._trials, self.max_epochs, rounds=bracket_num + 1)[round_num]


def round_sizes(trials: int, max_epochs: int, rounds: int | None = None) -> list[int]:
    """Trials of each round of successive halving, the shortest round first.

    Args:
        trials: To share out among the rounds.
        max_epochs: Of the last round; each before it has a third of the epochs of the next.
        rounds: How many; else as many as the trials and the epochs allow.
    """
    if rounds is None:
        by_epochs = 1 + int(math.log(max(max_epochs / FEWEST_EPOCHS, 1), REDUCTION))
        by_trials = int(math.log(2 * trials + 3, REDUCTION))
        rounds = max(1, min(by_epochs, by_trials))
    weights = [REDUCTION**power for power in reversed(range(rounds))]
    later = [max(1, round(trials * weight / sum(weights))) for weight in weights[1:]]
    return [max(1, trials - sum(later)), *later]


def search_space(recipe: Recipe) -> Any:
    """The recipe's `search` section as keras-tuner's hyperparameters."""
    space = keras_tuner.HyperParameters()
    for path, field in recipe.search.items():
        if isinstance(field, Choice):
            # keras-tuner chooses among numbers and words; ours may be lists: choose their place.
            space.Int(path, 0, len(field.values) - 1)
        else:
            declare = space.Int if field.whole else space.Float
            declare(path, field.min, field.max, step=field.step, sampling=field.scale)
    return space
