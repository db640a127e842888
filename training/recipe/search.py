"""The `search` section: what `okazu tune` tries."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from training.recipe.section import Section

TunerName = Literal["hyperband", "bayesian", "random"]


class Choice(Section):
    """A field that takes one of these values."""

    values: list[Any] = Field(min_length=1)


class Range(Section):
    """A number between two bounds, both included; whole where the bounds and the step are."""

    min: int | float
    max: int | float
    step: int | float | None = Field(default=None, gt=0)
    scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min >= self.max:
            raise ValueError(f"expected min below max, received {self.min} and {self.max}")
        if self.scale == "log" and self.min <= 0:
            raise ValueError(f"a logarithmic scale needs min above 0, received {self.min}")
        return self

    @property
    def whole(self) -> bool:
        numbers = (self.min, self.max, self.step or 1)
        return all(isinstance(number, int) for number in numbers)


def _kind_of_space(space: object) -> str:
    """Which of the two a space is meant to be, so that its errors speak of that one."""
    given = space if isinstance(space, dict) else getattr(space, "__dict__", {})
    return "choice" if "values" in given else "range"


SearchSpace = Annotated[
    Annotated[Choice, Tag("choice")] | Annotated[Range, Tag("range")],
    Discriminator(_kind_of_space),
]
