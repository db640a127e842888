"""Find the predictor of a model by the task on its card."""

from __future__ import annotations

from collections.abc import Iterable

from models.card import ModelCard
from models.tasks import task_module
from service.serving.predictor import Predictor


def predictor_class(card: ModelCard) -> type[Predictor]:
    """Return the predictor for a card: the first of its task's `PREDICTORS` that serves it."""
    kinds: tuple[type[Predictor], ...] = task_module("service", card.task, "predictor").PREDICTORS
    return next(kind for kind in kinds if kind.serves(card))


def rival_defaults(defaults: Iterable[tuple[str, ModelCard]]) -> str | None:
    """Say which two default models, by their references, are for one purpose; None if none are."""
    seen: dict[str, str] = {}
    for reference, card in defaults:
        purpose = predictor_class(card).purpose_of(card)
        if purpose in seen:
            return (
                f"expected one default model for each task, received {seen[purpose]!r} and"
                f" {reference!r}, both for {purpose}"
            )
        seen[purpose] = reference
    return None
