"""`okazu train` and `resume`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.running import TINY_SETTINGS, Okazu, start

ONE_EPOCH = ("train", "digits-mlp", "--set", "fit.epochs=1", "--set", "model.hidden=[8]")


def test_train_gives_one_json_object(
    okazu: Okazu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path))
    finished = okazu(*ONE_EPOCH, "--json")
    assert finished.code == 0
    result = json.loads(finished.out)
    assert set(result) == {"run", "metrics"}
    assert 0 <= result["metrics"]["accuracy"] <= 1
    assert (Path(result["run"]) / "model.keras").exists()
    assert "epoch    1/1" in finished.err
    again = okazu("resume", result["run"])
    assert again.code == 2
    assert "nothing to resume" in again.err


def test_train_tells_people_what_comes_next(
    okazu: Okazu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path))
    finished = okazu(*ONE_EPOCH)
    assert finished.code == 0
    assert "accuracy" in finished.out
    assert "okazu export" in finished.out


def test_an_unwritable_place_is_one_clear_line(
    okazu: Okazu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path / "file"))
    finished = okazu(*ONE_EPOCH)
    assert finished.code == 2
    assert "cannot make a run folder" in finished.err.splitlines()[-1]


@pytest.mark.slow
def test_ctrl_c_ends_cleanly_and_resume_goes_on(tmp_path: Path) -> None:
    settings = [*TINY_SETTINGS, "--set", "fit.epochs=5000"]
    training = start("train", "digits-cnn", *settings, "--json", runs=tmp_path)
    assert training.stderr
    seen = []
    for line in training.stderr:
        seen.append(line)
        if line.startswith("epoch   10/"):
            training.send_signal(signal.SIGINT)
            break
    out, err = training.communicate(timeout=120)
    assert training.returncode == 130
    assert "Traceback" not in err
    assert "okazu resume" in err
    # Nothing of TensorFlow's own chatter stands between the lines that are ours.
    assert all(line.startswith(("digits-cnn: ", "epoch ")) for line in seen), seen
    run = json.loads(out)["run"]
    assert {"model.keras", "metrics.json", "report.html"} <= {
        path.name for path in Path(run).iterdir()
    }


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system of a chosen size")
@pytest.mark.parametrize("size", ["24k", "60k"])  # full while training, and while saving
def test_a_full_disk_is_one_clear_line(tmp_path: Path, size: str) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(small)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting needs root")
    try:
        training = start("train", "digits-cnn", *TINY_SETTINGS, runs=small)
        out, err = training.communicate(timeout=120)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
    assert training.returncode == 2, err
    assert "No space left on device" in err.splitlines()[-1]
    assert "okazu resume" in err.splitlines()[-1]
    assert "Traceback" not in out + err
