"""What system tests share: the wheel, and an environment that has the wheel without extras."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.programs import FULL, TINY, Environment
from tests.helpers.project import ROOT

_NOT_SOURCE = (".*", "runs", "build", "dist", "*.egg-info", "__pycache__", "node_modules")
_PROBE = "iniconfig"  # a small package that constraints.txt names
_SECONDS = 900  # for a slow connection


@pytest.fixture(scope="session")
def package_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips the tests that need packages where none can be had; in CI they fail instead."""
    folder = str(tmp_path_factory.mktemp("probe"))
    options = ["--quiet", "--no-deps", "--no-cache-dir", "--retries", "1", "--timeout", "10"]
    done = _pip(sys.executable, "download", *options, "--dest", folder, _PROBE)
    if done.returncode:
        reason = f"the package index cannot be reached: {done.stderr.strip()[-200:]}"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def wheel(package_index: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Okazu's wheel, built from a copy of the source, so that nothing is left in the project."""
    del package_index
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=shutil.ignore_patterns(*_NOT_SOURCE))
    target = ("--wheel-dir", str(folder), str(folder / "source"))
    done = _pip(sys.executable, "wheel", "--quiet", "--no-deps", *target)
    assert done.returncode == 0, done.stderr
    [built] = folder.glob("okazu-*.whl")
    return built


MakeEnvironment = Callable[..., Environment]


@pytest.fixture(scope="session")
def make_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeEnvironment:
    """Makes an empty environment and installs the wheel in it: `make_environment("train")`."""

    def make(*extras: str) -> Environment:
        folder = tmp_path_factory.mktemp("environment")
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        environment = Environment(folder / "bin")
        wanted = f"{wheel}[{','.join(extras)}]" if extras else str(wheel)
        constraints = ("--constraint", str(ROOT / "constraints.txt"))
        done = _pip(environment.python, "install", "--quiet", *constraints, wanted)
        assert done.returncode == 0, done.stderr
        return environment

    return make


@pytest.fixture(scope="session")
def light(make_environment: MakeEnvironment) -> Environment:
    """`pip install okazu`: what is needed to use models, and not to train them."""
    return make_environment()


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a tiny network, trained in the environment that the tests run in; read it only."""
    folder = tmp_path_factory.mktemp("trained")
    done = FULL.okazu(*TINY, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / str(json.loads(done.stdout)["run"])


def _pip(python: str | Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
