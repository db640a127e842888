"""`okazu bento`, as a person meets it in a folder that is no project."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.artifact.repository import SHIPPED_ZOO
from service.bento.__main__ import main
from tests.helpers.mains import run_main
from tests.helpers.model_folders import add_version, change_byte

COMMAND = [sys.executable, "-P", "-m", "training", "bento"]
PATIENCE = 120  # seconds


def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "BENTOML_HOME": str(tmp_path / "home")}


def bento(tmp_path: Path, *arguments: object, **how: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        **how,
    )


def expect_mistake(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("okazu bento: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


def left_in(home: Path) -> list[Path]:
    """Files and scratch folders; BentoML's own empty folders do not count."""
    return [path for path in home.rglob("*") if path.is_file() or path.name.startswith(".")]


@pytest.mark.slow
def test_a_bento_holds_the_chosen_versions_and_no_other_model(zoo: Path, tmp_path: Path) -> None:
    for version in (2, 3):
        add_version(zoo, "digits", version)
    chosen = ("--model", "digits:1", "--model", "digits", "--model", "sentiment")
    done = bento(tmp_path, *chosen, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["models"] == [
        {"name": "digits", "version": 1, "zoo": "own"},
        {"name": "digits", "version": 3, "zoo": "own"},
        {"name": "sentiment", "version": 1, "zoo": "shipped"},
    ]
    name, _, version = told["bento"].partition(":")
    path = tmp_path / "home" / "bentos" / name / version
    assert Path(told["path"]) == path
    assert path.with_name("latest").read_text() == version
    source = path / "src"
    held = [p.parent.relative_to(source).as_posix() for p in source.rglob("saved_model.pb")]
    assert sorted(held) == ["models/zoo/sentiment/1", "zoo/digits/1", "zoo/digits/3"]
    assert (source / "service" / "web" / "index.html").is_file()
    assert not list(source.rglob("__pycache__"))
    assert "OKAZU_MODELS" in (path / "bento.yaml").read_text()  # the newest alone answers otherwise
    assert not list((tmp_path / "home" / "tmp").iterdir())


@pytest.mark.slow
def test_a_folder_and_all_models_by_default(zoo: Path, tmp_path: Path) -> None:
    assert zoo.is_dir()
    done = bento(tmp_path, "--output", "made/box")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(
        r"bento   okazu:\w+\npath    \S+/made/box\nmodels  cifar10:1, digi", done.stdout
    )
    source = tmp_path / "made" / "box" / "src"
    assert [path.name for path in (source / "zoo").iterdir()] == ["digits"]
    assert {path.name for path in (source / "models" / "zoo").iterdir()} == {
        "cifar10",
        "fashion-mnist",
        "sentiment",
        "translator-en-fr",
    }
    assert not (tmp_path / "home").exists()
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["box"]
    # What is already there stays.
    expect_mistake(bento(tmp_path, "--output", "made/box"), "--output", "made/box")


def unknown_version(zoo: Path) -> tuple[str, ...]:
    assert zoo.is_dir()
    return "--model", "digits:9"


def damaged_model(zoo: Path) -> tuple[str, ...]:
    change_byte(zoo / "digits" / "1")
    return ("--model", "digits")


def damaged_among_all(zoo: Path) -> tuple[str, ...]:
    (zoo / "digits" / "1" / "saved_model.pb").unlink()
    return ()


def no_model(zoo: Path) -> tuple[str, ...]:
    shutil.rmtree(zoo)
    return ("--no-shipped-models",)


def file_as_home(zoo: Path) -> tuple[str, ...]:
    (zoo.parent / "home").touch()
    return ()


def file_as_parent(zoo: Path) -> tuple[str, ...]:
    (zoo.parent / "file").touch()
    return "--output", "file/box"


def zoo_of_nothing(zoo: Path) -> tuple[str, ...]:
    assert zoo.is_dir()
    return "--zoo", "typo"


def unknown_option(zoo: Path) -> tuple[str, ...]:
    assert zoo.is_dir()
    return ("--modle", "digits")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (unknown_version, ["no version 9; there is: 1"]),
        (damaged_model, ["digits version 1: saved_model.pb was changed"]),
        (damaged_among_all, ["saved_model.pb is missing"]),
        (no_model, ["expected a model in zoo, found none"]),
        (file_as_home, ["cannot write the bento", "home"]),
        (file_as_parent, ["cannot write the bento", "file: File exists"]),
        (zoo_of_nothing, ["--zoo", "typo"]),
        (unknown_option, ["--modle", "--help"]),
    ],
)
def test_a_mistake_is_one_line(
    zoo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path], tuple[str, ...]],
    words: list[str],
) -> None:
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "home"))
    expect_mistake(run_main(main, *make(zoo)), *words)
    assert left_in(tmp_path / "home") == []


def test_a_mistake_ends_the_command_with_2(zoo: Path, tmp_path: Path) -> None:
    assert zoo.is_dir()
    done = bento(tmp_path, "--model", "cats")
    expect_mistake(done, "no model 'cats' in zoo", "there is: cifar10, digits")
    assert left_in(tmp_path / "home") == []


@pytest.mark.parametrize("where", ["store", "folder"])
def test_what_cannot_be_written_leaves_nothing(zoo: Path, tmp_path: Path, where: str) -> None:
    """As on a full disk: no file may be larger than half of a model's."""
    size = max(path.stat().st_size for path in zoo.rglob("*") if path.is_file()) // 2

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    arguments = ("--output", "box") if where == "folder" else ()
    done = bento(tmp_path, "--model", "digits", *arguments, preexec_fn=limit)
    expect_mistake(done, "cannot write the bento", "File too large")
    assert left_in(tmp_path / "home") == []
    assert {path.name for path in tmp_path.iterdir()} <= {"zoo", "home"}


@pytest.mark.slow
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_bento_leaves_nothing(tmp_path: Path, how: int, code: int) -> None:
    running = subprocess.Popen(
        COMMAND, cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + PATIENCE
    # Whatever it is doing when the scratch folder is there: copying, importing or building.
    while not list(tmp_path.glob("home/tmp/.okazu-bento-*/context/service")):
        assert time.monotonic() < deadline
        assert running.poll() is None
    running.send_signal(how)
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == code
    assert err == ("okazu bento: interrupted\n" if how == signal.SIGINT else "")
    assert left_in(tmp_path / "home") == []


def test_help_lists_the_options() -> None:
    done = bento(SHIPPED_ZOO, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: okazu bento" in done.stdout
    assert all(option in done.stdout for option in ("--model", "--output", "--zoo", "--json"))
