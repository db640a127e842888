"""Hashes of n-grams of words and of characters: 64 bits, the same on every machine, for ever.

- A word's hash is BLAKE2b (RFC 7693) of its UTF-8 bytes with a digest of 8 bytes, no key, read as a
  little-endian number. That of an n-gram of characters is the same, personalised `characters`, so
  that a word and a part of another differ.
- That of n words, n > 1, is made from the hash g of the first n - 1 and the hash h of the last, in
  arithmetic modulo 2**64: x = g * A + h; x ^= x >> 32; x *= B; x ^= x >> 29.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

HASH_BITS = 64

Hashes = NDArray[np.uint64]

_A = np.uint64(0x9E3779B97F4A7C15)
_B = np.uint64(0xBF58476D1CE4E5B9)
_CHARACTERS = b"characters"
# Of words that were seen the hashes are kept, so that each is hashed once: some megabytes, with
# characters some tens of them.
_MOST_KEPT = 50_000
_LONGEST_KEPT = 64

Value = TypeVar("Value")


class _Kept(dict[str, Value]):
    """What `make` gives for words, made when first asked for."""

    def __init__(self, make: Callable[[str], Value]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, word: str) -> Value:
        value = self._make(word)
        if len(word) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[word] = value
        return value


class WordHashes:
    """Hashes of words and of their characters; may be used from several threads."""

    def __init__(self, max_word_length: int, character_ngrams: tuple[int, int] | None) -> None:
        """Starts with nothing kept.

        Args:
            max_word_length: Longer words are cut, in characters.
            character_ngrams: The fewest and the most characters of an n-gram, or None.
        """
        self._max_word_length = max_word_length
        self._lengths = character_ngrams
        self._words = _Kept(self._hash_word)
        self._characters = _Kept(self._hash_characters)

    def words(self, words: Sequence[str]) -> Hashes:
        """The hash of each word: uint64 `[words]`."""
        return np.fromiter(map(self._words.__getitem__, words), np.uint64, len(words))

    def characters(self, words: Sequence[str]) -> list[Hashes]:
        """The hashes of each word's n-grams of characters; none where these are not wanted."""
        return [] if self._lengths is None else [self._characters[word] for word in words]

    def _hash_word(self, word: str) -> int:
        return _hash(word[: self._max_word_length])

    def _hash_characters(self, word: str) -> Hashes:
        assert self._lengths is not None
        shortest, longest = self._lengths
        marked = f"<{word[: self._max_word_length]}>"
        grams = [
            _hash(marked[start : start + length], _CHARACTERS)
            for length in range(shortest, longest + 1)
            for start in range(len(marked) - length + 1)
        ]
        return np.array(grams, np.uint64)


def word_ngram_hashes(hashes: WordHashes, words: Sequence[str], most: int) -> Hashes:
    """The hashes of all n-grams of 1 to `most` words: uint64 `[n-grams]`."""
    single = hashes.words(words)
    grams = [single]
    for length in range(2, min(most, len(words)) + 1):
        grams.append(_mix(grams[-1][:-1], single[length - 1 :]))
    return np.concatenate(grams)


def _mix(first: Hashes, last: Hashes) -> Hashes:
    mixed = first * _A + last
    mixed ^= mixed >> np.uint64(32)
    mixed *= _B
    mixed ^= mixed >> np.uint64(29)
    return mixed


def _hash(text: str, person: bytes = b"") -> int:
    digest = hashlib.blake2b(text.encode("utf-8"), digest_size=8, person=person).digest()
    return int.from_bytes(digest, "little")
