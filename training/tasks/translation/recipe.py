"""Recipes of translators."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from models.inputs import LanguageCode
from models.texts.inline_casing import Capitals
from training.architectures.options import Seq2SeqOptions
from training.recipe.base import Data, Kinds, Recipe, members
from training.recipe.fit import EarlyStopping, Fit
from training.recipe.section import Fraction, Section


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


class SubwordsSection(Section):
    """The vocabulary, one for both languages; see `learn_subwords`."""

    vocabulary_size: int = Field(
        default=8000, ge=300, le=100_000, description="pieces, all of them"
    )
    capitals: Capitals = Field(
        default="plain",
        description="plain: letters as they are; marked: a word with a capital first letter is read"
        " as the word in small letters and a sign, so that a sentence's first word is the same word"
        " as elsewhere",
    )
    longest: int = Field(
        default=128,
        ge=16,
        le=1024,
        description="the most ids of a sentence; longer pairs leave the training part, and longer"
        " sentences are cut before they are translated",
    )


class PairAugment(Section):
    """Random changes of the training pairs."""

    subword_sampling: float = Field(
        default=0,
        ge=0,
        le=10,
        description="sentences are cut into subwords in ways drawn with their probability to this"
        " power (Kudo 2018); 0.1 to 0.5 is usual, 0 for the best way alone",
    )
    placeholders: Fraction = Field(
        default=0,
        description="share of the pairs in which names and numbers become symbols that are copied,"
        " so that placeholders and mark-up come through a translation",
    )
    target_word_dropout: Fraction = Field(
        default=0,
        description="share of the target's ids that the decoder does not see before it predicts the"
        " next one, so that it looks at the source (Bowman et al. 2016, section 3.2)",
    )


class Decoding(Section):
    """How an exported translator searches; see `training.architectures.seq2seq.search`."""

    beam: int = Field(default=4, ge=1, le=64, description="hypotheses followed at a time")
    hypotheses: int = Field(
        default=4, ge=1, le=64, description="hypotheses answered, of which one is the translation"
    )
    length_penalty: float = Field(default=1.0, ge=0, le=10)
    no_repeat_ngram: int = Field(
        default=0, ge=0, le=16, description="no series of so many ids comes twice; 0 for no guard"
    )
    length_ratio: float = Field(
        default=1.5, ge=0, le=10, description="of the most ids of an answer to the sentence's"
    )
    length_extra: int = Field(default=10, ge=1, le=256, description="ids added to that")
    full_stop: bool = Field(
        default=False,
        description="whether a sentence without a final mark is asked with a full stop, or an"
        " English question with a question mark, which is taken off the translation",
    )
    attention: bool = Field(
        default=False,
        description="whether an exported model also answers how much each id of a hypothesis saw of"
        " each id of the sentence, which takes it longer",
    )

    @model_validator(mode="after")
    def _beam_holds_the_hypotheses(self) -> Self:
        if self.hypotheses > self.beam:
            raise ValueError(
                f"hypotheses: expected at most beam ({self.beam}), received {self.hypotheses}"
            )
        return self


class TranslationStopping(EarlyStopping):
    """See `EarlyStopping`."""

    monitor: Literal["val_loss", "val_bleu"] = "val_bleu"  # type: ignore[assignment]


class TranslationFit(Fit):
    """What is different where sentences are learned from."""

    batch_size: int = Field(default=1024, ge=1, le=65_536, description="the most pairs of a batch")
    batch_tokens: int = Field(
        default=2048,
        ge=16,
        le=1_000_000,
        description="ids of a batch on the longer side, padding counted",
    )
    loss: Literal["cross_entropy"] | None = None
    class_weights: Literal["none"] = "none"
    early_stopping: TranslationStopping | None = None


class TranslationRecipe(Recipe):
    """A recipe of `task: translation`."""

    kinds: ClassVar[Kinds] = {
        "model.architecture": members(Seq2SeqOptions, "architecture"),
        **Recipe.kinds,
    }

    task: Literal["translation"]
    data: PairData
    subwords: SubwordsSection = SubwordsSection()
    model: Seq2SeqOptions
    augment: PairAugment = PairAugment()
    fit: TranslationFit = TranslationFit()
    decoding: Decoding = Decoding()

    @model_validator(mode="after")
    def _there_is_attention_to_answer(self) -> Self:
        if self.decoding.attention and not getattr(self.model, "attention", True):
            raise ValueError("decoding.attention: expected a network with attention")
        return self


RECIPE = TranslationRecipe
