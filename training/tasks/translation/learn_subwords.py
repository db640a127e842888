"""Learning a vocabulary of subwords from both sides of sentence pairs, by SentencePiece.

It is a unigram model (Kudo 2018, "Subword Regularization"), not byte-pair encoding: it has
probabilities for the ways to cut a sentence, from which `models.texts.subwords.Subwords.sample`
draws.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from models.errors import InvalidSetting
from models.texts.inline_casing import CAPITAL, Capitals, mark_capitals
from models.texts.placeholders import SYMBOLS
from models.texts.sentencepiece_file import BEGINNING, END, PADDING, UNKNOWN
from models.texts.subwords import Subwords, normalized

# Pieces that any vocabulary has: special ones, symbols and bytes.
FIXED_PIECES = 4 + len(SYMBOLS) + 256
_FEWEST_LEARNED = 30
_MOST_PIECES = 100_000
_MOST_TEXTS = 200_000  # more change little, and take long
_MOST_BYTES = 16_384  # SentencePiece leaves out longer texts
# Of all characters, the share that have a piece of their own, if there is room; others are bytes.
_COVERAGE = 0.99999
_THREADS = 2  # how sums are rounded depends on it, so it is not the machine's


def learn_subwords(
    texts: Iterable[str], vocabulary_size: int, seed: int, capitals: Capitals = "plain"
) -> bytes:
    """Learns a vocabulary; the same for the same texts in the same order.

    Args:
        texts: Of the training part, both languages. Of more than 200,000 so many are drawn.
        vocabulary_size: Pieces, special ones included.
        seed: Decides which texts are drawn.
        capitals: `marked` for words in small letters with a piece that marks a capital first
            letter, see `models.texts.inline_casing`.

    Returns:
        What a SentencePiece model file holds; see `models.texts.subwords`.

    Raises:
        InvalidSetting: The texts have too little in them for so many pieces, or so few are not
            enough.
    """
    if not FIXED_PIECES + _FEWEST_LEARNED <= vocabulary_size <= _MOST_PIECES:
        raise InvalidSetting(
            f"vocabulary_size: expected {FIXED_PIECES + _FEWEST_LEARNED} to {_MOST_PIECES},"
            f" received {vocabulary_size}"
        )
    read = _drawn([text for text in map(normalized, texts) if text.strip()], seed)
    if not read:
        raise InvalidSetting("vocabulary_size: there are no texts to learn subwords from")
    symbols = SYMBOLS
    if capitals == "marked":
        read, symbols = [mark_capitals(text) for text in read], (*SYMBOLS, CAPITAL)
    read = _without_rare(read, symbols, (vocabulary_size - FIXED_PIECES) // 2)
    model = _train(read, symbols, vocabulary_size)
    Subwords(model)  # what is written can be read
    return model


def _drawn(texts: list[str], seed: int) -> list[str]:
    if len(texts) <= _MOST_TEXTS:
        return texts
    random = np.random.default_rng(seed)
    places = np.sort(random.choice(len(texts), _MOST_TEXTS, replace=False))
    return [texts[place] for place in places]


def _train(texts: list[str], symbols: Sequence[str], vocabulary_size: int) -> bytes:
    import sentencepiece

    written = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.Train(
            sentence_iterator=iter(texts),
            model_writer=written,
            model_type="unigram",
            vocab_size=vocabulary_size,
            character_coverage=1.0,
            byte_fallback=True,
            split_digits=True,
            normalization_rule_name="identity",
            user_defined_symbols=list(symbols),
            pad_id=PADDING,
            unk_id=UNKNOWN,
            bos_id=BEGINNING,
            eos_id=END,
            max_sentence_length=_MOST_BYTES,
            num_threads=_THREADS,
            minloglevel=3,
        )
    except RuntimeError as error:
        raise InvalidSetting(_in_our_words(str(error), vocabulary_size)) from None
    return written.getvalue()


def _without_rare(texts: list[str], symbols: Sequence[str], room: int) -> list[str]:
    """With spaces for characters that get no piece: the rarest, and what is over `room` kinds."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    for symbol in symbols:  # which have pieces anyway
        counts.pop(symbol, None)
    wanted = _COVERAGE * sum(counts.values())
    covered = 0
    rare: dict[int, str] = {}
    for rank, (character, count) in enumerate(counts.most_common()):
        if rank >= room or covered >= wanted:
            rare[ord(character)] = " "
        covered += count
    return [text.translate(rare) for text in texts] if rare else texts


def _in_our_words(message: str, vocabulary_size: int) -> str:
    too_large = re.search(r"set it to a value <= (\d+)", message)
    expected = f"at most {too_large[1]} for these texts" if too_large else "a number that fits"
    reason = "" if too_large else f" ({' '.join(message.split())})"
    return (
        f"vocabulary_size: expected {expected}, received {vocabulary_size};"
        f" lower it, or add texts{reason}"
    )
