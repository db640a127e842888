"""The same recipes under JAX: a run goes on exactly, and its export is TensorFlow's as ever.

Keras takes one backend for each process, so each of these is a process of its own.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import TINY
from tests.helpers.project import ROOT
from training.jobs.train import load_network
from training.run.folder import RunFolder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="pip install 'okazu[jax]'"),
]

# Averages, augmentation, mixing, class weights and dropout: all that JAX keeps elsewhere.
SETTINGS = {
    **TINY,
    "fit.epochs": 2,
    "model.dropout": 0.3,
    "augment.rotation": 8,
    "augment.mixup": 0.2,
    "fit.ema": 0.9,
    "fit.class_weights": "balanced",
    "fit.early_stopping": {"patience": 2},
    "fit.mixed_precision": "float32",
}

# Three trainings in one process, which takes seconds to begin: one, one that Ctrl-C ends in its
# second epoch, and that one taken up again. Prints the first and the last.
TRAININGS = """
import json, sys
from training.fitting.backend import start_keras
assert start_keras() == "jax"
import keras
from tests.helpers.fits import InterruptingProgress, silent
from training.fitting import callbacks
from training.jobs import train as jobs
from training.recipe.loading import load_recipe
callbacks.SECONDS_BETWEEN_CHECKPOINTS = 0.0
recipe = load_recipe("digits-cnn", json.loads(sys.argv[1]))
whole = jobs.train(recipe, silent())
part = jobs.train(recipe, InterruptingProgress(1))
assert part.interrupted and len(part.folder.read_history()) == 1
resumed = jobs.resume(part.folder, silent())
print(json.dumps([str(whole.folder.path), str(resumed.folder.path)]))
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A run under JAX, and the same one interrupted and resumed."""
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "OKAZU_RUNS": str(tmp_path_factory.mktemp("runs")),
        # All three compile the same step: the first one's is kept for the others.
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path_factory.mktemp("compiled")),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    command = [sys.executable, "-c", TRAININGS, json.dumps(SETTINGS)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return [Path(path) for path in json.loads(done.stdout.splitlines()[-1])]


def test_an_interrupted_run_goes_on_exactly(runs: list[Path]) -> None:
    whole, resumed = (load_network(RunFolder(run)).get_weights() for run in runs)
    assert all(np.array_equal(a, b) for a, b in zip(whole, resumed, strict=True))
    whole_metrics, resumed_metrics = (
        json.loads((run / "metrics.json").read_text())["metrics"] for run in runs
    )
    assert whole_metrics == resumed_metrics


def test_a_run_leaves_what_runs_leave(runs: list[Path]) -> None:
    environment = json.loads((runs[0] / "environment.json").read_text())
    assert environment["backend"] == "jax"
    assert "jax" in environment["libraries"]
    assert (runs[0] / "report.html").stat().st_size > 10_000
    assert list((runs[0] / "tensorboard").rglob("events.out.tfevents.*"))


# `okazu`'s commands one after the other in one process, which takes seconds to begin.
COMMANDS = """
import json, sys
from training.cli.app import main
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["okazu", *arguments, "--json"]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, arguments
"""


def test_it_is_exported_through_tensorflow_and_answers_as_it_was_measured(
    runs: list[Path], tmp_path: Path
) -> None:
    """With KERAS_BACKEND=jax still set, as a person would leave it; verified in every runtime."""
    model = tmp_path / "zoo" / "digits" / "1"
    commands = [
        ["export", str(runs[0]), "--zoo", str(tmp_path / "zoo")],
        ["verify", str(model)],
        ["evaluate", str(model)],
    ]
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, json.dumps(commands)],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    exported, verified, evaluated = answers(done.stdout)
    assert exported["version"] == 1
    assert verified["sound"] is True
    measured = json.loads((runs[0] / "metrics.json").read_text())["metrics"]
    assert evaluated["metrics"]["accuracy"] == pytest.approx(measured["accuracy"])
    assert evaluated["metrics"]["loss"] == pytest.approx(measured["loss"], rel=1e-3)


def answers(text: str) -> list[dict[str, Any]]:
    """JSON objects that stand one after the other."""
    found, end = [], 0
    while text[end:].strip():
        end += len(text[end:]) - len(text[end:].lstrip())
        answer, end = json.JSONDecoder().raw_decode(text, end)
        found.append(answer)
    return found


def test_jax_that_is_not_installed_is_told_in_one_line() -> None:
    program = "import sys; sys.modules['jax'] = None; from training.cli.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "train", "digits-mlp"],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip install 'okazu[jax]'" in done.stderr


def test_jax_stays_out_where_it_is_not_asked_for() -> None:
    program = (
        "import sys; from training.fitting.backend import start_keras; start_keras('tensorflow');"
        "import training.jobs.train; sys.exit('jax' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert done.returncode == 0
