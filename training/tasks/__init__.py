"""The tasks: one folder for each, with everything in training that only this task needs.

What works for every task finds a task's parts here, by the task's name; nothing of a task is
imported before it is asked for. A task's package has these modules:

- `recipe`, with its class of recipe as `RECIPE`; it imports neither Keras nor NumPy;
- `data`, a package with its data sets as `DATASETS`, a module for each;
- `task`, with its `Task` as `TASK`;
- `files`, with its `TaskFiles` as `FILES`.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from models.tasks import task_module

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training.contract.dataset import DatasetInfo
    from training.contract.files import TaskFiles
    from training.contract.task import Task
    from training.recipe import Recipe


def recipe_class(task: object) -> type[Recipe]:
    """Return the class of a task's recipes.

    Raises:
        InvalidSetting: The task is unknown.
    """
    schema: type[Recipe] = task_module("training", task, "recipe").RECIPE
    return schema


def dataset_infos(task: str) -> Mapping[str, DatasetInfo]:
    """Return what a task's data sets are, by their names."""
    infos: Mapping[str, DatasetInfo] = task_module("training", task, "data").DATASETS
    return infos


def dataset_module(task: str, name: str) -> ModuleType:
    """Import the module that loads one of a task's data sets."""
    return task_module("training", task, f"data.{name}")


def task_of(recipe: Recipe) -> Task[Any, Any]:
    """Return the task that a recipe is for."""
    task: Task[Any, Any] = task_module("training", recipe.task, "task").TASK
    return task


def files_of(task: str) -> TaskFiles:
    """Return a task's way with files."""
    files: TaskFiles = task_module("training", task, "files").FILES
    return files
