"""The OpenVINO runtime: reads the SavedModel directory itself, without TensorFlow.

The default on a CPU. Under another memory allocator than the C library's it ends the process
(`free(): invalid pointer`, OpenVINO 2026.4), so there it is refused before it is imported.
"""

from __future__ import annotations

import functools
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.environment.extras import import_failure, is_installed
from models.errors import RuntimeUnavailable, RuntimeUnusable
from models.runtimes import Runner, Tensors
from models.settings import ModelSettings

if TYPE_CHECKING:
    import openvino

_OTHER_ALLOCATORS = re.compile(r"[^\s:/]*(?:jemalloc|tcmalloc)[^\s:/]*")


def _expect_the_usual_allocator() -> None:
    if other := _OTHER_ALLOCATORS.search(os.environ.get("LD_PRELOAD", "")):
        raise RuntimeUnusable(
            f"the openvino runtime does not work with {other[0]}, which LD_PRELOAD names; expected"
            " LD_PRELOAD for training alone"
        )


@functools.cache
def _core() -> openvino.Core:
    if not is_installed("openvino"):
        raise RuntimeUnusable("the openvino runtime is not installed: pip install openvino")
    try:
        import openvino

        return openvino.Core()
    except Exception as error:  # a broken installation raises whatever its parts raise
        raise RuntimeUnusable(
            f"openvino is installed, but cannot be imported: {import_failure(error)}"
        ) from None


def load(path: Path, card: ModelCard, settings: ModelSettings) -> Runner:
    """Loads a SavedModel directory; see `models.runtimes`."""
    _expect_the_usual_allocator()
    core = _core()
    configuration = {
        # Left alone, OpenVINO takes bfloat16 where the CPU has it.
        "INFERENCE_PRECISION_HINT": settings.precision,
        "INFERENCE_NUM_THREADS": settings.thread_count,
        "PERFORMANCE_HINT": "LATENCY",
        # Threads bound to cores fight with other processes for them in a container.
        "ENABLE_CPU_PINNING": False,
    }
    try:
        compiled = core.compile_model(core.read_model(str(path)), "CPU", configuration)
    except RuntimeError as error:
        first_line = str(error).strip().splitlines()[-1]
        raise RuntimeUnavailable(f"openvino cannot run {card.name}: {first_line}") from None
    return OpenVinoRunner(compiled)


class OpenVinoRunner:
    """A compiled model, with one inference request for each thread that calls it."""

    def __init__(self, compiled: openvino.CompiledModel) -> None:
        self._compiled = compiled
        self._outputs = [(output.get_any_name(), output) for output in compiled.outputs]
        self._local = threading.local()

    def __call__(self, batch: Tensors, /) -> dict[str, NDArray[Any]]:
        try:
            request = self._local.request
        except AttributeError:
            request = self._local.request = self._compiled.create_infer_request()
        results = request.infer(dict(batch), share_inputs=True, share_outputs=True)
        # The request's own memory is overwritten by its next call.
        return {name: np.array(results[output]) for name, output in self._outputs}
