"""The recipe: one typed object drives a job, from the data to the last metric.

A recipe is a YAML file; `--set fit.epochs=5` overrides any field by the same validation. A
hyperparameter, its field here and the argument of the function that it reaches have one name.

Each task has its own class of recipe, in a module of its own; they share what is in `base`.
"""

from __future__ import annotations

from training.recipe.base import Data, Kinds, Recipe
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
from training.recipe.images import (
    Augment,
    ImageData,
    ImageRecipe,
    Measurement,
    TestTimeAugmentation,
)
from training.recipe.search import Choice, Range, SearchSpace, TunerName
from training.recipe.tables import TableData, TabularRecipe
from training.recipe.texts import TextAugment, TextData, TextRecipe
from training.recipe.translation import PairAugment, PairData, SubwordsSection, TranslationRecipe

__all__ = [
    "RECIPES",
    "Augment",
    "Choice",
    "Constant",
    "Cosine",
    "Data",
    "EarlyStopping",
    "Exponential",
    "FineTune",
    "Fit",
    "ImageData",
    "ImageRecipe",
    "InverseSquareRoot",
    "Kinds",
    "Measurement",
    "OneCycle",
    "Optimizer",
    "PairAugment",
    "PairData",
    "Range",
    "Recipe",
    "Schedule",
    "SearchSpace",
    "Step",
    "SubwordsSection",
    "TableData",
    "TabularRecipe",
    "TestTimeAugmentation",
    "TextAugment",
    "TextData",
    "TextRecipe",
    "TranslationRecipe",
    "TunerName",
]

# `task` -> the recipes of that task
RECIPES: dict[str, type[Recipe]] = {
    "image_classification": ImageRecipe,
    "tabular": TabularRecipe,
    "text_classification": TextRecipe,
    "translation": TranslationRecipe,
}
