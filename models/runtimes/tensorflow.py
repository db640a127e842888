"""The TensorFlow runtime: the SavedModel's own function; for GPUs, and the reference.

Never `model.predict`: it costs 40 ms a call where the function costs 3 ms.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from models.card import ModelCard
from models.environment.extras import import_failure, is_installed
from models.errors import RuntimeUnavailable, RuntimeUnusable
from models.runtimes import Runner, Tensors
from models.runtimes.import_tensorflow import import_tensorflow
from models.settings import ModelSettings

if TYPE_CHECKING:
    import tensorflow as tf


def load(path: Path, card: ModelCard, settings: ModelSettings) -> Runner:
    """Loads a SavedModel directory; see `models.runtimes`."""
    if not is_installed("tensorflow"):
        raise RuntimeUnusable("the tensorflow runtime is not installed: pip install 'okazu[train]'")
    try:
        tf = import_tensorflow()
    except Exception as error:  # a broken installation raises whatever its parts raise
        raise RuntimeUnusable(
            f"tensorflow is installed, but cannot be imported: {import_failure(error)}"
        ) from None
    with contextlib.suppress(RuntimeError):  # too late once TensorFlow has computed anything
        tf.config.threading.set_intra_op_parallelism_threads(settings.thread_count)
    try:
        loaded = tf.saved_model.load(str(path))
        function = loaded.signatures["serving_default"]
    except Exception as error:
        first_line = str(error).strip().splitlines()[0]
        raise RuntimeUnavailable(f"tensorflow cannot run {card.name}: {first_line}") from None
    return TensorFlowRunner(tf, loaded, function)


class TensorFlowRunner:
    """The `serving_default` function of a loaded SavedModel."""

    def __init__(self, tensorflow: Any, loaded: Any, function: tf.types.ConcreteFunction) -> None:
        self._tensorflow = tensorflow
        self._loaded = loaded  # owns the variables that the function reads
        self._function = function

    def __call__(self, batch: Tensors, /) -> dict[str, NDArray[Any]]:
        convert = self._tensorflow.convert_to_tensor
        results = self._function(**{name: convert(array) for name, array in batch.items()})
        return {name: tensor.numpy() for name, tensor in results.items()}
