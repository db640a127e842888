"""Importing TensorFlow without its start-up chatter.

TensorFlow's libraries write to the process's standard error before any of its settings can reach
them, so that one moment is muted at the file-descriptor level. What it says later, and every
Python error, is heard as usual.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
from types import ModuleType

from models.environment.privacy import no_traces_of_keras


@contextlib.contextmanager
def _muted_standard_error() -> Iterator[None]:
    sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:  # there is no standard error to mute
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


@contextlib.contextmanager
def _without_jax() -> Iterator[None]:
    """Lets JAX seem to be missing, unless Keras, which TensorFlow imports, is to compute by it."""
    if "jax" in sys.modules or os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        yield
        return
    sys.modules["jax"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["jax"]


def import_tensorflow() -> ModuleType:
    """Imports TensorFlow and makes it start up, quietly.

    JAX stays out of it: TensorFlow Lite imports it where it is installed, for a converter, and
    takes half a second longer.

    Raises:
        ImportError: TensorFlow is not installed.
    """
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _muted_standard_error(), _without_jax(), no_traces_of_keras():
        tensorflow = importlib.import_module("tensorflow")
        tensorflow.config.list_physical_devices()
    return tensorflow
