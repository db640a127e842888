"""A translator under JAX: it trains without BLEU, and is exported through TensorFlow as ever.

Keras takes one backend for each process, so it is trained in a process of its own.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.artifact.loading import load_model
from models.settings import ModelSettings
from models.tasks.translation.predict import translate
from tests.helpers.project import ROOT
from training.jobs.export import export_run
from training.run.folder import RunFolder
from training.run.records import Environment, Summary

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="pip install 'okazu[jax]'"),
]

# Prints why stopping by BLEU is refused, and the folder of a run without it.
TRAINING = """
import json, sys
from training.fitting.backend import start_keras
assert start_keras() == "jax"
from models.errors import InvalidSetting
from tests.helpers.translators import silent, small_recipe
from training.jobs import train as jobs
from training.run.folder import runs_root
changes = json.loads(sys.argv[1])
stopping = {"fit.early_stopping": {"patience": 2}}
try:
    jobs.train(small_recipe(**changes, **stopping), silent())
except InvalidSetting as error:
    print(error)
assert not runs_root().exists()
stopping["fit.early_stopping"]["monitor"] = "val_loss"
print(jobs.train(small_recipe(**changes, **stopping), silent()).folder.path)
"""


def syllables(path: Path) -> Path:
    """Sentences of about one length: each shape of a batch is compiled, for seconds."""
    words = ["".join(some) for some in itertools.product("klmt", "ao", "nrsv", "ie")]
    chosen = itertools.islice(itertools.permutations(words, 2), 0, None, 20)
    lines = [f"{a} {b}\t{b} {a}\n" for a, b in chosen]
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("jax")
    changes: dict[str, Any] = {
        "data.dataset": "pairs",
        "data.path": str(syllables(folder / "syllables.tsv")),
        "subwords.vocabulary_size": 340,
        "fit.batch_tokens": 100_000,
        "model_name": "syllables",
    }
    done = subprocess.run(
        [sys.executable, "-c", TRAINING, json.dumps(changes)],
        cwd=ROOT,
        env={
            **os.environ,
            "KERAS_BACKEND": "jax",
            "OKAZU_RUNS": str(folder / "runs"),
            "XLA_FLAGS": "--xla_backend_optimization_level=0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return done.stdout.splitlines()


def test_stopping_by_bleu_is_refused_before_anything_is_written(printed: list[str]) -> None:
    assert printed[0] == (
        "fit.early_stopping.monitor: val_bleu is measured with the tensorflow backend alone,"
        " received KERAS_BACKEND=jax; monitor val_loss"
    )


def test_a_run_has_all_but_bleu(printed: list[str]) -> None:
    folder = RunFolder(Path(printed[-1]))
    assert folder.read(Environment).backend == "jax"
    [row] = folder.read_history()
    assert {"loss", "val_loss"} <= set(row)
    assert set(folder.read(Summary).metrics) == {"perplexity", "token_accuracy"}


def test_it_is_exported_through_tensorflow(
    printed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Checked when it is loaded, in this process, which takes half as long.
    monkeypatch.setattr("training.jobs.export.check_in_fresh_process", lambda _: None)
    model = load_model(export_run(RunFolder(Path(printed[-1])), tmp_path), ModelSettings())
    [answer] = translate(model, ["kani love"])
    assert answer.text
    assert model.fallback is None
