"""Starting Keras: backend, seed, determinism and precision, before any of it is used."""

from __future__ import annotations

import contextlib
import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from models.environment.extras import expect_installed, import_failure, missing_package
from models.environment.privacy import no_traces_of_keras
from models.errors import OkazuError
from models.runtimes.import_tensorflow import import_tensorflow

if TYPE_CHECKING:
    from training.recipe import Fit

BACKEND_VARIABLE = "KERAS_BACKEND"


def start_keras(backend: str | None = None) -> str:
    """Imports Keras on a backend: the one named, else `KERAS_BACKEND`'s, else TensorFlow.

    Returns:
        The backend's name.

    Raises:
        PackageMissing: What training needs is not installed.
        OkazuError: It is installed, but cannot be imported.
    """
    name = backend or os.environ.get(BACKEND_VARIABLE) or "tensorflow"
    expect_installed("tensorflow", "keras", name)
    os.environ[BACKEND_VARIABLE] = name
    try:
        # Whatever the backend: Keras seeds TensorFlow, and writes for TensorBoard by it.
        tensorflow = import_tensorflow()
        if name != "tensorflow":
            tensorflow.config.set_visible_devices([], "GPU")  # else it takes the memory of all
        with no_traces_of_keras():
            import keras

            _import_matplotlib()
    except Exception as error:  # a broken installation raises whatever its parts raise
        raise _broken(name, error) from None
    return str(keras.backend.backend())


def _broken(name: str, error: Exception) -> OkazuError:
    missing = missing_package(error) if isinstance(error, ImportError) else None
    return missing or OkazuError(
        f"the Keras backend {name} cannot be imported: {import_failure(error)}"
    )


def _import_matplotlib() -> None:
    """Imports what reports are drawn with, while its list of fonts goes to a temporary folder."""
    with contextlib.suppress(Exception):  # told where it is used
        importlib.import_module("matplotlib.font_manager")


def prepare_training(fit: Fit) -> None:
    """Makes what follows repeatable, and sets the precision that a recipe asks for."""
    import keras

    keras.utils.set_random_seed(fit.seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.experimental.enable_op_determinism()
    keras.config.set_dtype_policy(precision_policy(fit.mixed_precision))


def precision_policy(requested: str) -> str:
    """The Keras policy for a recipe's `fit.mixed_precision`."""
    if requested != "auto":
        return requested
    return "mixed_bfloat16" if has_gpu() or has_bfloat16_matrices() else "float32"


def has_bfloat16_matrices(cpu_info: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies bfloat16 matrices (Intel's AMX), and TensorFlow uses it.

    Such a processor trains convolutional networks two to three times as fast in bfloat16; others,
    where bfloat16 is made of float32, may be slower in it.
    """
    import keras

    try:
        flags = cpu_info.read_text()
    except OSError:  # not Linux
        return False
    return keras.backend.backend() == "tensorflow" and "amx_bf16" in flags.split()


def has_gpu() -> bool:
    """Whether the Keras backend computes on a GPU."""
    import keras

    return any("gpu" in device.lower() for device in keras.distribution.list_devices())
