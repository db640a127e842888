"""What a run records of its data and of the world that it ran in."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import keras

from models.settings import available_cores
from training.contract.dataset import Dataset
from training.recipe import Recipe
from training.run.records import DataRecord, Environment, Examples, Machine

_LIBRARIES = ("keras", "tensorflow", "jax", "numpy", "scikit-learn", "openvino", "okazu")


def describe(dataset: Dataset, described: Mapping[str, Any]) -> DataRecord:
    """The content of `data.json`.

    Args:
        dataset: Of any task.
        described: What its task says of it; see `Task.describe`.
    """
    examples = Examples(
        train=len(dataset.train), validation=len(dataset.validation), test=len(dataset.test)
    )
    return DataRecord(
        name=dataset.name,
        examples=examples,
        fingerprint=dataset.fingerprint,
        licence=dataset.licence,
        source=dataset.source,
        notes=dataset.notes,
        **described,
    )


def environment(recipe: Recipe, dataset: Dataset) -> Environment:
    """The content of `environment.json`."""
    return Environment(
        libraries=library_versions(),
        python=platform.python_version(),
        backend=keras.backend.backend(),
        machine=Machine(system=platform.platform(), cores=available_cores()),
        seed=recipe.fit.seed,
        data_fingerprint=dataset.fingerprint,
        command=tuple(sys.argv[1:]),
    )


def library_versions() -> dict[str, str]:
    """Versions of the libraries that decide a model, those that are installed."""
    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
