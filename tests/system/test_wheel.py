"""The wheel, installed beside the packages that it needs: all that is no Python moves with it."""

from __future__ import annotations

import json
import subprocess
import sysconfig
import urllib.request
from pathlib import Path

import pytest

from tests.helpers.live_server import free_port
from tests.helpers.programs import TINY, Environment, ask_for_a_digit, clean_variables, serving
from training.recipe.loading import shipped_recipes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel, and with the packages of the one that the tests run in."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys_python(), "-m", "venv", str(folder)], check=True)
    environment = Environment(folder / "bin")
    paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    Path(paths["purelib"], "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    command = [str(environment.python), "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return environment


def sys_python() -> str:
    return str(Path(sysconfig.get_path("scripts")) / "python")


def test_it_is_the_wheel_that_runs(installed: Environment, tmp_path: Path) -> None:
    """What the other tests of this file stand on."""
    command = [str(installed.python), "-c", "import training; print(training.__file__)"]
    done = subprocess.run(
        command, cwd=tmp_path, env=clean_variables(), capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).is_relative_to(installed.bin.parent)


def test_every_recipe_is_listed(installed: Environment, tmp_path: Path) -> None:
    done = installed.okazu("recipes", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    listed = {line.split()[0] for line in done.stdout.splitlines() if line[2:3].strip()}
    assert set(shipped_recipes()) <= listed


def test_digits_are_trained_reported_exported_and_served(
    installed: Environment, tmp_path: Path
) -> None:
    trained = installed.okazu(*TINY, cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    run = tmp_path / json.loads(trained.stdout)["run"]
    assert "<svg" in (run / "report.html").read_text(encoding="utf-8")
    exported = installed.okazu("export", "digits-cnn", cwd=tmp_path)
    assert exported.returncode == 0, exported.stderr
    command = [installed.bin / "okazu", "serve", "--model", "digits"]
    with serving(command, free_port(), tmp_path) as url:
        assert json.loads(ask_for_a_digit(url))["predictions"][0]["label"].isdigit()
        for page in ("/", "/docs"):
            with urllib.request.urlopen(url + page) as answer:
                assert "<html" in answer.read().decode()
