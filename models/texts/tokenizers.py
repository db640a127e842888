"""From a text to the ids that a model takes: the same code in training and in service.

A tokenizer is data, the file `assets.extra/tokenizer.json` of an exported model. Nothing is learned
here; whoever trains makes a tokenizer from the training part and writes it. Id 0 is padding.
"""

from __future__ import annotations

import bisect
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr, TypeAdapter, ValidationError, model_validator

from models.card import ASSETS_DIRECTORY, TOKENIZER_FILE
from models.errors import ModelDamaged
from models.texts.hashing import HASH_BITS, WordHashes, word_ngram_hashes
from models.texts.ngram_rule import NgramRule
from models.texts.words import ReadingRule

PADDING = 0
UNKNOWN = 1
_FIRST_WORD = 2
_SHORTEST = 16

Ids = NDArray[np.int32]


def bucket_lengths(longest: int) -> tuple[int, ...]:
    """The lengths that batches are padded to, so that runtimes see few shapes.

    16, 24, 32, 48, 64 and so on, powers of two and the steps half-way between, as far as `longest`,
    which is the last of them.
    """
    steps = [_SHORTEST]
    while steps[-1] < longest:
        steps.append(steps[-1] * 3 // 2 if steps[-1].bit_count() == 1 else steps[-1] * 4 // 3)
    return (*(step for step in steps if step < longest), longest)


class Tokenizer(ReadingRule, ABC):
    """Turns texts into ids, the longest text into `longest` of them."""

    format: Literal[1] = 1
    kind: str
    _lengths: tuple[int, ...] = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        del context
        self._lengths = bucket_lengths(self.longest)

    @property
    @abstractmethod
    def longest(self) -> int:
        """The most ids that a text gives."""

    @property
    @abstractmethod
    def size(self) -> int:
        """All ids are below it: how many rows a table of embeddings needs."""

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths that batches have, rising; see `bucket_lengths`."""
        return self._lengths

    def ids(self, text: str) -> tuple[Ids, bool]:
        """The ids of a text, and whether it has more words than are read.

        Returns:
            int32 `[length]`, at least one, and the flag.
        """
        words, truncated = self.raw_words(text)
        return self.ids_of(words), truncated

    def ids_of(self, words: list[str]) -> Ids:
        """The ids of words as `read` or `raw_words` gives them; see `ids`."""
        # Of a text without words something must be asked.
        return self._ids(words or [""])

    @abstractmethod
    def _ids(self, words: list[str]) -> Ids: ...

    def bucket_length(self, count: int) -> int:
        """The length to which so many ids are padded."""
        return self._lengths[bisect.bisect_left(self._lengths, count)]

    def pad(self, rows: Sequence[Ids]) -> Ids:
        """Puts the ids of texts together: int32 `[batch, bucket length of the longest]`."""
        length = self.bucket_length(max(map(len, rows)))
        batch = np.full((len(rows), length), PADDING, np.int32)
        for row, ids in zip(batch, rows, strict=True):
            row[: len(ids)] = ids
        return batch

    def batch(self, texts: Sequence[str]) -> Ids:
        """The ids of at least one text: int32 `[batch, bucket length of the longest]`."""
        return self.pad([self.ids(text)[0] for text in texts])


class _Vocabulary(dict[str, int]):
    """Ids by words; words are cut here, since few are so long."""

    def __init__(self, words: Sequence[str], max_word_length: int) -> None:
        super().__init__(zip(words, range(_FIRST_WORD, _FIRST_WORD + len(words)), strict=True))
        self._max_word_length = max_word_length

    def __missing__(self, word: str) -> int:
        return self.get(word[: self._max_word_length], UNKNOWN)


class WordTokenizer(Tokenizer):
    """A word is an id: 2 for the first of the vocabulary, and so on; 1 for what is not in it."""

    kind: Literal["words"] = "words"
    vocabulary: tuple[str, ...] = Field(min_length=1, description="words, by their ids")
    _index: _Vocabulary = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        self._index = _Vocabulary(self.vocabulary, self.max_word_length)

    @model_validator(mode="after")
    def _check_vocabulary(self) -> Self:
        if len(self._index) != len(self.vocabulary):
            raise ValueError("the words of the vocabulary must differ")
        return self

    @property
    def longest(self) -> int:
        return self.max_tokens

    @property
    def size(self) -> int:
        return _FIRST_WORD + len(self.vocabulary)

    def _ids(self, words: list[str]) -> Ids:
        return np.fromiter(map(self._index.__getitem__, words), np.int32, len(words))


class NgramTokenizer(NgramRule, Tokenizer):
    """An n-gram is an id, from 1 to `buckets`, by its hash; see `models.texts.hashing`.

    First come the n-grams of one word, of two words and so on, then, of texts of at most
    `character_words` words, the characters' (Joulin et al.
    2017, "Bag of Tricks for Efficient Text Classification", sections 2.1 and 2.2; Bojanowski et al.
    2017, "Enriching Word Vectors with Subword Information", section 3.2).
    """

    kind: Literal["hashed_ngrams"] = "hashed_ngrams"
    _hashes: WordHashes = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        self._hashes = WordHashes(self.max_word_length, self.character_ngrams or None)

    @property
    def longest(self) -> int:
        grams = self._most_ngrams(self.max_tokens)
        if self.character_ngrams:
            shortest, longest = self.character_ngrams
            marked = self.max_word_length + 2
            of_a_word = sum(max(0, marked - n + 1) for n in range(shortest, longest + 1))
            words = min(self.character_words or self.max_tokens, self.max_tokens)
            grams = max(grams, self._most_ngrams(words) + words * of_a_word)
        return min(grams, self.buckets) if self.distinct else grams

    def _most_ngrams(self, words: int) -> int:
        """How many n-grams of words so many words give."""
        most = min(self.word_ngrams, words)
        return most * words - most * (most - 1) // 2

    @property
    def size(self) -> int:
        return self.buckets + 1

    def _ids(self, words: list[str]) -> Ids:
        shift = np.uint64(HASH_BITS - self.buckets.bit_length() + 1)
        hashes = word_ngram_hashes(self._hashes, words, self.word_ngrams)
        if self.character_words is None or len(words) <= self.character_words:
            hashes = np.concatenate([hashes, *self._hashes.characters(words)])
        ids = (hashes >> shift).astype(np.int32) + 1
        return _distinct(ids) if self.distinct else ids


def _distinct(ids: Ids) -> Ids:
    """As `np.unique`, which took a third of the time of reading a text of 200 words."""
    ordered = np.sort(ids)
    is_first = np.empty(len(ordered), np.bool_)
    is_first[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]


AnyTokenizer = Annotated[WordTokenizer | NgramTokenizer, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[WordTokenizer | NgramTokenizer] = TypeAdapter(AnyTokenizer)


def write_tokenizer(directory: Path, tokenizer: Tokenizer) -> None:
    """Writes a tokenizer into a model's directory."""
    path = directory / ASSETS_DIRECTORY / TOKENIZER_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(tokenizer.model_dump_json() + "\n", encoding="utf-8")


def read_tokenizer(directory: Path) -> Tokenizer:
    """Reads a model's tokenizer.

    Raises:
        ModelDamaged: The file is missing, unreadable or no tokenizer.
    """
    path = directory / ASSETS_DIRECTORY / TOKENIZER_FILE
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except OSError as error:
        raise ModelDamaged(f"{path}: the tokenizer cannot be read ({error})") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "the tokenizer"
        raise ModelDamaged(f"{path}: {where}: {first['msg']}") from None
