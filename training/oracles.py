"""The algorithms of a search, and its space, in keras-tuner's terms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras_tuner

from training.recipe import Choice, Recipe, TunerName
from training.tasks import Objective

REDUCTION = 3  # one trial in three goes on to the next, three times longer round
FEWEST_EPOCHS = 3  # of a first round


def build_oracle(tuner: TunerName, recipe: Recipe, trials: int, objective: Objective) -> Any:
    """Builds what proposes the trials.

    Args:
        tuner: The algorithm.
        recipe: Its `search` section is the space, its epochs the longest trial.
        trials: How many there will be at most.
        objective: What they are compared by.
    """
    common = {
        "objective": keras_tuner.Objective(objective.metric, objective.direction),
        "hyperparameters": search_space(recipe),
        "tune_new_entries": False,
        "seed": recipe.fit.seed,
    }
    if tuner == "bayesian":
        return keras_tuner.oracles.BayesianOptimizationOracle(max_trials=trials, **common)
    if tuner == "random":
        return keras_tuner.oracles.RandomSearchOracle(max_trials=trials, **common)
    return BoundedHyperband(trials, max_epochs=recipe.fit.epochs, factor=REDUCTION, **common)


class BoundedHyperband(keras_tuner.oracles.HyperbandOracle):  # type: ignore[misc]
    """Hyperband (Li et al. 2018) whose brackets are cut to a number of trials.

    keras-tuner's own sizes depend on the epochs alone: of 60 epochs it makes 54 first-round trials,
    and a search of 12 would end before any of them trained for longer than three epochs.
    """

    def __init__(self, trials: int, *, max_epochs: int, factor: int, **options: Any) -> None:
        self._trials = trials
        super().__init__(max_epochs=max_epochs, factor=factor, **options)
        self.max_trials = trials

    def set_state(self, state: Mapping[str, Any]) -> None:
        super().set_state(state)
        self.max_trials = self._trials  # a search may be taken up again with more trials

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


def recipe_values(recipe: Recipe, trial: Any) -> dict[str, Any]:
    """What a trial tries: dotted recipe path -> value."""
    values = {}
    for path, field in recipe.search.items():
        value = trial.hyperparameters.values[path]
        values[path] = field.values[value] if isinstance(field, Choice) else value
    return values
