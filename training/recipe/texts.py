"""Recipes of text classifiers."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from training.recipe.base import Data


class TextData(Data):
    """Texts with labels, and which other sets are learned from at the same time."""

    task: ClassVar[str] = "text_classification"

    text_column: str | None = Field(default=None, description="of a file: the column of the texts")
    label_column: str | None = Field(default=None, description="of a file: the column of labels")
    also: list[str] = Field(
        default_factory=list,
        description="other data sets with the same labels, learned from at the same time",
    )
    fold: int | None = Field(
        default=None, ge=0, le=9, description="of mr: the tenth that is the test part"
    )
    examples: int = Field(
        default=10_000, ge=200, le=200_000, description="of reviews: how many are made, all parts"
    )

    @model_validator(mode="after")
    def _fields_are_of_the_data_set(self) -> Self:
        for field, owner in (("text_column", "text-csv"), ("label_column", "text-csv")):
            self._expect_owner(field, owner)
        self._expect_owner("fold", "mr")
        return self

    def _expect_owner(self, field: str, owner: str) -> None:
        if getattr(self, field) is not None and self.dataset != owner:
            raise ValueError(f"{field}: only {owner} has it, received dataset {self.dataset}")
