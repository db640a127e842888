"""Recipes of text classifiers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from models.texts.ngram_rule import NgramRule
from training.architectures.options import TextModelOptions
from training.recipe.base import Data, Kinds, Recipe, members
from training.recipe.section import Fraction, Section

_SETS = ("ngrams", "fasttext")  # architectures for which the order of ids is no matter
_WITHOUT_EMBEDDINGS = ("ngrams", "ngrams_regions")


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


class _Reading(Section):
    """How much of a text is read, see `models.texts.words.ReadingRule`."""

    kind: str
    max_tokens: int = Field(default=400, ge=1, le=20_000, description="the most words read")
    head: int | None = Field(
        default=None,
        ge=0,
        description="of a longer text, how many of its first words; the rest are its last."
        " Half of them, if not said",
    )
    lowercase: bool = True
    max_word_length: int = Field(default=40, ge=1, le=1000, description="characters")

    @model_validator(mode="after")
    def _head_is_read(self) -> Self:
        if self.head is not None and self.head > self.max_tokens:
            raise ValueError(
                f"head: expected at most max_tokens ({self.max_tokens}), received {self.head}"
            )
        return self


class Words(_Reading):
    """A word is an id; those of the training part that are frequent enough are known."""

    kind: Literal["words"]
    vocabulary_size: int = Field(default=30_000, ge=1, le=1_000_000, description="the most words")
    min_count: int = Field(default=2, ge=1, description="in the training part")


class HashedNgrams(_Reading):
    """An n-gram is an id by its hash, see `models.texts.tokenizers.NgramTokenizer`."""

    kind: Literal["hashed_ngrams"]
    buckets: int = Field(
        default=2**20, ge=2, le=2**NgramRule.MOST_BITS, description="a power of two"
    )
    word_ngrams: int = Field(default=2, ge=1, le=8, description="the most words of an n-gram")
    character_ngrams: Literal[0] | tuple[int, int] = Field(
        default=0, description="the fewest and the most characters of a part of a word; 0 for none"
    )
    character_words: int | None = Field(
        default=None,
        ge=1,
        description="the most words of a text of which parts of words are read; any number, if not"
        " said. Keeps the buckets for short texts, to which such parts matter",
    )
    distinct: bool = Field(default=False, description="whether repetitions in a text are dropped")

    @model_validator(mode="after")
    def _tokenizer_takes_it(self) -> Self:
        checked = self.model_dump(include={"buckets", "character_ngrams", "character_words"})
        NgramRule(max_tokens=1, head=0, **checked)
        return self


TokenizerSection = Annotated[Words | HashedNgrams, Field(discriminator="kind")]


class TextAugment(Section):
    """Random changes of the training texts; none of them is in the exported model."""

    word_dropout: Fraction = Field(
        default=0, description="share of words, or of n-grams, that the network does not see"
    )
    adversarial_noise: float = Field(
        default=0,
        ge=0,
        le=100,
        description="length of the worst move of a text's embeddings, which is learned from too"
        " (Miyato et al. 2017); 0 for none",
    )


class TextRecipe(Recipe):
    """A recipe of `task: text_classification`."""

    kinds: ClassVar[Kinds] = {
        "model.architecture": members(TextModelOptions, "architecture"),
        "tokenizer.kind": members(TokenizerSection, "kind"),
        **Recipe.kinds,
    }

    task: Literal["text_classification"]
    data: TextData
    tokenizer: TokenizerSection = Words(kind="words")
    model: TextModelOptions
    augment: TextAugment = TextAugment()

    @model_validator(mode="after")
    def _tokenizer_fits_the_architecture(self) -> Self:
        architecture = self.model.architecture
        if self.tokenizer.kind != "words" and architecture not in _SETS:
            raise ValueError(
                f"tokenizer.kind: {architecture} reads words in their order, expected words,"
                f" received {self.tokenizer.kind}; sets of n-grams are for {', '.join(_SETS)}"
            )
        if self.augment.adversarial_noise and architecture in _WITHOUT_EMBEDDINGS:
            raise ValueError(
                f"augment.adversarial_noise: {architecture} has no embeddings to move; leave it out"
            )
        return self


RECIPE = TextRecipe
