"""`val_loss` is how wrong the network is: no penalty, no smoothing, no other heads are in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

from models.errors import OkazuError
from tests.helpers.fits import InterruptingProgress, copy_of, runs_in, silent
from training.classification.losses import build_validation_loss
from training.fitting.backend import prepare_training
from training.fitting.checkpoints import latest_checkpoint, save_checkpoint
from training.fitting.fit import FitResult, fit
from training.fitting.training_model import TrainingModel
from training.jobs import train as jobs
from training.jobs.trials import TrialReport
from training.jobs.tune import search
from training.recipe import Recipe
from training.recipe.loading import load_recipe
from training.run.folder import RunFolder
from training.tasks import task_of
from training.tasks.translation.loss import MeanTokenLoss

QUICK: dict[str, Any] = {"model.hidden": [4], "fit.epochs": 6, "fit.l2": 0.5}


@pytest.fixture(autouse=True)
def _runs(tmp_path: Path) -> Iterator[None]:
    with runs_in(tmp_path / "runs"):
        yield


def trained(recipe: Recipe) -> tuple[keras.Model, Any, FitResult]:
    dataset = task_of(recipe).load(recipe)
    prepare_training(recipe.fit)
    network = task_of(recipe).build_network(recipe, dataset)
    return network, dataset, fit(network, recipe, dataset, progress=silent())


def error(network: keras.Model, dataset: Any) -> float:
    """Of the validation part, as scikit-learn measures it."""
    part = dataset.validation
    outputs = np.asarray(network(part.rows, training=False), np.float64)
    if dataset.labels:
        shares = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return float(log_loss(part.targets, shares, labels=range(len(dataset.labels))))
    targets = dataset.train.targets
    wanted = (part.targets - targets.mean()) / targets.std()
    return float(mean_squared_error(wanted, outputs[:, 0]))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("wine-mlp", {"fit.label_smoothing": 0.3, "fit.class_weights": "balanced"}),
        ("wine-mlp", {"fit.loss": "mean_squared_error", "fit.l1": 0.2}),
        ("diabetes-mlp", {}),
    ],
)
def test_a_huge_penalty_is_not_in_the_validation_loss(name: str, changes: dict[str, Any]) -> None:
    recipe = load_recipe(name, {**QUICK, "fit.early_stopping": None, **changes})
    network, dataset, result = trained(recipe)
    last = result.history[-1]
    assert last["val_loss"] == pytest.approx(error(network, dataset), abs=2e-6)
    kernels = [v.numpy() for v in network.trainable_variables if v.ndim == 2]
    squares = sum(float(np.square(kernel).sum()) for kernel in kernels)
    sizes = sum(float(np.abs(kernel).sum()) for kernel in kernels)
    penalty = recipe.fit.l2 * squares + recipe.fit.l1 * sizes
    assert last["penalty"] == pytest.approx(penalty, rel=1e-5)
    assert penalty > 0.1
    assert last["loss"] > last["penalty"]  # what is minimised has it


def test_early_stopping_goes_back_to_the_least_error() -> None:
    """The penalty falls in every epoch, the error rises again: by their sum the last was best."""
    fast = {"name": "adam", "learning_rate": 0.1}
    changes = {"fit.epochs": 12, "fit.optimizer": fast, "model.hidden": [32]}
    recipe = load_recipe("diabetes-mlp", {**QUICK, **changes})
    network, dataset, result = trained(recipe)
    errors = [row["val_loss"] for row in result.history]
    sums = [row["val_loss"] + row["penalty"] for row in result.history]
    assert result.best_epoch == 1 + int(np.argmin(errors))
    assert np.argmin(errors) != np.argmin(sums)
    assert error(network, dataset) == pytest.approx(min(errors), abs=2e-6)


@pytest.mark.slow
def test_a_search_ranks_by_the_error() -> None:
    space = {"fit.l2": {"values": [0.00001, 1.0]}}
    changes = {**QUICK, "fit.epochs": 2, "search": space}
    shown: list[TrialReport] = []
    recipe = load_recipe("diabetes-mlp", changes)
    found = search(recipe, tuner="random", trials=2, progress=silent(), show=shown.append)
    assert [trial.failure for trial in shown] == [None] * 2
    assert {trial.values["fit.l2"] for trial in shown} == {0.00001, 1.0}
    assert found.metrics["val_loss"] == min(trial.metrics["val_loss"] for trial in shown)
    # With its penalty, 4 and more, the one with the large l2 would be far behind.
    small, large = sorted(shown, key=lambda trial: float(trial.values["fit.l2"]))
    assert large.metrics["loss"] > small.metrics["loss"] + 4
    assert large.metrics["val_loss"] < small.metrics["val_loss"] + 1


def evaluated(network: keras.Model, recipe: Recipe, dataset: Any) -> float:
    task = task_of(recipe)
    model = task.training_model(network, recipe)
    model.validation_loss = task.build_validation_loss(network, recipe, dataset)
    model.compile(loss=task.build_loss(network, recipe, dataset), run_eagerly=True)
    part = task.validation_batches(recipe, dataset)
    return float(model.evaluate(part, verbose=0))


def test_smoothing_does_not_change_what_is_validated() -> None:
    plain, smooth = (
        load_recipe("digits-mlp", {"model.hidden": [8], "fit.label_smoothing": share})
        for share in (0, 0.4)
    )
    dataset = task_of(plain).load(plain)
    network = task_of(plain).build_network(plain, dataset)
    assert evaluated(network, plain, dataset) == evaluated(network, smooth, dataset)


def test_of_several_heads_the_first_one_counts() -> None:
    logits = np.random.default_rng(0).normal(size=(5, 3, 4)).astype(np.float32)
    truth = np.array([0, 1, 2, 3, 3])
    shares = np.exp(logits[:, 0]) / np.exp(logits[:, 0]).sum(axis=1, keepdims=True)
    loss = build_validation_loss()
    stacked, alone = (float(loss(np.eye(4)[truth], x)) for x in (logits, logits[:, 0]))
    assert stacked == alone == pytest.approx(log_loss(truth, shares, labels=range(4)), abs=1e-6)


def test_the_loss_of_translations_is_the_mean_over_all_ids() -> None:
    """Of batches of two sentences and of one, the ids padded; Keras averages over sentences."""
    random = np.random.default_rng(0)
    wanted = np.array([[3, 2, 0, 0], [4, 0, 0, 0], [5, 6, 7, 2]], np.int32)
    logits = random.normal(size=(3, 4, 8)).astype(np.float32)
    inputs = keras.Input((4, 8))
    model = TrainingModel(inputs, keras.layers.Identity()(inputs))
    model.validation_loss = MeanTokenLoss(7 / 3)
    model.compile(loss="mse")
    measured = model.evaluate(logits, wanted, batch_size=2, verbose=0)
    logs = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    counted = wanted > 0
    expected = -np.take_along_axis(logs, wanted[:, :, None], 2)[:, :, 0][counted].mean()
    assert measured == pytest.approx(expected, abs=1e-6)


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Two epochs with a penalty, and a report with its drawings; copy it to change it."""
    with runs_in(tmp_path_factory.mktemp("part"), drawn=True):
        return jobs.train(load_recipe("wine-mlp", QUICK), InterruptingProgress(2)).folder


