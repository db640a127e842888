"""Choosing settings on validation data: the test part has no say in it."""

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.training.compare_on_validation import means, measure, standard_error
from tests.helpers.project import ROOT
from training.tasks.tabular import task as tables
from training.tasks.tabular.data.table_dataset import TableDataset

SETTINGS = ["fit.epochs=2", "fit.early_stopping=null", "fit.seed=3"]


@pytest.mark.slow
def test_what_is_measured_does_not_depend_on_the_test_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = measure("wine-mlp", SETTINGS)
    load = tables.TASK.load

    def with_wrong_labels(recipe: object) -> TableDataset:
        dataset = load(recipe)  # type: ignore[arg-type]
        targets = (np.asarray(dataset.test.targets, np.int64) + 1) % 3
        return dataclasses.replace(dataset, test=dataclasses.replace(dataset.test, targets=targets))

    monkeypatch.setattr(tables.TASK, "load", with_wrong_labels)
    assert measure("wine-mlp", SETTINGS) == plain
    assert 0 < plain["accuracy"] < 1


def test_means_and_standard_errors() -> None:
    assert means([{"loss": 1.0, "r2": 0.2}, {"loss": 3.0, "r2": 0.4}]) == {
        "loss": 2.0,
        "r2": pytest.approx(0.3),
    }
    assert standard_error([1.0, 2.0, 3.0]) == pytest.approx(1 / math.sqrt(3))
    assert math.isnan(standard_error([1.0]))


@pytest.mark.slow
def test_the_command_tells_each_variant_and_its_difference() -> None:
    command = [sys.executable, "-m", "benchmarks.training.compare_on_validation", "wine-mlp"]
    command += ["--seeds", "1", "--set", "fit.epochs=1", "--set", "fit.early_stopping=null"]
    command += ["--metric", "accuracy", "--variant", "fit.l2=0.5"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # benchmarks are not installed
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(": ")[0] for line in lines[-3:]] == [
        "(the recipe)",
        "fit.l2=0.5",
        "    against the recipe",
    ]
    assert "accuracy" in lines[-1]
    assert "loss" not in lines[-1]
