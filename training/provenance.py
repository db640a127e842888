"""What a run records of its data and of the world that it ran in."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import Any

import keras

from models.settings import available_cores
from training.datasets.images import ImageDataset
from training.recipe import Recipe

_LIBRARIES = ("keras", "tensorflow", "jax", "numpy", "scikit-learn", "openvino", "okazu")


def describe(dataset: ImageDataset) -> dict[str, Any]:
    """The content of `data.json`: all that is needed of the data once training is over."""
    return {
        "name": dataset.name,
        "labels": list(dataset.labels),
        "input": dataset.input.model_dump(),
        "examples": {
            "train": len(dataset.train),
            "validation": len(dataset.validation),
            "test": len(dataset.test),
        },
        "fingerprint": dataset.fingerprint,
        "licence": dataset.licence,
        "source": dataset.source,
        "notes": list(dataset.notes),
    }


def environment(recipe: Recipe, dataset: ImageDataset) -> dict[str, Any]:
    """The content of `environment.json`: what a result depends on beside the recipe."""
    return {
        "libraries": library_versions(),
        "python": platform.python_version(),
        "backend": keras.backend.backend(),
        "machine": {"system": platform.platform(), "cores": available_cores()},
        "seed": recipe.fit.seed,
        "data_fingerprint": dataset.fingerprint,
        "command": sys.argv[1:],
    }


def library_versions() -> dict[str, str]:
    """Versions of the libraries that decide a model, those that are installed."""
    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
