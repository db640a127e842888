"""Searches: sized by their trials, over any field, and taken up where they stopped."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from models.errors import InvalidSetting
from tests.helpers.searches import recipe, trained_in_no_time
from training.classification.scores import OBJECTIVE
from training.fitting.fit import FitResult
from training.fitting.progress import Progress
from training.jobs import tune
from training.jobs.search_space import build_oracle, round_sizes
from training.jobs.trial_records import recipe_values
from training.jobs.trials import TrialReport
from training.jobs.tune import SearchResult, search
from training.recipe import Recipe, TunerName
from training.recipe.loading import load_recipe


def run(
    what: Recipe, trials: int, tuner: TunerName = "random"
) -> tuple[SearchResult, list[TrialReport]]:
    shown: list[TrialReport] = []
    progress = Progress(Console(file=io.StringIO()))
    return search(what, tuner=tuner, trials=trials, progress=progress, show=shown.append), shown


@pytest.fixture(autouse=True)
def _runs_in_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which trials are made is tested here; `okazu tune` is where trials are trained."""
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path))
    monkeypatch.setattr(tune, "fit", trained_in_no_time)


@pytest.mark.parametrize(
    ("trials", "epochs", "expected"),
    [
        (12, 60, [8, 3, 1]),
        (40, 60, [28, 9, 3]),  # a fourth round would begin with two epochs
        (1, 60, [1]),
        (12, 2, [12]),
        (4, 9, [3, 1]),
    ],
)
def test_hyperband_is_cut_to_the_trials(trials: int, epochs: int, expected: list[int]) -> None:
    assert round_sizes(trials, epochs) == expected


@pytest.mark.parametrize("tuner", ["hyperband", "bayesian", "random"])
def test_what_is_tried_is_in_the_space(tuner: TunerName, tmp_path: Path) -> None:
    oracle = build_oracle(tuner, recipe(), 5, OBJECTIVE)
    oracle._set_project_dir(str(tmp_path), "search")
    values = recipe_values(recipe(), oracle.create_trial("tuner0"))
    assert 0.001 <= values["fit.optimizer.learning_rate"] <= 0.01
    assert values["model.hidden"] in ([8], [16, 8])
    assert values["fit.batch_size"] in (64, 96, 128)
    assert values["fit.optimizer.name"] in ("adam", "rmsprop")


@pytest.mark.parametrize("tuner", ["hyperband", "bayesian", "random"])
def test_a_search_writes_a_recipe_that_trains(tuner: TunerName) -> None:
    found, shown = run(recipe(), 3, tuner)
    assert found.trials == len(shown) == 3
    assert [trial.number for trial in shown] == [1, 2, 3]
    assert not [trial.failure for trial in shown if trial.failure]
    assert found.metrics["val_accuracy"] == max(trial.metrics["val_accuracy"] for trial in shown)
    best = load_recipe(found.recipe_file)
    winner = max(shown, key=lambda trial: trial.metrics["val_accuracy"])
    assert best.fit.batch_size in {
        trial.values["fit.batch_size"]
        for trial in shown
        if trial.metrics["val_accuracy"] == winner.metrics["val_accuracy"]
    }
    assert best.fit.epochs == 2
    assert best.name == "digits-mlp-tuned"


@pytest.mark.slow
def test_hyperband_trains_the_best_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[int] = []

    def train(network: object, what: Recipe, *_: object, **__: object) -> FitResult:
        trained.append(what.fit.epochs)
        return trained_in_no_time(network, what)

    monkeypatch.setattr(tune, "fit", train)
    found, shown = run(recipe(epochs=9), 4, "hyperband")
    assert [trial.epochs for trial in shown] == trained == [3, 3, 3, 9]
    first_round = max(shown[:3], key=lambda trial: trial.metrics["val_accuracy"])
    assert shown[3].values == first_round.values
    assert found.metrics["val_accuracy"] == shown[3].metrics["val_accuracy"]


@pytest.mark.slow
@pytest.mark.parametrize(("tuner", "stop_in"), [("hyperband", 2), ("bayesian", 3), ("random", 1)])
def test_an_interrupted_search_goes_on(
    tuner: TunerName, stop_in: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainings = 0

    def train_or_interrupt(*arguments: object, **options: object) -> FitResult:
        nonlocal trainings
        trainings += 1
        if trainings == stop_in:
            raise KeyboardInterrupt
        return trained_in_no_time(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(tune, "fit", train_or_interrupt)
    if stop_in == 1:
        with pytest.raises(Exception, match="the same command goes on"):
            run(recipe(), 3, tuner)
        before: list[TrialReport] = []
    else:
        found, before = run(recipe(), 3, tuner)
        assert found.interrupted
        assert found.trials == stop_in - 1
    found, after = run(recipe(), 3, tuner)
    assert not found.interrupted
    assert found.trials == 3
    assert len(before) + len(after) == 3
    assert [trial.number for trial in after] == list(range(stop_in, 4))


@pytest.mark.slow
def test_another_space_is_another_search() -> None:
    first, _ = run(recipe(), 1)
    second, _ = run(recipe(epochs=3), 1)
    more, shown = run(recipe(), 2)
    assert first.directory != second.directory
    assert more.directory == first.directory
    assert len(shown) == 1


@pytest.mark.slow
def test_an_impossible_trial_is_told_and_the_search_goes_on() -> None:
    # Momentum belongs to one of the two optimizers only.
    space = {
        "fit.optimizer": {"values": [{"name": "adam"}, {"name": "sgd", "momentum": 0.5}]},
        "fit.l2": {"min": 0.0001, "max": 0.001},
    }
    changes = {"search": space, "fit.epochs": 1, "model.hidden": [8], "augment": {}}
    content = load_recipe("digits-mlp", changes)
    found, shown = run(content, 3)
    assert found.trials == 3
    assert not [trial for trial in shown if trial.failure]


@pytest.mark.slow
def test_a_failed_trial_is_shown_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter([False, True, False])

    def train_or_fail(*arguments: object, **options: object) -> FitResult:
        if next(calls):
            raise ValueError("out of memory")
        return trained_in_no_time(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(tune, "fit", train_or_fail)
    found, shown = run(recipe(), 3)
    assert found.trials == 2
    assert [trial.failure for trial in shown] == [None, "ValueError: out of memory", None]


def test_nothing_to_search_is_said() -> None:
    with pytest.raises(InvalidSetting, match="no `search` section"):
        run(load_recipe("digits-mlp", {"search": {}}), 1)
