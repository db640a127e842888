"""Sides that are measured in turn, so that what slows the machine down meets all of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Result = TypeVar("Result")


def in_turn(sides: Mapping[str, Callable[[], Result]], rounds: int) -> dict[str, list[Result]]:
    """Measures each side once in every round: a side's results, round by round."""
    results: dict[str, list[Result]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            results[name].append(measure())
    return results


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Says what our figure is of theirs: the median over the rounds, and the range."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    spread = f"lowest {min(ratios):.2f}, highest {max(ratios):.2f} of {len(ratios)} rounds"
    return f"median {statistics.median(ratios):.2f} ({spread})"