def as_of_the_version_before(folder: RunFolder) -> RunFolder:
    checkpoint = latest_checkpoint(folder.checkpoints)
    assert checkpoint is not None
    del checkpoint.state["val_loss"]
    save_checkpoint(folder.checkpoints, checkpoint)
    return folder


def test_a_run_of_the_version_before_is_refused_in_one_line(
    part: RunFolder, tmp_path: Path
) -> None:
    old = as_of_the_version_before(copy_of(part, tmp_path / "part"))
    with pytest.raises(OkazuError, match=r"val_loss .* `okazu train .*recipe.yaml`") as refused:
        jobs.resume(old, silent())
    assert "\n" not in str(refused.value)


@pytest.mark.slow
def test_a_run_of_the_version_before_goes_on_where_its_loss_was_the_error_alone() -> None:
    recipe = load_recipe("wine-mlp", {**QUICK, "fit.epochs": 3, "fit.l2": 0})
    old = as_of_the_version_before(jobs.train(recipe, InterruptingProgress(2)).folder)
    assert not jobs.resume(old, silent()).interrupted
    assert all("penalty" not in row for row in old.read_history())  # there is none to record


@pytest.mark.slow
def test_the_report_and_the_history_show_the_penalty(part: RunFolder) -> None:
    assert all(row["penalty"] > 0 for row in part.read_history())
    page = part.report.read_text()
    assert "training, with penalty" in page
    assert ">penalty<" in page
