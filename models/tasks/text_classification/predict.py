"""Ask a model of texts: from ids to labels that people read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel
from models.card import ModelCard
from models.classification import ClassPrediction, class_predictions, class_probabilities
from models.errors import InvalidSetting
from models.texts.subwords import Subwords
from models.texts.tokenizers import Ids, Tokenizer

# A model may keep a vector of hundreds of numbers for each id while it computes.
MOST_IDS = 2**16


class TextPrediction(ClassPrediction):
    """`truncated` tells that the text has more words than the model reads."""

    truncated: bool


def expect_tokenizer(model: LoadedModel) -> Tokenizer:
    """The tokenizer of a model of texts.

    Raises:
        InvalidSetting: The model takes something else.
    """
    if model.tokenizer is None or isinstance(model.tokenizer, Subwords):
        raise InvalidSetting(
            f"model {model.card.name}: expected an input of kind text, not {model.card.input.kind}"
        )
    return model.tokenizer


def by_length(tokenizer: Tokenizer, lengths: Sequence[int], most: int) -> list[list[int]]:
    """Puts texts into batches in which none is padded beyond its own bucket length.

    Args:
        tokenizer: Knows the bucket lengths.
        lengths: How many ids each text has.
        most: The most texts of a batch; it has fewer where they would be more than `MOST_IDS` ids.

    Returns:
        The places of the texts, short ones first.
    """
    batches: list[list[int]] = []
    last = room = 0
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        bucket = tokenizer.bucket_length(lengths[place])
        if bucket != last:
            last, room = bucket, min(most, max(1, MOST_IDS // bucket))
            batches.append([])
        elif len(batches[-1]) == room:
            batches.append([])
        batches[-1].append(place)
    return batches


def text_predictions(
    card: ModelCard, probabilities: NDArray[np.float32], truncated: Sequence[bool]
) -> list[TextPrediction]:
    """The best label of each text with the scores of all.

    Args:
        card: Of the task `text_classification`.
        probabilities: float32 `[texts, labels]`.
        truncated: Of each text, whether it has more words than the model reads.
    """
    answers = class_predictions(probabilities, card.labels)
    return [
        TextPrediction(**answer, truncated=cut)
        for answer, cut in zip(answers, truncated, strict=True)
    ]


def text_probabilities(model: LoadedModel, rows: Sequence[Ids]) -> NDArray[np.float32]:
    """Asks a model of texts; more than `MOST_IDS` ids at once take several calls.

    Args:
        model: Of the task `text_classification`.
        rows: The ids of each text, at least one.

    Returns:
        float32 `[texts, labels]`.
    """
    return _padded_answers(expect_tokenizer(model), rows, partial(class_probabilities, model))


def _padded_answers(
    tokenizer: Tokenizer, rows: Sequence[Ids], ask: Callable[[Ids], NDArray[np.float32]]
) -> NDArray[np.float32]:
    batch = tokenizer.pad(rows)
    most = max(1, MOST_IDS // batch.shape[1])
    parts = range(0, len(batch), most)
    return np.concatenate([ask(batch[start : start + most]) for start in parts])


def answers_by_length(
    tokenizer: Tokenizer,
    rows: Sequence[Ids],
    ask: Callable[[Ids], NDArray[np.float32]],
    batch_size: int,
) -> NDArray[np.float32]:
    """Asks about texts in batches of like length; the answers are in the texts' order.

    Args:
        tokenizer: Whose ids they are.
        rows: The ids of each text, at least one.
        ask: int32 `[batch, length]` to float32 `[batch, outputs]`.
        batch_size: The most texts that are asked about at once.

    Returns:
        float32 `[texts, outputs]`.
    """
    batches = by_length(tokenizer, [len(ids) for ids in rows], batch_size)
    answers = np.concatenate(
        [_padded_answers(tokenizer, [rows[place] for place in places], ask) for places in batches]
    )
    ordered = np.empty_like(answers)
    ordered[np.concatenate(batches)] = answers
    return ordered


def classify_texts(
    model: LoadedModel, texts: Sequence[str], batch_size: int = 32
) -> list[TextPrediction]:
    """Asks a model of texts, in batches of like length; the answers are in the texts' order.

    Args:
        model: Of the task `text_classification`.
        texts: Any, each of any length.
        batch_size: The most texts that the model is given at once.
    """
    if not texts:
        return []
    tokenizer = expect_tokenizer(model)
    read = [tokenizer.ids(text) for text in texts]
    probabilities = answers_by_length(
        tokenizer, [ids for ids, _ in read], partial(class_probabilities, model), batch_size
    )
    return text_predictions(model.card, probabilities, [truncated for _, truncated in read])
