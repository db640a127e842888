"""Libraries that report usage or write into the home folder, kept from doing so.

Importing `models` opts out, so every importer of OpenVINO or BentoML in this project has done it
before. Keras and Matplotlib write when they are imported, so `models.runtimes.import_tensorflow`
and `training.fitting.backend` import them inside `no_traces_of_keras`.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


def opt_out() -> None:
    """Turn off the usage reports of OpenVINO and BentoML, for this process and those it starts."""
    # OpenVINO reports each import unless a file in the home folder says no. It takes a stub of its
    # own (openvino.tools.ovc.telemetry_stub) where its telemetry package cannot be imported.
    if "openvino" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"  # "1" is not understood
    # `bentoml serve` asks, and remembers the answer, before it imports the service.
    if reports := sys.modules.get("bentoml._internal.utils.analytics.usage_stats"):
        reports.do_not_track.cache_clear()


@contextlib.contextmanager
def temporary_home(variable: str) -> Iterator[None]:
    """Give a library a settings folder that is removed when the block ends.

    Args:
        variable: Environment variable that names the library's folder. If the user has set it,
            that folder is used instead.
    """
    if os.environ.get(variable):
        yield
        return
    with contextlib.ExitStack() as stack:
        try:
            home = stack.enter_context(tempfile.TemporaryDirectory(prefix="okazu-"))
        except OSError:  # nothing can be written, so nothing will be
            home = os.devnull
        os.environ[variable] = home
        try:
            yield
        finally:
            del os.environ[variable]


@contextlib.contextmanager
def no_traces_of_keras() -> Iterator[None]:
    """Keep Keras, and Matplotlib, which it imports, from writing while they are imported.

    Keras writes `keras.json`, Matplotlib a list of the fonts. Where Matplotlib has such a list
    already it is read, since making one takes seconds if there are many fonts.
    """
    if "keras" in sys.modules:
        yield
        return
    fonts = contextlib.nullcontext() if _has_font_list() else temporary_home("MPLCONFIGDIR")
    with temporary_home("KERAS_HOME"), fonts:
        yield
    if "KERAS_HOME" not in os.environ and (config := sys.modules.get("keras.src.backend.config")):
        # Where Keras looks for downloaded weights: the usual place, not the removed folder.
        config._KERAS_DIR = os.path.join(os.path.expanduser("~"), ".keras")  # type: ignore[attr-defined]  # noqa: PTH111, PTH118


def _has_font_list() -> bool:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111
    return any((cache / "matplotlib").glob("fontlist-*.json"))
