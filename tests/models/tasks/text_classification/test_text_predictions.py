"""Answers about many texts come in the order of the texts, however they are put into batches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.tasks.text_classification.predict import answers_by_length
from models.texts.tokenizers import WordTokenizer

TOKENIZER = WordTokenizer(vocabulary=tuple("abcdefgh"), max_tokens=200, head=100)


def test_answers_are_in_the_order_of_the_texts() -> None:
    lengths = np.random.default_rng(0).integers(1, 150, 40).tolist()
    rows = [np.full(length, 2, np.int32) for length in lengths]
    asked: list[int] = []

    def ask(ids: NDArray[np.int32]) -> NDArray[np.float32]:
        asked.append(len(ids))
        counts: NDArray[np.float32] = (ids > 0).sum(axis=1, keepdims=True).astype(np.float32)
        return counts

    answers = answers_by_length(TOKENIZER, rows, ask, 8)
    assert answers.ravel().tolist() == lengths
    assert max(asked) <= 8
    assert len(asked) < 40
