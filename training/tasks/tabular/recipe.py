"""Recipes of models of tables."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from training.architectures.options import TableMlpOptions
from training.recipe.base import Data, Kinds, Recipe


class TableData(Data):
    """A table, which of its columns is predicted, and from which others."""

    task: ClassVar[str] = "tabular"

    target_column: str | None = Field(
        default=None, description="of a file: the column that is predicted"
    )
    target: Literal["auto", "class", "number"] = Field(
        default="auto", description="what is predicted; docs/data.md says what auto takes it for"
    )
    columns: list[str] | None = Field(
        default=None, min_length=1, description="to predict from; all others, if not said"
    )
    column_types: dict[str, Literal["number", "category"]] = Field(
        default_factory=dict, description="of columns that are not what they look like"
    )


class TabularRecipe(Recipe):
    """A recipe of `task: tabular`."""

    kinds: ClassVar[Kinds] = {"model.architecture": {"mlp": TableMlpOptions}, **Recipe.kinds}

    task: Literal["tabular"]
    data: TableData
    model: TableMlpOptions


RECIPE = TabularRecipe
