"""Nothing that lies in the working directory is run, whatever its name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.live_server import free_port
from tests.helpers.programs import (
    DIGIT,
    FULL,
    TINY,
    ask_for_a_digit,
    clean_variables,
    serving,
)
from tests.helpers.project import ROOT

pytestmark = pytest.mark.slow

# Names of our packages, of Python's modules that a new process imports first, and of libraries.
MODULES = (
    *("service", "training", "json", "numpy", "pickle", "random", "socket", "signal", "logging"),
    *("keras", "tensorflow", "bentoml", "sitecustomize", "usercustomize"),
)
PACKAGES = ("models", "tests", "okazu", "multiprocessing")
MARK = "import os; open(os.environ['MARKER'], 'a').write({name!r} + ' was run\\n')\n"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder of a user's who has files of such names."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in MODULES:
        (folder / f"{name}.py").write_text(MARK.format(name=name))
    for name in PACKAGES:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(MARK.format(name=name))
    return folder


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Where a module that is run says so, and a data directory of the test's own."""
    return {"MARKER": str(tmp_path / "marker"), "OKAZU_DATA_DIR": str(tmp_path / "data")}


def expect_nothing_was_run(variables: dict[str, str]) -> None:
    marker = Path(variables["MARKER"])
    assert (marker.read_text() if marker.exists() else "") == ""


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "recipes",
        "datasets",
        "models",
        "verify digits",
        f"predict digits {DIGIT}",
        "translate Hello.",
        "evaluate digits",
        "augment digits-cnn",
        "serve --help",
        "tune digits-cnn --trials 1 --tuner random --set fit.epochs=1",
    ],
)
def test_no_command_runs_what_lies_there(
    hostile: Path, variables: dict[str, str], command: str
) -> None:
    done = FULL.okazu(*command.split(), cwd=hostile, variables=variables)
    expect_nothing_was_run(variables)
    assert done.returncode == 0, done.stderr


def test_a_run_is_trained_exported_and_reported(hostile: Path, variables: dict[str, str]) -> None:
    zoo = variables["MARKER"] + "-zoo"
    for command in (TINY, ["export", "digits-cnn", "--zoo", zoo], ["report", "digits-cnn"]):
        done = FULL.okazu(*command, cwd=hostile, variables=variables)
        expect_nothing_was_run(variables)
        assert done.returncode == 0, done.stderr


def test_the_service_is_ours(hostile: Path, variables: dict[str, str]) -> None:
    command = [FULL.bin / "okazu", "serve", "--model", "digits"]
    with serving(command, free_port(), hostile, variables) as url:
        assert '"label":"3"' in ask_for_a_digit(url)
    expect_nothing_was_run(variables)


def test_processes_that_decode_pictures(hostile: Path, variables: dict[str, str]) -> None:
    """So many small ones go to a pool, whose workers Python starts with `-c`."""
    for label in ("dark", "light"):
        (hostile / "pictures" / label).mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 255, (4200, 4, 4), np.uint8)
    for number, picture in enumerate(pixels):
        label = "light" if number % 2 else "dark"
        Image.fromarray(picture).save(hostile / "pictures" / label / f"{number}.png")
    program = (
        "import sys; sys.argv[1:] = ['augment', 'image-folder', '--set', 'data.path=pictures',"
        " '--set', 'data.height=8', '--set', 'data.width=8']\n"
        "import training.data.images.parallel_decoding as decoding\n"
        "decoding.available_cores = lambda: 2\n"  # a pool, on a machine of one core too
        "from training.cli.app import main; main()"
    )
    script = Path(variables["MARKER"]).with_name("bin") / "program.py"
    script.parent.mkdir()
    script.write_text(
        f"if __name__ == '__main__':\n    {program.replace(chr(10), chr(10) + '    ')}"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=hostile,
        env=clean_variables({**variables, "PYTHONPATH": str(ROOT)}),
        capture_output=True,
        text=True,
        check=False,
    )
    expect_nothing_was_run(variables)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("options", [["-P", "-m", "training"], ["-m", "training"]])
def test_as_a_module(hostile: Path, variables: dict[str, str], options: list[str]) -> None:
    """`python -m` cannot but run a user's own training.py; the other names do no harm."""
    if "-P" not in options:
        (hostile / "training.py").unlink()
        for name in ("sitecustomize", "usercustomize"):
            (hostile / f"{name}.py").unlink()
    done = subprocess.run(
        [sys.executable, *options, "predict", "digits", str(DIGIT)],
        cwd=hostile,
        env=clean_variables(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    expect_nothing_was_run(variables)
    assert done.returncode == 0, done.stderr


def test_pythonpath_is_honoured(hostile: Path, variables: dict[str, str], tmp_path: Path) -> None:
    """By `okazu` and by the processes that it starts: here a module that says so in each."""
    said = tmp_path / "said"
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sitecustomize.py").write_text(
        f"import sys; open({str(said)!r}, 'a').write(str(sys.flags.safe_path))\n"
    )
    path = os.pathsep.join([str(tmp_path / "path"), str(ROOT)])
    done = FULL.okazu("serve", "--help", cwd=hostile, variables={**variables, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    assert said.read_text() == "FalseTrue"  # `okazu` itself, and the service that it became
    expect_nothing_was_run(variables)
