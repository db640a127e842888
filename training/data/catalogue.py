"""The data sets that recipes name: the lists of all tasks together, and loading one of them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from models.errors import InvalidSetting
from models.tasks import task_names
from training.contract.dataset import DatasetInfo
from training.data.messages import notice
from training.recipe import Data
from training.tasks import dataset_infos, dataset_module


@functools.cache
def datasets() -> Mapping[str, tuple[str, DatasetInfo]]:
    """Return every data set's task and what it is, by its name."""
    return {
        name: (task, info) for task in task_names() for name, info in dataset_infos(task).items()
    }


def load_dataset(data: Data) -> Any:
    """Load and split the data set that a recipe names; say on standard error what is odd in it.

    Returns:
        The data set, of the task's own class.

    Raises:
        InvalidSetting: There is no such data set for the recipe's task, or it cannot be had as the
            recipe asks.
        OkazuError: It cannot be downloaded, read or stored.
    """
    infos = dataset_infos(data.task)
    if data.dataset not in infos:
        raise InvalidSetting(_expected(data, infos))
    dataset = dataset_module(data.task, infos[data.dataset].module).load(data)
    for note in dataset.notes:
        notice(f"{dataset.name}: {note}")
    return dataset


def _expected(data: Data, infos: Mapping[str, DatasetInfo]) -> str:
    message = f"data.dataset: expected one of: {', '.join(infos)}; received {data.dataset!r}"
    if data.dataset in datasets():
        return f"{message}, which is for task {datasets()[data.dataset][0]}"
    return message
