"""What is built for others to install: the wheel and the source distribution hold everything."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.helpers.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_ROOMS = ("models", "service", "training")
_BUILD = """
import sys
from setuptools import build_meta
print(getattr(build_meta, sys.argv[1])(sys.argv[2]))
"""


class Built(NamedTuple):
    """Names of the files in each distribution, and the wheel's metadata."""

    clone: set[str]
    sdist: set[str]
    wheel: set[str]
    wheel_from_sdist: set[str]
    metadata: str


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    if int(version("setuptools").partition(".")[0]) < 77:
        pytest.skip("setuptools 77 or newer builds Okazu: make setup")
    folder = tmp_path_factory.mktemp("build")
    names = _cloned(folder / "clone")
    sdist = _build("build_sdist", folder / "clone", folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
        members = {info.name.partition("/")[2] for info in archive if info.isfile()}
    extracted = folder / sdist.name.removesuffix(".tar.gz")
    wheel = _build("build_wheel", folder / "clone", folder)
    names_of_wheel, metadata = _listed(wheel)
    again = _build("build_wheel", extracted, folder / "from_sdist")
    return Built(names, members, names_of_wheel, _listed(again)[0], metadata)


def _cloned(folder: Path) -> set[str]:
    """Copies what a clone would have, with what is not committed yet."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        output = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no clone, so git cannot say what belongs to it")
    names = {name for name in output.stdout.split("\0") if name and (ROOT / name).is_file()}
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    return names


def _build(what: str, source: Path, into: Path) -> Path:
    into.mkdir(exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-c", _BUILD, what, str(into)]
    output = subprocess.run(command, cwd=source, capture_output=True, text=True, check=True)
    return into / output.stdout.split()[-1]


def _listed(wheel: Path) -> tuple[set[str], str]:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        return names, archive.read(metadata).decode()


@pytest.mark.slow
def test_a_wheel_has_all_that_the_rooms_have(built: Built) -> None:
    expected = {name for name in built.clone if name.startswith(tuple(f"{r}/" for r in _ROOMS))}
    assert {f"{room}/py.typed" for room in _ROOMS} <= expected
    of_rooms = {name for name in built.wheel if ".dist-info/" not in name}
    assert of_rooms == expected
    kinds = (".yaml", ".html", ".tsv", ".pb", "card.json")
    assert [kind for kind in kinds if not any(name.endswith(kind) for name in of_rooms)] == []


@pytest.mark.slow
def test_a_wheel_has_the_licence_and_says_which(built: Built) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in built.wheel)
    assert "License-Expression: Apache-2.0\n" in built.metadata
    assert "License-File: LICENSE\n" in built.metadata
    assert "Classifier: Typing :: Typed\n" in built.metadata


@pytest.mark.slow
def test_a_source_distribution_has_all_that_a_clone_has(built: Built) -> None:
    missing = built.clone - built.sdist - {".gitattributes", ".gitignore"}
    assert missing == set()


@pytest.mark.slow
def test_a_source_distribution_builds_the_same_wheel(built: Built) -> None:
    assert built.wheel_from_sdist == built.wheel


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_classifiers_name_the_pythons_that_are_allowed_and_tested() -> None:
    pythons = ["3.11", "3.12", "3.13"]
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    told = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if ":: 3." in line]
    assert told == pythons
    assert _workflow()["jobs"]["test"]["strategy"]["matrix"]["python"] == pythons


def test_the_workflow_runs_what_people_run() -> None:
    workflow = _workflow()
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["test"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [
        "make setup",
        "make check",
        "make test",
        "make test-system",
    ]


def _workflow() -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
