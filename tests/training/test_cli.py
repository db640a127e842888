"""The command line as people and scripts meet it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import TINY, Finished
from training.datasets import load_dataset
from training.runs import RunFolder

Okazu = Callable[..., Finished]
ROOT = Path(__file__).parents[2]
TINY_SETTINGS = [a for k, v in TINY.items() for a in ("--set", f"{k}={json.dumps(v)}")]


@pytest.fixture(autouse=True)
def _zoo(exported_zoo: Path, monkeypatch: pytest.MonkeyPatch, trained_run: RunFolder) -> None:
    monkeypatch.setenv("OKAZU_ZOO", str(exported_zoo))
    monkeypatch.setenv("OKAZU_RUNS", str(trained_run.path.parents[1]))


@pytest.fixture(scope="session")
def digit_images(trained_run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two test images of each digit, in a folder for each."""
    folder = tmp_path_factory.mktemp("images")
    test = load_dataset(trained_run.recipe().data).test
    for label in range(10):
        (folder / str(label)).mkdir()
        for number, index in enumerate(np.flatnonzero(test.labels == label)[:2]):
            Image.fromarray(test.images[index, ..., 0]).save(folder / str(label) / f"{number}.png")
    return folder


def test_help_tells_what_there_is(okazu: Okazu) -> None:
    finished = okazu("--help")
    assert finished.code == 0
    for command in ("train", "resume", "tune", "evaluate", "export", "verify", "predict", "serve"):
        assert command in finished.out


@pytest.mark.parametrize(
    ("command", "expected"),
    [("recipes", "digits-cnn"), ("datasets", "1,797"), ("models", "digits")],
)
def test_lists(okazu: Okazu, command: str, expected: str) -> None:
    finished = okazu(command)
    assert finished.code == 0
    assert expected in finished.out
    assert finished.err == ""


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


def test_train_gives_one_json_object(
    okazu: Okazu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path))
    finished = okazu("train", "digits-mlp", "--set", "fit.epochs=1", "--json")
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
    finished = okazu("train", "digits-mlp", "--set", "fit.epochs=1")
    assert finished.code == 0
    assert "accuracy" in finished.out
    assert "okazu export" in finished.out


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


def test_predict_names_bad_files_and_answers_the_others(
    okazu: Okazu, digit_images: Path, tmp_path: Path
) -> None:
    bad, empty = tmp_path / "bad.png", tmp_path / "empty.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n garbage")
    empty.write_bytes(b"")
    good = digit_images / "3" / "0.png"
    finished = okazu("predict", "digits", bad, good, empty, "--top-k", "1", "--json")
    assert finished.code == 2
    results = json.loads(finished.out)["results"]
    assert [set(result) for result in results] == [
        {"input", "error"},
        {"input", "predictions"},
        {"input", "error"},
    ]
    assert "2 of 3 inputs could not be read" in finished.err
    assert str(bad) in finished.err


def test_evaluate_refuses_a_folder_that_is_no_label(okazu: Okazu, tmp_path: Path) -> None:
    (tmp_path / "data" / "cat").mkdir(parents=True)
    finished = okazu("evaluate", "digits", "--data", tmp_path / "data")
    assert finished.code == 2
    assert "expected a label's name, one of: 0, 1" in finished.err


def test_verify_tells_what_is_wrong(okazu: Okazu, model_copy: Path) -> None:
    (model_copy / "variables" / "variables.index").unlink()
    for reference in (model_copy, "digits"):
        finished = okazu("verify", reference, "--zoo", model_copy.parents[1])
        assert finished.code == 2
        assert "variables/variables.index is missing" in finished.err


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


def start(*arguments: str, runs: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "training", *arguments],
        cwd=ROOT,
        env={**os.environ, "OKAZU_RUNS": str(runs)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


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


def test_an_unwritable_place_is_one_clear_line(
    okazu: Okazu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path / "file"))
    finished = okazu("train", "digits-mlp", "--set", "fit.epochs=1")
    assert finished.code == 2
    assert "cannot make a run folder" in finished.err.splitlines()[-1]


def test_a_damaged_model_hides_no_other(okazu: Okazu, model_copy: Path) -> None:
    zoo = model_copy.parents[1]
    (zoo / "broken" / "1").mkdir(parents=True)
    listed = json.loads(okazu("models", "--json", "--zoo", zoo).out)["models"]
    assert [model["name"] for model in listed] == ["broken", "digits"]
    assert "expected a model card" in listed[0]["problem"]
    assert listed[1]["labels"] == [str(digit) for digit in range(10)]
    assert "damaged: " in okazu("models", "--zoo", zoo).out


def test_architectures_are_listed_with_their_cost(okazu: Okazu) -> None:
    finished = okazu("models", "--architectures", "--input", "32x32x3", "--classes", "10", "--json")
    listed = {row["model"]: row for row in json.loads(finished.out)["architectures"]}
    assert {"mlp", "cnn", "alexnet", "vgg 16", "inception", "resnet 110"} <= set(listed)
    assert listed["resnet 20"]["parameters"] == 269_722
    assert listed["resnet 20"]["multiply_adds"] == pytest.approx(40.6e6, rel=0.01)
    assert okazu("models", "--architectures", "--input", "32x32").code == 2


def test_augment_draws_what_the_network_sees(okazu: Okazu, tmp_path: Path) -> None:
    changes = ("--set", "augment.mixup=0.4", "--set", "augment.cutout=0.3")
    finished = okazu("augment", "digits-cnn", *changes, "--output", tmp_path / "sheet.png")
    assert finished.code == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (10 * (64 + 4), 8 * (64 + 4))
        drawn = np.asarray(sheet)
    first, second = drawn[:64, :64], drawn[:64, 68:132]
    assert not np.array_equal(first, second)
    nowhere = okazu("augment", "digits-cnn", "--output", tmp_path / "no" / "sheet.png")
    assert nowhere.code == 2
    assert "No such file or directory" in nowhere.err


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
