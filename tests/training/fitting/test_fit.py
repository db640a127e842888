"""Training: the same seed gives the same weights, and an interruption changes nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models.errors import OkazuError
from tests.helpers.fits import (
    SHAKY,
    InterruptingProgress,
    Watching,
    copy_of,
    quick,
    runs_in,
    same,
    silent,
    tiny,
    train_network,
)
from tests.helpers.project import ROOT
from training.data.catalogue import load_dataset
from training.fitting.checkpoints import Weights, latest_checkpoint
from training.jobs import train as jobs
from training.run.folder import RunFolder
from training.run.records import DataRecord, Summary


@pytest.fixture(autouse=True)
def _runs(tmp_path: Path) -> Iterator[None]:
    with runs_in(tmp_path / "runs"):
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> jobs.Outcome:
    """A run that nothing interrupted."""
    with runs_in(tmp_path_factory.mktemp("whole")):
        return jobs.train(quick(), silent())


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> jobs.Outcome:
    """The same run, which Ctrl-C ended in its third epoch; copy it to go on with it."""
    with runs_in(tmp_path_factory.mktemp("part")):
        return jobs.train(quick(), InterruptingProgress(2))


def weights_of(folder: RunFolder) -> Weights:
    weights: Weights = keras.saving.load_model(folder.model).get_weights()
    return weights


def test_the_same_seed_gives_weights_equal_to_the_bit(whole: jobs.Outcome) -> None:
    again, _ = train_network(quick())
    other, _ = train_network(quick(**{"fit.seed": 1}))
    assert same(again.get_weights(), weights_of(whole.folder))
    assert not same(again.get_weights(), other.get_weights())


def test_training_learns() -> None:
    _, result = train_network(tiny(**{"fit.epochs": 12, "model.dropout": 0, "fit.batch_size": 32}))
    assert result.history[-1]["val_accuracy"] > 0.85
    assert [row["epoch"] for row in result.history] == list(range(1, 13))


@pytest.mark.parametrize("name", ["sgd", "adagrad", "rmsprop", "adam", "adamw"])
def test_every_optimizer_trains(name: str) -> None:
    changes = {"fit.optimizer": {"name": name}, "fit.epochs": 2, "fit.schedule": {"name": "cosine"}}
    _, result = train_network(quick(**changes))
    assert result.history[-1]["loss"] < result.history[0]["loss"]


@dataclass(frozen=True)
class Stopped:
    """A run that early stopping ended, and the weights after each of its epochs."""

    run: jobs.Outcome
    after: list[Weights]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    changes = {
        "fit.epochs": 30,
        "fit.optimizer": {"name": "sgd", "learning_rate": 0.05},
        "fit.schedule": {"name": "step", "every_epochs": 4, "factor": 1},
        # An improvement of a half, which at most one epoch can bring after the first.
        "fit.early_stopping": {"patience": 2, "monitor": "val_accuracy", "min_delta": 0.5},
    }
    watching = Watching()
    with runs_in(tmp_path_factory.mktemp("stopped")):
        return Stopped(jobs.train(quick(**changes), watching), watching.after)


def test_early_stopping_gives_back_the_best_weights(stopped: Stopped) -> None:
    folder = stopped.run.folder
    best = folder.read(Summary).best_epoch
    assert best is not None
    assert len(folder.read_history()) == best + 2  # two epochs without an improvement of a half
    assert same(weights_of(folder), stopped.after[best - 1])
    assert not same(weights_of(folder), stopped.after[-1])


@pytest.mark.slow
def test_a_run_killed_after_early_stopping_does_not_train_on(
    stopped: Stopped, tmp_path: Path
) -> None:
    folder = copy_of(stopped.run.folder, tmp_path / "killed")
    (folder.path / "metrics.json").unlink()  # as if killed while it was measured
    resumed = jobs.resume(folder, silent())
    assert resumed.folder.read_history() == stopped.run.folder.read_history()
    assert resumed.metrics == stopped.run.metrics
    assert same(weights_of(folder), weights_of(stopped.run.folder))


def test_a_batch_larger_than_the_data_is_the_data() -> None:
    _, result = train_network(quick(**{"fit.batch_size": 65_536, "fit.epochs": 1}))
    assert len(result.history) == 1


def test_an_interrupted_run_goes_on_exactly(
    whole: jobs.Outcome, part: jobs.Outcome, tmp_path: Path
) -> None:
    assert part.interrupted
    assert len(part.folder.read_history()) == 2
    assert part.folder.read(Summary).interrupted
    resumed = jobs.resume(copy_of(part.folder, tmp_path / "part"), silent())
    assert not resumed.interrupted
    expect_equal_ends(resumed, whole)
    with pytest.raises(OkazuError, match="nothing to resume"):
        jobs.resume(resumed.folder, silent())


def expect_equal_ends(resumed: jobs.Outcome, whole: jobs.Outcome) -> None:
    assert same(weights_of(resumed.folder), weights_of(whole.folder))
    assert resumed.metrics == whole.metrics
    without_clock = [
        [{k: v for k, v in row.items() if k != "seconds"} for row in run.folder.read_history()]
        for run in (resumed, whole)
    ]
    assert without_clock[0] == without_clock[1]


def test_a_run_whose_data_changed_is_not_resumed(part: jobs.Outcome, tmp_path: Path) -> None:
    folder = copy_of(part.folder, tmp_path / "part")
    data = folder.read(DataRecord)
    folder.write(data.model_copy(update={"fingerprint": "0" * 64}))
    with pytest.raises(OkazuError, match="the data changed"):
        jobs.resume(folder, silent())


def test_a_run_whose_network_changed_is_not_resumed(part: jobs.Outcome, tmp_path: Path) -> None:
    folder = copy_of(part.folder, tmp_path / "part")
    recipe = folder.path / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("  - 16\n", "  - 17\n"))
    with pytest.raises(OkazuError, match="another network"):
        jobs.resume(folder, silent())


KILLED_TRAINING = """
import os, signal, sys
from training.fitting import callbacks
callbacks.SECONDS_BETWEEN_CHECKPOINTS = 0.0
save = callbacks.Checkpointer.save
def save_then_die(self, epoch):
    save(self, epoch)
    if epoch == 2:
        os.kill(os.getpid(), signal.SIGKILL)
