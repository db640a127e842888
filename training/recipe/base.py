"""What the recipes of all tasks have in common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self, cast, get_args

from pydantic import Field, model_validator

from training.recipe.fit import Fit, Optimizer, Schedule
from training.recipe.search import SearchSpace
from training.recipe.section import Section

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"

# Dotted path of a field that says what kind its section is -> the kinds that there are.
Kinds = Mapping[str, Mapping[str, type[Section]]]


def members(union: Any, tag: str) -> dict[str, type[Section]]:
    """The sections of a union that a field tells apart, by that field's value."""
    union, _ = get_args(union)
    # A union of one is that one.
    sections = get_args(union) or (union,)
    return {
        value: section
        for section in sections
        for value in get_args(section.model_fields[tag].annotation)
    }


class Architecture(Section):
    """A `model` section; `architecture` says what kind it is."""

    architecture: str

    @property
    def has_weights_to_start_from(self) -> bool:
        """Whether the network is built with weights that somebody trained before."""
        return False


class Data(Section):
    """What is learned from, and how it is split.

    Attributes:
        task: The kind of recipe that a subclass is for.
    """

    task: ClassVar[str]

    dataset: str = Field(description="a name that `okazu datasets` lists")
    path: Path | None = Field(
        default=None, description="a local copy, in a layout of the data set; see docs/data.md"
    )
    test_fraction: float = Field(default=0.2, gt=0, lt=1, description="where no test set is given")
    validation_fraction: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        description="of what is not test, where none is given; for early stopping, calibration",
    )
    split_seed: int = Field(default=0, ge=0)


class Recipe(Section):
    """Everything that decides what a training job does.

    Each task has a subclass, which says more closely what `data` and `model` are and may add
    sections of its own; `task` tells them apart.

    Attributes:
        kinds: The fields that say what kind their section is.
    """

    kinds: ClassVar[Kinds] = {
        "fit.optimizer.name": members(Optimizer, "name"),
        "fit.schedule.name": members(Schedule, "name"),
    }

    name: str = Field(pattern=NAME_PATTERN)
    description: str = ""
    limits: str = Field(default="", description="what the model will not know; goes on its card")
    model_name: str | None = Field(
        default=None,
        pattern=NAME_PATTERN,
        description="the name it is exported under, if not the data set's",
    )
    task: str
    data: Data
    model: Architecture
    fit: Fit = Fit()
    search: dict[str, SearchSpace] = Field(
        default_factory=dict, description="dotted recipe path -> what `okazu tune` tries there"
    )

    @model_validator(mode="after")
    def _only_what_is_pretrained_is_fine_tuned(self) -> Self:
        if self.fit.fine_tune and not self.model.has_weights_to_start_from:
            raise ValueError(
                "fit.fine_tune: expected architecture pretrained with weights to start from,"
                f" received {self.model.architecture}; leave fine_tune out"
            )
        return self

    @property
    def export_name(self) -> str:
        return self.model_name or self.data.dataset

    @classmethod
    def data_section(cls, content: Mapping[str, Any]) -> Data:
        """The `data` section of a recipe of this task, from a model's card or a run."""
        section = cast(type[Data], cls.model_fields["data"].annotation)
        return section.model_validate(content)
