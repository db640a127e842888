"""What `okazu models` tells of each model: its card in short, or what is wrong with it."""

from __future__ import annotations

from typing import Any

from models.card import read_card
from models.errors import ModelDamaged
from models.repository import ModelRepository


def list_models(repository: ModelRepository) -> list[dict[str, Any]]:
    """The newest version of every model, sorted by name; a damaged one hides no other.

    Returns:
        `{"name", "versions", "task", "description", "accuracy", "parameters", "labels"}` each, or
        `{"name", "versions", "problem"}`.
    """
    return [_row(repository, name) for name in repository.names()]


def _row(repository: ModelRepository, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "versions": repository.versions(name)}
    try:
        card = read_card(repository.resolve(name))
    except ModelDamaged as error:
        return {**row, "problem": str(error)}
    return {
        **row,
        "task": card.task,
        "description": card.description,
        "accuracy": card.evaluation.metrics.get("accuracy"),
        "parameters": card.parameters,
        "labels": card.labels,
    }