callbacks.Checkpointer.save = save_then_die
from training.cli.app import main
main()
"""

# All that a checkpoint has to remember: convolutions, averages, the best epoch, mixing.
EVERYTHING: dict[str, Any] = {
    "fit.ema": 0.9,
    "fit.clip_norm": 1.0,
    "fit.class_weights": "balanced",
    "fit.early_stopping": {"patience": 3},
    "augment.mixup": 0.2,
    "augment.cutout": 0.3,
}


@pytest.mark.slow
def test_a_killed_run_goes_on_exactly() -> None:
    """No warning, no clean-up: what is on the disk must do; and processes must agree to the bit."""
    settings = [
        a for k, v in (SHAKY | EVERYTHING).items() for a in ("--set", f"{k}={json.dumps(v)}")
    ]
    command = [sys.executable, "-c", KILLED_TRAINING, "train", "digits-cnn", *settings]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    folder = RunFolder.open("digits-cnn")
    checkpoint = latest_checkpoint(folder.checkpoints)
    assert checkpoint is not None
    assert checkpoint.epoch == 2
    expect_equal_ends(jobs.resume(folder, silent()), jobs.train(tiny(**EVERYTHING), silent()))


def test_averaged_weights_are_evaluated_and_kept() -> None:
    recipe = quick(**{"fit.ema": 0.9, "fit.epochs": 2, "fit.batch_size": 64})
    watching = Watching()
    network, result = train_network(recipe, watching)
    dataset = load_dataset(recipe.data)
    logits = np.asarray(network(dataset.validation.images, training=False))
    accuracy = float(np.mean(logits.argmax(axis=1) == dataset.validation.labels))
    assert accuracy == pytest.approx(result.history[-1]["val_accuracy"], abs=1e-6)
    assert not same(network.get_weights(), watching.after[-1])  # those that were trained
