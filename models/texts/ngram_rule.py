"""Which n-grams of a text are read; without NumPy, since recipes are checked with it."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from models.texts.words import ReadingRule


class NgramRule(ReadingRule):
    """How many words and characters n-grams have, and into how many buckets they are hashed."""

    MOST_BITS: ClassVar[int] = 24

    buckets: int = Field(ge=2, le=2**MOST_BITS, description="a power of two")
    word_ngrams: int = Field(default=1, ge=1, le=8, description="the most words of an n-gram")
    character_ngrams: Literal[0] | tuple[int, int] = Field(
        default=0,
        description="the fewest and the most characters of the n-grams of '<word>'; 0 for none",
    )
    character_words: int | None = Field(
        default=None,
        ge=1,
        description="of texts with more words than this, no n-grams of characters are read",
    )
    distinct: bool = Field(
        default=False, description="whether each id comes once, in rising order, as a set's"
    )

    @model_validator(mode="after")
    def _check_ngrams(self) -> Self:
        if self.buckets.bit_count() != 1:
            raise ValueError(f"buckets: expected a power of two, received {self.buckets}")
        if self.character_ngrams:
            shortest, longest = self.character_ngrams
            if not 1 <= shortest <= longest <= 16:
                raise ValueError(
                    "character_ngrams: expected two numbers from 1 to 16, the smaller first,"
                    f" received {shortest} and {longest}"
                )
        elif self.character_words is not None:
            raise ValueError(
                "character_words: expected no value without character_ngrams,"
                f" received {self.character_words}"
            )
        return self
