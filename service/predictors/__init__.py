"""From what was asked to answers: one class for each purpose, over one batcher for each model."""

from __future__ import annotations

from collections.abc import Iterable

from models.card import ModelCard
from service.predictors.base import Predictor
from service.predictors.images import ImageClassifier
from service.predictors.tables import TablePredictor
from service.predictors.texts import SentimentClassifier, TextClassifier

# The first that serves a card answers with its model.
_PREDICTORS: tuple[type[Predictor], ...] = (
    ImageClassifier,
    TablePredictor,
    SentimentClassifier,
    TextClassifier,
)


def predictor_class(card: ModelCard) -> type[Predictor]:
    """What answers with a model."""
    return next(kind for kind in _PREDICTORS if kind.serves(card))


def rival_defaults(defaults: Iterable[tuple[str, ModelCard]]) -> str | None:
    """Says which two default models, by their references, are for one purpose; None if none are."""
    seen: dict[str, str] = {}
    for reference, card in defaults:
        purpose = predictor_class(card).purpose
        if purpose in seen:
            return (
                f"expected one default model for each task, received {seen[purpose]!r} and"
                f" {reference!r}, both for {purpose}"
            )
        seen[purpose] = reference
    return None
