from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.running import Okazu


@pytest.mark.slow
def test_tune_prints_trials_and_one_json_object(
    okazu: Okazu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path))
    small = ("fit.epochs=1", "model.hidden=[8]", "search={'fit.l2': {'values': [0.0001, 0.01]}}")
    settings = [argument for setting in small for argument in ("--set", setting)]
    finished = okazu("tune", "digits-mlp", "--trials", "2", "--tuner", "hyperband",
                     *settings, "--json")  # fmt: skip
    assert finished.code == 0, finished.err
    result = json.loads(finished.out)
    assert set(result) == {"search", "best", "trials"}
    assert result["trials"] == 2
    assert "trial   2" in finished.err
    big = [path for path in tmp_path.rglob("*") if path.suffix in (".h5", ".keras", ".npz")]
    assert big == []  # nothing of a trial but its record
    trained = okazu("train", result["best"]["recipe"], "--json")
    assert trained.code == 0
    assert "digits-mlp-tuned" in json.loads(trained.out)["run"]
