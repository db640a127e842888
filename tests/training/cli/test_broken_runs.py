"""A run folder whose files are not what was written: one line, whichever command meets it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.running import Okazu
from training.run.folder import RunFolder


def remove(path: Path) -> None:
    path.unlink()


def tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])


def replace_by_a_list(path: Path) -> None:
    path.write_text("[]")


def empty_object(path: Path) -> None:
    path.write_text("{}")


def other_types(path: Path) -> None:
    content = json.loads(path.read_text())
    path.write_text(json.dumps({key: [value] for key, value in content.items()}))


def other_shape(path: Path) -> None:
    np.savez(path, image=np.zeros((2, 3, 3, 1), np.uint8))


DAMAGE: dict[str, Callable[[Path], None]] = {
    "missing": remove,
    "torn": tear,
    "list": replace_by_a_list,
    "incomplete": empty_object,
    "types": other_types,
}
CASES = [
    *((command, "metrics.json", damage) for command in ("evaluate", "export") for damage in DAMAGE),
    *(("resume", "metrics.json", damage) for damage in ("torn", "list", "incomplete", "types")),
    ("report", "metrics.json", "incomplete"),
    ("report", "data.json", "types"),
    ("evaluate", "data.json", "incomplete"),
    ("evaluate", "data.json", "missing"),
    ("export", "data.json", "types"),
    ("export", "environment.json", "incomplete"),
    ("export", "environment.json", "missing"),
    ("report", "environment.json", "torn"),
    ("report", "history.csv", "incomplete"),
    ("export", "samples.npz", "missing"),
    ("export", "samples.npz", "torn"),
    ("evaluate", "recipe.yaml", "list"),
]


@pytest.fixture
def run_copy(trained_run: RunFolder, tmp_path: Path) -> Path:
    copy = tmp_path / "run"
    shutil.copytree(trained_run.path, copy)
    return copy


@pytest.mark.parametrize(("command", "file", "damage"), CASES)
def test_a_broken_file_is_one_line(
    okazu: Okazu, run_copy: Path, command: str, file: str, damage: str
) -> None:
    DAMAGE[damage](run_copy / file)
    finished = okazu(command, run_copy)
    assert finished.code == 2, finished.err
    last = finished.err.splitlines()[-1]
    assert last.startswith("okazu: ")
    assert file in last
    assert finished.out == ""


def test_samples_of_another_shape_are_told(okazu: Okazu, run_copy: Path) -> None:
    other_shape(run_copy / "samples.npz")
    finished = okazu("export", run_copy)
    assert finished.code == 2
    assert "expected shapes (8, 8, 1), received (3, 3, 1)" in finished.err


@pytest.mark.slow
def test_resume_makes_a_removed_file_anew(okazu: Okazu, run_copy: Path) -> None:
    before = json.loads((run_copy / "metrics.json").read_text())["metrics"]
    (run_copy / "metrics.json").write_text("{")
    refused = okazu("resume", run_copy)
    assert f"remove it, and `okazu resume {run_copy}` makes it anew" in refused.err
    (run_copy / "metrics.json").unlink()
    finished = okazu("resume", run_copy, "--json")
    assert finished.code == 0, finished.err
    assert json.loads(finished.out)["metrics"] == before
