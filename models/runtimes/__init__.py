"""What runs a model: one small interface, one file per runtime.

A runtime is a module with `load(path, card, settings) -> Runner`. It raises `RuntimeUnavailable`
where its library is not installed or cannot run the model; nothing is imported before that.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from numpy.typing import NDArray

from models.card import ModelCard
from models.settings import ModelSettings

RuntimeName = Literal["openvino", "tensorflow"]
Tensors = Mapping[str, NDArray[Any]]

# In the order in which they are tried.
RUNTIMES: tuple[RuntimeName, ...] = ("openvino", "tensorflow")


class Runner(Protocol):
    """A loaded model: named input tensors in, named output tensors out.

    The first axis of every tensor is the batch, of any size from 1. A runner may be called from
    several threads, and does not keep or change the arrays that it is given.
    """

    def __call__(self, batch: Tensors, /) -> dict[str, NDArray[Any]]: ...


def load_runner(
    runtime: RuntimeName, path: Path, card: ModelCard, settings: ModelSettings
) -> Runner:
    """Loads a model into a runtime.

    Raises:
        RuntimeUnavailable: The runtime is not installed, or cannot run this model.
    """
    module = importlib.import_module(f"models.runtimes.{runtime}")
    return cast(Runner, module.load(path, card, settings))
