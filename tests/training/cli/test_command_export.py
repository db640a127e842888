from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.artifact.repository import SHIPPED_ZOO
from tests.helpers.running import Okazu
from training.run.folder import RunFolder


def test_export_verify_evaluate_predict(
    okazu: Okazu, trained_run: RunFolder, tmp_path: Path, digit_images: Path
) -> None:
    zoo = ("--zoo", tmp_path / "zoo")
    exported = okazu("export", "digits-cnn", "--name", "mine", "--json", *zoo)
    assert exported.code == 0, exported.err
    path = tmp_path / "zoo" / "mine" / "1"
    assert json.loads(exported.out) == {"model": "mine", "version": 1, "path": str(path)}

    verified = json.loads(okazu("verify", "mine", "--json", *zoo).out)
    assert verified["sound"] is True
    assert [check["outcome"] for check in verified["checks"]] == ["passed"] * 5

    by_model = json.loads(okazu("evaluate", "mine", "--json", *zoo).out)
    by_run = json.loads(okazu("evaluate", trained_run.path, "--json").out)
    assert by_model["metrics"]["accuracy"] == by_run["metrics"]["accuracy"]
    assert by_model["metrics"]["loss"] == pytest.approx(by_run["metrics"]["loss"], rel=1e-4)
    assert (by_model["model"], by_run["run"]) == ("mine", str(trained_run.path))
    assert by_model["data"] == "digits, test part, 359 examples"

    on_files = json.loads(okazu("evaluate", "mine", "--data", digit_images, "--json", *zoo).out)
    assert on_files["data"].endswith("20 images")
    predicted = json.loads(okazu("predict", "mine", digit_images, "--json", *zoo).out)
    assert (predicted["model"], predicted["version"]) == ("mine", 1)
    right = [
        Path(result["input"]).parent.name == result["predictions"][0]["label"]
        for result in predicted["results"]
    ]
    assert len(right) == 20
    assert np.mean(right) == pytest.approx(on_files["metrics"]["accuracy"])
    assert all(len(result["predictions"]) == 3 for result in predicted["results"])


@pytest.mark.parametrize("damage", ["torn", "missing"])
@pytest.mark.parametrize("command", ["export", "evaluate"])
def test_a_broken_keras_file_is_one_line(
    okazu: Okazu, trained_run: RunFolder, tmp_path: Path, command: str, damage: str
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(trained_run.path, copy)
    model = copy / "model.keras"
    if damage == "torn":
        model.write_bytes(model.read_bytes()[:2000])
    else:
        model.unlink()
    finished = okazu(command, copy)
    assert finished.code == 2
    assert "model.keras" in finished.err.splitlines()[-1]


@pytest.mark.slow
def test_by_default_it_goes_to_zoo_in_the_working_directory(
    okazu: Okazu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OKAZU_ZOO")
    monkeypatch.delenv("OKAZU_SHIPPED_MODELS")
    exported = json.loads(okazu("export", "digits-cnn", "--json").out)
    assert exported == {"model": "digits", "version": 1, "path": "zoo/digits/1"}
    assert (tmp_path / "zoo" / "digits" / "1" / "saved_model.pb").is_file()
    listed = json.loads(okazu("models", "--json").out)["models"]
    assert {row["name"]: row["zoo"] for row in listed}["digits"] == "own"
    # The shipped models are read, and never written to.
    refused = okazu("export", "digits-cnn", "--zoo", SHIPPED_ZOO)
    assert (refused.code, refused.out) == (2, "")
    assert "the models that ship lie here and are never changed" in refused.err
    assert [path.name for path in (SHIPPED_ZOO / "digits").iterdir()] == ["1"]
