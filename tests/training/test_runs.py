"""The run folder: complete, readable, and never half written."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from models.errors import InvalidSetting, OkazuError
from training.recipes import load_recipe
from training.runs import RunFolder


def test_a_run_leaves_the_folder_of_the_contract(trained_run: RunFolder) -> None:
    names = {path.name for path in trained_run.path.iterdir()}
    assert names >= {
        "recipe.yaml",
        "metrics.json",
        "history.csv",
        "model.keras",
        "environment.json",
        "tensorboard",
        "report.html",
    }
    assert not [name for name in names if name.startswith(".")]
    assert list(trained_run.tensorboard.rglob("events.out.tfevents.*"))
    environment = trained_run.read_json("environment")
    assert environment["seed"] == 0
    assert environment["libraries"]["keras"] == keras.__version__
    assert environment["data_fingerprint"] == trained_run.read_json("data")["fingerprint"]
    metrics = trained_run.read_json("metrics")
    assert set(metrics["metrics"]) == {
        "accuracy",
        "loss",
        "top_5_accuracy",
        "macro_f1",
        "expected_calibration_error",
        "expected_calibration_error_uncalibrated",
    }
    assert metrics["epochs"] == len(trained_run.read_history()) == 3
    assert trained_run.recipe().fit.epochs == 3


def test_the_saved_model_is_the_one_that_was_measured(trained_run: RunFolder) -> None:
    from training.datasets import load_dataset

    dataset = load_dataset(trained_run.recipe().data)
    network = keras.saving.load_model(trained_run.model)
    predicted = np.asarray(network(dataset.test.images, training=False)).argmax(axis=1)
    accuracy = float(np.mean(predicted == dataset.test.labels))
    assert accuracy == pytest.approx(trained_run.read_json("metrics")["metrics"]["accuracy"])


def test_the_report_stands_alone(trained_run: RunFolder) -> None:
    page = trained_run.report.read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    for outside in ("<script src", "<link", "<img", "http-equiv", "@import"):
        assert outside not in page
    assert f"okazu train {trained_run.path / 'recipe.yaml'}" in page
    accuracy = trained_run.read_json("metrics")["metrics"]["accuracy"]
    assert f"{accuracy:.4f}" in page


def test_runs_of_one_second_get_folders_of_their_own(tmp_path: Path) -> None:
    recipe = load_recipe("digits-mlp")
    folders = {RunFolder.create(recipe, tmp_path).path for _ in range(3)}
    assert len(folders) == 3


def test_a_run_is_found_by_path_name_or_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "runs"
    monkeypatch.setenv("OKAZU_RUNS", str(runs))
    recipe = load_recipe("digits-mlp")
    for name in ("20260101-000000", "20260102-000000"):
        (runs / "digits-mlp" / name).mkdir(parents=True)
        (runs / "digits-mlp" / name / "recipe.yaml").write_text("x")
    newest = runs / "digits-mlp" / "20260102-000000"
    assert RunFolder.open("digits-mlp").path == newest
    assert RunFolder.open("digits-mlp/20260101-000000").path.name == "20260101-000000"
    assert RunFolder.open(str(newest)).path == newest
    with pytest.raises(InvalidSetting, match="no run 'nothing'"):
        RunFolder.open("nothing")
    assert RunFolder.create(recipe).path.parent == runs / "digits-mlp"


def test_what_a_run_lacks_is_told_with_the_way_on(tmp_path: Path) -> None:
    with pytest.raises(OkazuError, match="okazu resume"):
        RunFolder(tmp_path).read_json("metrics")
    (tmp_path / "metrics.json").write_text("{")
    with pytest.raises(OkazuError, match="cannot be read"):
        RunFolder(tmp_path).read_json("metrics")


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OkazuError, match="cannot make a run folder"):
        RunFolder.create(load_recipe("digits-mlp"), tmp_path / "file")
