"""From a recipe's `tokenizer` section and the training texts to a tokenizer.

All that is learned of a language is here: which words there are. Of hashed n-grams nothing is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from models.errors import InvalidSetting
from models.texts.tokenizers import NgramTokenizer, Tokenizer, WordTokenizer
from models.texts.words import ReadingRule
from training.tasks.text_classification.recipe import HashedNgrams, TokenizerSection, Words


def learn_tokenizer(section: TokenizerSection, texts: Iterable[str]) -> Tokenizer:
    """Makes the tokenizer that a recipe asks for.

    Args:
        section: Of the recipe.
        texts: The training part.

    Raises:
        InvalidSetting: No word is frequent enough, or the numbers do not go together.
    """
    head = section.max_tokens // 2 if section.head is None else section.head
    rule = ReadingRule(
        max_tokens=section.max_tokens,
        head=head,
        lowercase=section.lowercase,
        max_word_length=section.max_word_length,
    )
    if isinstance(section, Words):
        return WordTokenizer(vocabulary=_vocabulary(section, rule, texts), **rule.model_dump())
    return _hashing(section, rule)


def _vocabulary(section: Words, rule: ReadingRule, texts: Iterable[str]) -> tuple[str, ...]:
    """The most frequent words, most frequent first; among equals in the order of the alphabet."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(rule.read(text).words)
    frequent = [word for word, count in counts.items() if count >= section.min_count]
    if not frequent:
        raise InvalidSetting(
            f"tokenizer.min_count: no word stands {section.min_count} times in the training part;"
            " lower it, or add texts"
        )
    frequent.sort(key=lambda word: (-counts[word], word))
    return tuple(frequent[: section.vocabulary_size])


def _hashing(section: HashedNgrams, rule: ReadingRule) -> NgramTokenizer:
    return NgramTokenizer(
        buckets=section.buckets,
        word_ngrams=section.word_ngrams,
        character_ngrams=section.character_ngrams,
        character_words=section.character_words,
        distinct=section.distinct,
        **rule.model_dump(),
    )
