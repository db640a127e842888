"""Training: the same seed gives the same weights, and an interruption changes nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models.errors import OkazuError
from tests.helpers.fits import SHAKY, InterruptingProgress, same, silent, tiny, train_network
from tests.helpers.project import ROOT
from training.data.catalogue import load_dataset
from training.fitting import callbacks
from training.fitting.checkpoints import latest_checkpoint
from training.jobs import train as jobs
from training.run.folder import RunFolder
from training.run.records import DataRecord, Summary


def test_the_same_seed_gives_weights_equal_to_the_bit() -> None:
    first, _ = train_network(tiny())
    second, _ = train_network(tiny())
    other, _ = train_network(tiny(**{"fit.seed": 1}))
    assert same(first.get_weights(), second.get_weights())
    assert not same(first.get_weights(), other.get_weights())


def test_training_learns() -> None:
    _, result = train_network(tiny(**{"fit.epochs": 12, "model.dropout": 0, "fit.batch_size": 32}))
    assert result.history[-1]["val_accuracy"] > 0.85
    assert [row["epoch"] for row in result.history] == list(range(1, 13))


@pytest.mark.parametrize("name", ["sgd", "adagrad", "rmsprop", "adam", "adamw"])
def test_every_optimizer_trains(name: str) -> None:
    changes = {"fit.optimizer": {"name": name}, "fit.epochs": 2, "fit.schedule": {"name": "cosine"}}
    _, result = train_network(tiny(**changes))
    assert result.history[-1]["loss"] < result.history[0]["loss"]


def test_early_stopping_gives_back_the_best_weights() -> None:
    # A learning rate that wrecks the network after a good beginning.
    recipe = tiny(
        **{
            "fit.epochs": 30,
            "fit.optimizer": {"name": "sgd", "learning_rate": 0.05},
            "fit.schedule": {"name": "step", "every_epochs": 4, "factor": 1},
            "fit.early_stopping": {"patience": 2, "monitor": "val_accuracy", "min_delta": 0.5},
        }
    )
    network, result = train_network(recipe)
    best = result.best_epoch
    assert best is not None
    assert len(result.history) == best + 2  # two epochs without an improvement of a half
    shorter, _ = train_network(
        tiny(
            **{
                "fit.epochs": best,
                "fit.optimizer": {"name": "sgd", "learning_rate": 0.05},
                "fit.schedule": {"name": "step", "every_epochs": 4, "factor": 1},
            }
        )
    )
    assert same(network.get_weights(), shorter.get_weights())


def test_mixed_precision_trains_and_answers_in_float32() -> None:
    network, result = train_network(tiny(**{"fit.mixed_precision": "mixed_bfloat16"}))
    assert network.get_layer("stage1_conv1").compute_dtype == "bfloat16"
    assert network.outputs[0].dtype == "float32"
    assert np.isfinite([row["loss"] for row in result.history]).all()
    keras.config.set_dtype_policy("float32")


def test_a_batch_larger_than_the_data_is_the_data() -> None:
    _, result = train_network(tiny(**{"fit.batch_size": 65_536, "fit.epochs": 1}))
    assert len(result.history) == 1


@pytest.fixture(autouse=True)
def _a_checkpoint_after_each_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(callbacks, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)


@pytest.mark.parametrize("early_stopping", [None, {"patience": 3}])
def test_an_interrupted_run_goes_on_exactly(early_stopping: Any) -> None:
    recipe = tiny(**{"fit.early_stopping": early_stopping, "fit.epochs": 5})
    whole = jobs.train(recipe, silent())
    part = jobs.train(recipe, InterruptingProgress(2))
    assert part.interrupted
    assert len(part.folder.read_history()) == 2
    assert part.folder.read(Summary).interrupted
    resumed = jobs.resume(part.folder, silent())
    assert not resumed.interrupted
    assert same(
        keras.saving.load_model(resumed.folder.model).get_weights(),
        keras.saving.load_model(whole.folder.model).get_weights(),
    )
    assert resumed.metrics == whole.metrics
    without_clock = [
        [{k: v for k, v in row.items() if k != "seconds"} for row in run.folder.read_history()]
        for run in (resumed, whole)
    ]
    assert without_clock[0] == without_clock[1]
    with pytest.raises(OkazuError, match="nothing to resume"):
        jobs.resume(resumed.folder, silent())


def test_a_run_killed_after_early_stopping_does_not_train_on() -> None:
    # No epoch improves by half a point of accuracy on the one before: it stops after the third.
    stopping = {"patience": 2, "monitor": "val_accuracy", "min_delta": 0.5}
    whole = jobs.train(tiny(**{"fit.epochs": 9, "fit.early_stopping": stopping}), silent())
    weights = keras.saving.load_model(whole.folder.model).get_weights()
    history = whole.folder.read_history()
    assert len(history) < 9
    (whole.folder.path / "metrics.json").unlink()  # as if killed while it was measured
    resumed = jobs.resume(whole.folder, silent())
    assert resumed.folder.read_history() == history
    assert resumed.metrics == whole.metrics
    assert same(keras.saving.load_model(resumed.folder.model).get_weights(), weights)


def test_a_run_whose_data_changed_is_not_resumed() -> None:
    part = jobs.train(tiny(), InterruptingProgress(1))
    data = part.folder.read(DataRecord)
    part.folder.write(data.model_copy(update={"fingerprint": "0" * 64}))
    with pytest.raises(OkazuError, match="the data changed"):
        jobs.resume(part.folder, silent())


def test_a_run_whose_network_changed_is_not_resumed() -> None:
    part = jobs.train(tiny(), InterruptingProgress(2))
    recipe = part.folder.path / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("  - 16\n", "  - 17\n"))
    with pytest.raises(OkazuError, match="another network"):
        jobs.resume(part.folder, silent())


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


@pytest.mark.slow
def test_a_killed_run_goes_on_exactly() -> None:
    """No warning, no clean-up: what is on the disk must do; and processes must agree to the bit."""
    settings = [a for k, v in SHAKY.items() for a in ("--set", f"{k}={json.dumps(v)}")]
    command = [sys.executable, "-c", KILLED_TRAINING, "train", "digits-cnn", *settings]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    folder = RunFolder.open("digits-cnn")
    checkpoint = latest_checkpoint(folder.checkpoints)
    assert checkpoint is not None
    assert checkpoint.epoch == 2
    resumed = jobs.resume(folder, silent())
    whole = jobs.train(tiny(), silent())
    assert same(
        keras.saving.load_model(resumed.folder.model).get_weights(),
        keras.saving.load_model(whole.folder.model).get_weights(),
    )


def test_averaged_weights_are_evaluated_and_kept() -> None:
    changes = {"fit.ema": 0.9, "fit.epochs": 3, "fit.batch_size": 64}
    network, result = train_network(tiny(**changes))
    dataset = load_dataset(tiny().data)
    logits = np.asarray(network(dataset.validation.images, training=False))
    accuracy = float(np.mean(logits.argmax(axis=1) == dataset.validation.labels))
    assert accuracy == pytest.approx(result.history[-1]["val_accuracy"], abs=1e-6)
    plain, _ = train_network(tiny(**{**changes, "fit.ema": 0}))
    assert not same(network.get_weights(), plain.get_weights())


def test_a_run_with_averages_mixing_and_weights_resumes_exactly() -> None:
    recipe = tiny(
        **{
            "fit.ema": 0.9,
            "fit.clip_norm": 1.0,
            "fit.class_weights": "balanced",
            "fit.early_stopping": {"patience": 3},
            "augment.mixup": 0.2,
            "augment.cutout": 0.3,
        }
    )
    whole = jobs.train(recipe, silent())
    part = jobs.train(recipe, InterruptingProgress(2))
    resumed = jobs.resume(part.folder, silent())
    assert same(
        keras.saving.load_model(resumed.folder.model).get_weights(),
        keras.saving.load_model(whole.folder.model).get_weights(),
    )
