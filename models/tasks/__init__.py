"""The tasks: what a model of each takes and returns, and where each room's part of a task lies.

`NAMES` lists the tasks that come with Okazu, under the names that a recipe's `task` has. What
belongs to one of them lies in `models.tasks.<name>`, `training.tasks.<name>` and
`service.tasks.<name>`, and whatever works for every task finds it here, by its name.

Other distributions add tasks through the entry-point group `okazu.tasks`: the entry's name is the
task's, and its value is a package with the subpackages `models`, `training` and `service`.
"""

from __future__ import annotations

import functools
import importlib
from importlib.metadata import entry_points
from types import ModuleType
from typing import Literal

from models.errors import InvalidSetting

Room = Literal["models", "training", "service"]

ENTRY_POINTS = "okazu.tasks"
NAMES = ("image_classification", "tabular", "text_classification", "translation")


def task_names() -> tuple[str, ...]:
    """Return the names of all tasks: those that come with Okazu, then others in their order."""
    return (*NAMES, *_others())


def task_module(room: Room, task: object, part: str) -> ModuleType:
    """Import one module of a task.

    Args:
        room: Whose part of the task it is.
        task: Name of the task; anything else is refused.
        part: Name of the module in the task's package, `recipe` for example.

    Raises:
        InvalidSetting: The task is unknown.
    """
    return importlib.import_module(f"{_package(room, task)}.{part}")


def _package(room: Room, task: object) -> str:
    if task in NAMES:  # without looking through all that is installed
        return f"{room}.tasks.{task}"
    if isinstance(task, str) and task in _others():
        return f"{_others()[task]}.{room}"
    known = ", ".join(task_names())
    raise InvalidSetting(f"task: expected one of: {known}; received {task!r}")


@functools.cache
def _others() -> dict[str, str]:
    """Return the packages of installed distributions' tasks, by name; our own names stay ours."""
    found = sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name)
    return {entry.name: entry.value for entry in found if entry.name not in NAMES}
