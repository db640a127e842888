"""What a bento installs: all that the service imports, in the versions that are tested here."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator

import yaml

from service.bento.packing import COMMAND_LINE_PACKAGES, requirements
from tests.helpers.project import ROOT

# A model that OpenVINO cannot run falls back to it where it is installed.
OPTIONAL = {"tensorflow"}


def normalized(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


def project() -> str:
    return (ROOT / "pyproject.toml").read_text("utf-8")


def base_dependencies() -> set[str]:
    return {normalized(line) for line in tomllib.loads(project())["project"]["dependencies"]}


def bentofile_packages() -> list[str]:
    content = yaml.safe_load((ROOT / "bentofile.yaml").read_text("utf-8"))
    packages: list[str] = content["python"]["packages"]
    return packages


def imported() -> Iterator[str]:
    for room in ("models", "service"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    yield from (alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    yield node.module.partition(".")[0]


def test_the_bentofile_lists_the_base_dependencies() -> None:
    listed = {normalized(package) for package in bentofile_packages()}
    assert listed == base_dependencies() - COMMAND_LINE_PACKAGES


def test_the_command_lines_packages_are_those_of_its_group() -> None:
    group = project().partition("# The command line.\n")[2].partition("]")[0]
    assert {normalized(name) for name in re.findall(r'"(.+?)"', group)} == COMMAND_LINE_PACKAGES


def test_whatever_the_service_imports_is_listed() -> None:
    distributions = importlib.metadata.packages_distributions()
    listed = {normalized(package) for package in bentofile_packages()}
    foreign = set(imported()) - sys.stdlib_module_names - {"models", "service"} - OPTIONAL
    assert "sentencepiece" in foreign
    for module in foreign:
        assert {normalized(name) for name in distributions[module]} & listed, module


def test_okazu_bento_asks_for_the_same_packages_as_they_are_installed() -> None:
    named = {normalized(line): line.partition("==")[2] for line in requirements()}
    assert named.keys() == {normalized(package) for package in bentofile_packages()}
    assert all(importlib.metadata.version(name) == version for name, version in named.items())
