"""From what was asked to answers: one class for each purpose, over one batcher for each model."""

from __future__ import annotations

from collections.abc import Iterable

from models.card import ModelCard, SentenceInput
from service.predictors.base import Predictor
from service.predictors.images import ImageClassifier
from service.predictors.tables import TablePredictor
from service.predictors.texts import SentimentClassifier, TextClassifier
from service.predictors.translation import Translator

# The first that serves a card answers with its model.
_PREDICTORS: tuple[type[Predictor], ...] = (
    ImageClassifier,
    TablePredictor,
    SentimentClassifier,
    TextClassifier,
    Translator,
)


def predictor_class(card: ModelCard) -> type[Predictor]:
    """What answers with a model."""
    return next(kind for kind in _PREDICTORS if kind.serves(card))


def rival_defaults(defaults: Iterable[tuple[str, ModelCard]]) -> str | None:
    """Says which two default models, by their references, are for one purpose; None if none are."""
    seen: dict[str, str] = {}
    for reference, card in defaults:
        purpose = _purpose(card)
        if purpose in seen:
            return (
                f"expected one default model for each task, received {seen[purpose]!r} and"
                f" {reference!r}, both for {purpose}"
            )
        seen[purpose] = reference
    return None


def _purpose(card: ModelCard) -> str:
    """What only one default model may be for; each pair of languages may have its own."""
    purpose = predictor_class(card).purpose
    if isinstance(card.input, SentenceInput):
        purpose += f" from {card.input.source} to {card.input.target}"
    return purpose
