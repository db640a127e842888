"""Sets that are learned from beside the one that a recipe names: `data.also`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from models.errors import InvalidSetting
from training.tasks import dataset_infos, dataset_module


def modules_beside(
    first: str, task: str, also: Sequence[str], own: str
) -> Iterator[tuple[str, Any]]:
    """The modules of the sets that a recipe names in `also`, each with its name.

    Args:
        first: The set that they stand beside.
        task: Of the recipe.
        also: As the recipe has it.
        own: The task's set of own files; it needs a path, so it can only be the first.

    Raises:
        InvalidSetting: A name is none of the task's, or comes twice.
    """
    infos = dataset_infos(task)
    known = [name for name in infos if name not in (own, first)]
    for position, name in enumerate(also):
        if name not in known or name in also[:position]:
            raise InvalidSetting(
                f"data.also: expected each once of: {', '.join(known)}; received {name!r}"
            )
        yield name, dataset_module(task, infos[name].module)


def joined(names: Sequence[str], parts: Sequence[str]) -> str:
    """What is said of each of several sets, with its name; of a single one as it is."""
    if len(names) == 1:
        return parts[0]
    return "; ".join(f"{name}: {part}" for name, part in zip(names, parts, strict=True))
