"""A mistake of the user is one line, whichever command it meets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.project import ROOT
from tests.helpers.running import Okazu

MISTAKES: dict[str, tuple[list[str], str]] = {
    "unknown command": (["trian"], "No such command 'trian'"),
    "unknown option": (["train", "digits-cnn", "--fast"], "No such option: --fast"),
    "missing argument": (["export"], "Missing argument 'RUN'"),
    "unknown recipe": (["train", "digits-rnn"], "no recipe 'digits-rnn'"),
    "bad override": (["train", "digits-cnn", "--set", "fit.epochs=0"], "fit.epochs"),
    "bad set": (["train", "digits-cnn", "--set", "fit.epochs"], "expected PATH=VALUE"),
    "unknown data": (["train", "digits-cnn", "--set", "data.dataset=cats"], "data.dataset"),
    "unknown run": (["export", "nothing"], "no run 'nothing'"),
    "unknown model": (["verify", "cats"], "there is: digits"),
    "unknown version": (["verify", "digits:9"], "no version 9"),
    "neither": (["evaluate", "cats"], "no run and no model 'cats'"),
    "unknown tuner": (["tune", "digits-cnn", "--tuner", "grid"], "'grid' is not one of"),
    "no trials": (["tune", "digits-cnn", "--trials", "0"], "--trials"),
    "missing file": (["predict", "digits", "nowhere.png"], "nowhere.png: there is no such"),
    "bad runtime": (["predict", "digits", ".", "--runtime", "onnx"], "'onnx' is not one of"),
    "too long a path": (["export", "x" * 5000], "x: File name too long"),
    "upwards": (["evaluate", "../.."], "no run and no model '../..'"),
    "a file as the zoo": (["models", "--zoo", "/dev/null"], "expected a folder of models"),
    "no such zoo": (["verify", "digits", "--zoo", "zo"], "--zoo: expected a folder of models"),
    "name upwards": (["export", "digits-cnn", "--name", "../x"], "expected a model name"),
    "empty name": (["export", "digits-cnn", "--name", ""], "expected a model name"),
    "unknown views": (
        ["evaluate", "digits", "--test-time-augmentation", "rotate"],
        "augmentation': 'rotate' is not one of 'none', 'flip', 'flip_and_shift'",
    ),
    "unknown views in a recipe": (
        ["train", "digits-cnn", "--set", "evaluation.test_time_augmentation=rotate"],
        "evaluation.test_time_augmentation: expected 'none', 'flip' or 'flip_and_shift'",
    ),
    "no run to report": (["report", "nothing"], "no run 'nothing'"),
    "empty folder": (["predict", "digits", "."], "found none"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_and_exit_code_2(okazu: Okazu, mistake: str) -> None:
    arguments, message = MISTAKES[mistake]
    finished = okazu(*arguments)
    assert finished.code == 2
    assert message in finished.err
    assert finished.err.startswith("okazu: ")
    assert finished.err.count("\n") == 1
    assert finished.out == ""


def test_ctrl_c_while_modules_are_imported_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "training", "recipes"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "okazu: interrupted\n")
