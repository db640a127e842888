"""Asking a translator: from texts to translations, by any loaded model of the task `translation`.

`models.tasks.translation.documents` finds the sentences of texts and puts answers back; here
sentences become ids, ids become hypotheses, and nothing longer than the model was made for is
asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel
from models.card import ModelCard, SentenceInput
from models.errors import InvalidSetting
from models.tasks.translation.documents import Hypothesis, Options, Translation, translate_texts
from models.tasks.translation.prepared_sentences import Asking, asked_letters
from models.texts.subwords import Ids, Subwords

BATCH = 32
# How a sentence is asked may take some ids more: a full stop, symbols for what is hidden.
ROOM = 4


def expect_subwords(model: LoadedModel) -> Subwords:
    """The subwords of a translator.

    Raises:
        InvalidSetting: The model is for something else.
    """
    if not isinstance(model.tokenizer, Subwords):
        raise InvalidSetting(
            f"model {model.card.name}: expected an input of kind sentence, not"
            f" {model.card.input.kind}"
        )
    return model.tokenizer


def most_alternatives(card: ModelCard) -> int:
    """How many translations a translator gives besides the best one."""
    hypotheses = card.outputs[0].shape[0]
    return (hypotheses or 1) - 1


def translation_options(model: LoadedModel, alternatives: int = 0) -> Options:
    """How texts are put to a translator.

    Args:
        model: Of the task `translation`.
        alternatives: How many to give besides the best translation.
    """
    subwords, spec = expect_subwords(model), model.card.expect_input(SentenceInput)
    asking = Asking(
        symbols=subwords.symbols if spec.placeholders else (),
        language=spec.source,
        full_stop=spec.full_stop,
    )
    return Options(
        asking=asking,
        longest=subwords.longest - ROOM,
        length=lambda sentence: len(subwords.encode(asked_letters(sentence, spec.source))),
        alternatives=alternatives,
    )


def ask_rows(model: LoadedModel, rows: Sequence[Ids]) -> list[list[Hypothesis]]:
    """The hypotheses for sentences that are asked at once, the best first.

    Args:
        model: Of the task `translation`.
        rows: The ids of each sentence, at most `Subwords.longest`.
    """
    subwords = expect_subwords(model)
    tokens, scores, *_ = (output.name for output in model.card.outputs)
    answers = model.runner({model.card.input.kind: subwords.pad(rows)})
    return hypotheses(subwords, answers[tokens], answers[scores])


def hypotheses(
    subwords: Subwords, tokens: NDArray[np.int32], scores: NDArray[np.float32]
) -> list[list[Hypothesis]]:
    """What a translator's tensors say.

    Args:
        subwords: Whose ids they are.
        tokens: int32 `[batch, hypotheses, length]`.
        scores: float32 `[batch, hypotheses]`; minus infinity where there is no hypothesis.

    Returns:
        For each sentence its hypotheses, the best first.
    """
    return [
        [
            Hypothesis(subwords.decode(ids), score)
            for ids, score in zip(row.tolist(), its.tolist(), strict=True)
            if math.isfinite(score)
        ]
        for row, its in zip(tokens, scores, strict=True)
    ]


def ask_sentences(
    model: LoadedModel, sentences: Sequence[str], batch_size: int = BATCH
) -> list[list[Hypothesis]]:
    """The hypotheses for sentences, asked in batches of like length, in the sentences' order.

    There are none for a sentence that is too long, which `models.tasks.translation.documents` then
    cuts.
    """
    subwords = expect_subwords(model)
    rows = [subwords.encode(sentence) for sentence in sentences]
    answers: list[list[Hypothesis]] = [[]] * len(rows)
    for places in by_length(rows, subwords.longest, batch_size):
        for place, answer in zip(places, ask_rows(model, [rows[p] for p in places]), strict=True):
            answers[place] = answer
    return answers


def by_length(rows: Sequence[Ids], longest: int, batch_size: int) -> list[list[int]]:
    """Puts sentences of like length together: the places of each batch, short ones first.

    Those of more than `longest` ids are in none.
    """
    fit = (place for place, ids in enumerate(rows) if len(ids) <= longest)
    order = sorted(fit, key=lambda place: len(rows[place]))
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def translate(
    model: LoadedModel, texts: Sequence[str], alternatives: int = 0, batch_size: int = BATCH
) -> list[Translation]:
    """Translates texts of any length and form.

    Args:
        model: Of the task `translation`.
        texts: Any; an empty one is its own translation.
        alternatives: How many to give besides the best translation, if there are as many.
        batch_size: The most sentences that the model is given at once.
    """
    options = translation_options(model, alternatives)
    return translate_texts(
        texts, lambda sentences: ask_sentences(model, sentences, batch_size), options
    )
