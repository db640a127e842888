"""The run folder: complete, readable, and never half written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models.errors import InvalidSetting, OkazuError
from training.recipe.loading import load_recipe
from training.run.folder import RunFolder
from training.run.records import DataRecord, Environment, Summary


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
    environment = trained_run.read(Environment)
    assert environment.seed == 0
    assert environment.libraries["keras"] == keras.__version__
    assert environment.data_fingerprint == trained_run.read(DataRecord).fingerprint
    summary = trained_run.read(Summary)
    assert set(summary.metrics) == {
        "accuracy",
        "loss",
        "top_5_accuracy",
        "macro_f1",
        "expected_calibration_error",
        "expected_calibration_error_uncalibrated",
    }
    assert summary.epochs == len(trained_run.read_history()) == 3
    assert trained_run.recipe().fit.epochs == 3


def test_the_saved_model_is_the_one_that_was_measured(trained_run: RunFolder) -> None:
    from training.data.catalogue import load_dataset

    dataset = load_dataset(trained_run.recipe().data)
    network = keras.saving.load_model(trained_run.model)
    predicted = np.asarray(network(dataset.test.images, training=False)).argmax(axis=1)
    accuracy = float(np.mean(predicted == dataset.test.labels))
    assert accuracy == pytest.approx(trained_run.read(Summary).metrics["accuracy"])


def test_the_report_stands_alone(trained_run: RunFolder) -> None:
    page = trained_run.report.read_text(encoding="utf-8")
    assert page.count("<svg") == page.count('<svg role="img" aria-label="') == 3
    for outside in ("<script src", "<link", "http-equiv", "@import", "url(http"):
        assert outside not in page
    pictures = page.count("<img ")
    assert 1 <= pictures <= 40
    assert pictures == page.count('<img src="data:image/webp;base64,')
    assert trained_run.report.stat().st_size < 500_000
    assert f"okazu train {trained_run.path / 'recipe.yaml'}" in page
    accuracy = trained_run.read(Summary).metrics["accuracy"]
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
        RunFolder(tmp_path).read(Summary)


SUMMARY = {
    "metrics": {"accuracy": 0.5, "loss": float("nan")},
    "temperature": 1.0,
    "parameters": 1,
    "epochs": 1,
    "best_epoch": None,
    "seconds": 1.0,
    "interrupted": False,
}


def test_what_a_run_wrote_is_read_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / "metrics.json").write_text(json.dumps(SUMMARY))
    folder.write(folder.read(Summary))
    again = folder.read(Summary)
    assert again.metrics["accuracy"] == 0.5
    assert again.best_epoch is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Invalid JSON"),
        (b"{", "Invalid JSON"),
        (b"\xff\x00", "Invalid JSON"),
        (b"[" * 100_000, "Invalid JSON"),
        (b"[1]", "metrics.json: expected an object"),
        (b"null", "metrics.json: expected an object"),
        (json.dumps({**SUMMARY, "metrics": 3}).encode(), "metrics: expected an object"),
        (json.dumps({**SUMMARY, "metrics": {"loss": []}}).encode(), "metrics: loss: expected"),
        (json.dumps({**SUMMARY, "temperature": 0}).encode(), "temperature: expected greater"),
        (b'{"metrics": {}}', "temperature: Field required"),
    ],
)
def test_a_file_that_is_not_what_was_written_is_one_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "metrics.json").write_bytes(content)
    with pytest.raises(OkazuError, match=re.escape(message)) as caught:
        RunFolder(tmp_path).read(Summary)
    assert "\n" not in str(caught.value)
    assert "okazu resume" in str(caught.value)


def test_a_folder_in_place_of_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data.json").mkdir()
    with pytest.raises(OkazuError, match=r"data\.json: Is a directory"):
        RunFolder(tmp_path).read(DataRecord)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ["a"]}, "expected at least two labels, received 1"),
        ({"labels": ["a", "a"]}, "the labels must differ"),
        ({"input": {"kind": "sound"}}, "input: "),
        ({"input": {"kind": "image", "height": 0, "width": 1, "mode": "L"}}, "height: expected"),
        ({"examples": {"train": 1}}, "examples: validation: Field required"),
        ({"target": {"name": "y", "kind": "number"}}, "expected mean and deviation"),
    ],
)
def test_what_a_run_says_of_its_data_must_fit(
    trained_run: RunFolder, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    content = trained_run.read(DataRecord).model_dump(mode="json")
    (tmp_path / "data.json").write_text(json.dumps({**content, **change}))
    with pytest.raises(OkazuError, match=message):
        RunFolder(tmp_path).read(DataRecord)


@pytest.mark.parametrize("text", ["epoch,loss\n1,x\n", "epoch,loss\n1\n", "", "{}", 'epoch\n"'])
def test_a_broken_history_is_one_line(tmp_path: Path, text: str) -> None:
    assert RunFolder(tmp_path).read_history() == []
    (tmp_path / "history.csv").write_text(text)
    with pytest.raises(OkazuError, match="expected a table of numbers"):
        RunFolder(tmp_path).read_history()


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OkazuError, match="cannot make a run folder"):
        RunFolder.create(load_recipe("digits-mlp"), tmp_path / "file")
