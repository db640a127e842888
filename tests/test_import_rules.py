"""Three rooms, one direction: what may import what, and what must stay unloaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.project import ROOT


def imported_by(room: str) -> Iterator[tuple[Path, str]]:
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name.split(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield path, node.module.split(".")[0]


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("models", {"training", "service", "bentoml", "keras"}),
        ("training", {"service", "bentoml"}),
        ("service", {"training", "tensorflow", "keras", "keras_tuner", "sklearn"}),
    ],
)
def test_a_room_imports_only_what_it_may(room: str, forbidden: set[str]) -> None:
    found = list(imported_by(room))
    assert found
    assert [(path.name, name) for path, name in found if name in forbidden] == []


def test_a_task_imports_no_other_task_of_any_room() -> None:
    """Within one room import-linter sees to that; this is for a task and another room's tasks."""
    found = []
    for path in ROOT.glob("*/tasks/*/**/*.py"):
        task = path.relative_to(ROOT).parts[2]
        if path.relative_to(ROOT).parts[0] not in ("models", "training", "service"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = (getattr(node, "module", None) or "").split(".")
            if isinstance(node, ast.ImportFrom) and parts[1:2] == ["tasks"] and len(parts) > 2:
                found.append((path.name, task, parts[2]))
    assert len(found) > 100
    assert [(name, task, other) for name, task, other in found if task != other] == []


@pytest.mark.parametrize(("room", "most"), [("training", 3), ("models", 6), ("service", 6)])
def test_a_room_has_few_files_beside_its_folders(room: str, most: int) -> None:
    flat = {path.stem for path in (ROOT / room).glob("*.py")} - {"__init__", "__main__"}
    assert len(flat) <= most, sorted(flat)


@pytest.mark.parametrize(
    ("module", "unloaded"),
    [
        ("training.cli.app", {"keras", "tensorflow", "sklearn", "bentoml", "openvino"}),
        ("training.recipe.loading", {"keras", "tensorflow", "numpy"}),
        ("models.artifact.loading", {"keras", "tensorflow", "openvino", "bentoml"}),
        ("service.app", {"keras", "tensorflow", "training"}),
    ],
)
def test_importing_is_cheap(module: str, unloaded: set[str]) -> None:
    program = f"import sys, {module}; print(*sorted(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert unloaded & set(result.stdout.split()) == set()
