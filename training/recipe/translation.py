"""Recipes of translators."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from training.recipe.base import Data

class PairData(Data):
    """Sentences and their translations, and which other sets are learned from at the same time."""

    task: ClassVar[str] = "translation"

    source: LanguageCode = Field(default="en", description="the language that is translated")
    target: LanguageCode = Field(default="fr", description="the language that it is put into")
    also: list[str] = Field(
        default_factory=list,
        description="other data sets of the same languages, learned from at the same time",
    )
    test_examples: int | None = Field(
        default=None,
        ge=1,
        description="sentences held out for the test, in place of test_fraction; of tatoeba 2,000,"
        " if not said",
    )
    validation_examples: int | None = Field(
        default=None,
        ge=1,
        description="the same for validation, in place of validation_fraction; of tatoeba 1,000",
    )
    max_words: int | None = Field(
        default=None,
        ge=1,
        description="of a sentence on either side; longer pairs leave the training part",
    )
    max_length_ratio: float | None = Field(
        default=5.0,
        gt=1,
        description="how many times as long the longer sentence of a pair may be, in characters"
        " with ten more on each side; other pairs leave the training part",
    )
    examples: int = Field(
        default=50_000, ge=1000, le=500_000, description="of phrases: how many are made, all parts"
    )

    @model_validator(mode="after")
    def _languages_differ(self) -> Self:
        if self.source == self.target:
            raise ValueError(f"target: expected another language than source, {self.source}")
        return self
