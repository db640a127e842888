"""The recipe: one typed object drives a job, from the data to the last metric.

A recipe is a YAML file; `--set fit.epochs=5` overrides any field by the same validation. A
hyperparameter, its field here and the argument of the function that it reaches have one name.

Here is what the recipes of all tasks share; each task's own class is in `training.tasks.<task>`.
"""

from __future__ import annotations

from training.recipe.base import Architecture, Data, Kinds, Recipe
from training.recipe.fit import (
    Constant,
    Cosine,
    EarlyStopping,
    Exponential,
    FineTune,
    Fit,
    InverseSquareRoot,
    OneCycle,
    Optimizer,
    Schedule,
    Step,
)
from training.recipe.search import Choice, Range, SearchSpace, TunerName

__all__ = [
    "Architecture",
    "Choice",
    "Constant",
    "Cosine",
    "Data",
    "EarlyStopping",
    "Exponential",
    "FineTune",
    "Fit",
    "InverseSquareRoot",
    "Kinds",
    "OneCycle",
    "Optimizer",
    "Range",
    "Recipe",
    "Schedule",
    "SearchSpace",
    "Step",
    "TunerName",
]
