"""Commands meet the tiny run and the model exported from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.data.catalogue import load_dataset
from training.run.folder import RunFolder


@pytest.fixture(autouse=True)
def _zoo(exported_zoo: Path, monkeypatch: pytest.MonkeyPatch, trained_run: RunFolder) -> None:
    monkeypatch.setenv("OKAZU_ZOO", str(exported_zoo))
    monkeypatch.setenv("OKAZU_SHIPPED_MODELS", "false")
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
