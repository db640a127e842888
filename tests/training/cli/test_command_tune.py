from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.running import Okazu


def test_tune_prints_trials_and_one_json_object(
    okazu: Okazu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path))
    finished = okazu("tune", "digits-mlp", "--trials", "2", "--tuner", "random",
                     "--set", "fit.epochs=1", "--json")  # fmt: skip
    assert finished.code == 0, finished.err
    result = json.loads(finished.out)
    assert set(result) == {"search", "best", "trials"}
    assert result["trials"] == 2
    assert "trial   2" in finished.err
    trained = okazu("train", result["best"]["recipe"], "--json")
    assert trained.code == 0
    assert "digits-mlp-tuned" in json.loads(trained.out)["run"]
