"""The mean of the last epochs' weights, in a whole run and in one that was cut short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from models.errors import InvalidSetting
from tests.helpers.fits import (
    InterruptingProgress,
    Watching,
    copy_of,
    quick,
    runs_in,
    same,
    silent,
)
from training.fitting.checkpoints import Weights, latest_checkpoint
from training.fitting.fit import FitResult
from training.jobs import train as jobs
from training.jobs.trials import TrialReport
from training.jobs.tune import search
from training.recipe import Recipe
from training.recipe.loading import load_recipe
from training.run.folder import RunFolder
from training.run.records import Summary


@pytest.fixture(autouse=True)
def _runs(tmp_path: Path) -> Iterator[None]:
    with runs_in(tmp_path / "runs"):
        yield


def averaged(**changes: Any) -> Recipe:
    return quick(**{"fit.epochs": 4, "fit.average_epochs": 2, **changes})


def weights_of(run: jobs.Outcome) -> Weights:
    weights: Weights = jobs.load_network(run.folder).get_weights()
    return weights


@dataclass(frozen=True)
class Watched:
    """A whole run, the weights after each of its epochs, and what it was before the third."""

    run: jobs.Outcome
    after: list[Weights]
    before_the_third: RunFolder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    copy = tmp_path_factory.mktemp("killed") / "run"
    watching = Watching(copy_before=2, copy_to=copy)
    with runs_in(tmp_path_factory.mktemp("runs")):
        run = jobs.train(averaged(), watching)
    return Watched(run, watching.after, RunFolder(copy))


def test_the_mean_of_the_last_epochs_is_kept(whole: Watched) -> None:
    assert whole.run.folder.read(Summary).best_epoch is None
    _, _, third, fourth = whole.after
    assert not same(third, fourth)
    assert same(weights_of(whole.run), [(a + b) / 2 for a, b in zip(third, fourth, strict=True)])


@pytest.mark.slow
def test_a_run_cut_short_within_the_averaged_epochs_ends_with_the_same_mean(
    whole: Watched,
) -> None:
    """Twice: killed before the first of them, and by Ctrl-C in the second."""
    part = jobs.resume(whole.before_the_third, InterruptingProgress(3))
    assert part.folder.read(Summary).interrupted
    checkpoint = latest_checkpoint(part.folder.checkpoints)
    assert checkpoint is not None
    assert checkpoint.state["best"] == {"added": 1}
    # There is no mean of epochs that were not trained: what is kept is what there is.
    assert not same(weights_of(part), checkpoint.best_weights)
    assert same(weights_of(jobs.resume(part.folder, silent())), weights_of(whole.run))


def test_a_run_killed_while_it_is_measured_ends_with_the_same_mean(
    whole: Watched, tmp_path: Path
) -> None:
    folder = copy_of(whole.run.folder, tmp_path / "killed")
    for name in ("metrics.json", "model.keras"):
        (folder.path / name).unlink()
    assert same(weights_of(jobs.resume(folder, silent())), weights_of(whole.run))


def test_a_search_shortens_what_has_averages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hyperband's short rounds have fewer epochs than would be averaged."""

    def trained(_: object, recipe: Recipe, *__: object, **___: object) -> FitResult:
        values = {"loss": 1.0, "val_loss": 1.0, "accuracy": 0.5, "val_accuracy": 0.5}
        return FitResult([values] * recipe.fit.epochs, None, interrupted=False, seconds=1)

    monkeypatch.setattr("training.jobs.tune.fit", trained)
    space = {"fit.optimizer.learning_rate": {"min": 0.001, "max": 0.01}}
    changes = {"fit.epochs": 9, "fit.average_epochs": 5, "model.hidden": [8], "search": space}
    recipe = load_recipe("digits-mlp", {**changes, "augment": {}, "fit.early_stopping": None})
    shown: list[TrialReport] = []
    found = search(recipe, tuner="hyperband", trials=4, progress=silent(), show=shown.append)
    assert [(trial.epochs, trial.failure) for trial in shown] == [(3, None)] * 3 + [(9, None)]
    assert load_recipe(found.recipe_file).fit.average_epochs == 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fit.average_epochs": 5}, r"average_epochs: expected at most epochs \(4\), received 5"),
        ({"fit.average_epochs": -1}, "fit.average_epochs: .*received -1"),
        ({"fit.ema": 0.9}, "average_epochs: with ema it would be left open"),
        ({"fit.early_stopping": {}}, "average_epochs: with early_stopping it would be left open"),
    ],
)
def test_what_cannot_be_averaged(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSetting, match=message) as refused:
        averaged(**changes)
    assert "\n" not in str(refused.value)
