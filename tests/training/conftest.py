"""Tests of the training room keep downloads and decoded images to themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.datasets.downloads import DATA_VARIABLE


@pytest.fixture(autouse=True)
def data_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where `OKAZU_DATA_DIR` points; empty at first."""
    path = tmp_path / "data-directory"
    monkeypatch.setenv(DATA_VARIABLE, str(path))
    return path
