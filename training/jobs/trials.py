"""One trial of a search: what counts of its training, and what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training.contract.task import Objective
from training.fitting.fit import FitResult


@dataclass(frozen=True)
class TrialReport:
    """A trial that ended.

    Attributes:
        number: From 1.
        values: Dotted recipe path -> what was tried.
        epochs: That it trained.
        metrics: Of its best epoch; empty where it failed.
        failure: Why it failed, or None.
    """

    number: int
    values: dict[str, Any]
    epochs: int
    metrics: dict[str, float]
    failure: str | None = None


def measured(objective: Objective) -> list[str]:
    """Names of what is kept of a trial: the objective first, then the losses."""
    trained = objective.metric.removeprefix("val_")
    return list(dict.fromkeys([objective.metric, "val_loss", trained, "loss"]))


def best_epoch(result: FitResult, objective: Objective) -> dict[str, float]:
    """The metrics of the best of a trial's epochs."""

    def rank(row: dict[str, float]) -> tuple[float, float]:
        return objective.rank(row[objective.metric]), -row["val_loss"]

    best = max(result.history, key=rank)
    return {name: best[name] for name in measured(objective)}
