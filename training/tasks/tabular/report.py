"""What the report of a table's model shows: answers beside the truth, and the columns' weight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.report.page import BLUE, FIGURES, GREY, ReportSection, plain, render, svg

_MOST_BARS = 30
_MOST_POINTS = 5000


def regression_section(
    name: str, predicted: NDArray[np.float64], truth: NDArray[np.float64]
) -> ReportSection:
    """Predicted against true numbers, and what is left between them.

    Args:
        name: Of the target.
        predicted: float64 `[examples]`, of the test part, in the target's units.
        truth: float64 `[examples]`.
    """
    figures = (_predicted_and_true(name, predicted, truth), _residuals(name, predicted - truth))
    return ReportSection("How far off it is", render(FIGURES, figures=figures))


def importance_section(
    columns: Sequence[str], increases: NDArray[np.float64], error: str
) -> ReportSection:
    """The columns that the model relies on, most first.

    Args:
        columns: Their names.
        increases: float64 `[repeats, columns]`, as `permutation_importance` returns.
        error: What grows, with its unit, for people.
    """
    means = increases.mean(axis=0)
    order = np.argsort(means)[-_MOST_BARS:]
    figure = Figure(figsize=(8, 1 + 0.26 * len(order)), layout="constrained")
    axes = figure.subplots()
    spread = increases.std(axis=0)[order]
    names = [columns[place] for place in order]
    axes.barh(range(len(order)), means[order], xerr=spread, color=BLUE, ecolor=GREY)
    axes.set_yticks(range(len(order)), [plain(name) for name in names])
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set(title="permutation importance, test part", xlabel=f"growth of {error}")
    return ReportSection("Which columns it relies on", svg(figure))


def _predicted_and_true(
    name: str, predicted: NDArray[np.float64], truth: NDArray[np.float64]
) -> Markup:
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    ends = [min(predicted.min(), truth.min()), max(predicted.max(), truth.max())]
    axes.plot(ends, ends, color=GREY, linestyle="--")
    step = -(-len(truth) // _MOST_POINTS)
    axes.scatter(truth[::step], predicted[::step], s=12, alpha=0.6, color=BLUE, linewidths=0)
    axes.set(title="predicted and true, test part")
    axes.set(xlabel=f"true {plain(name)}", ylabel=f"predicted {plain(name)}")
    return svg(figure)


def _residuals(name: str, residuals: NDArray[np.float64]) -> Markup:
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.hist(residuals, bins=min(40, max(5, len(residuals) // 5)), color=BLUE)
    axes.axvline(0, color=GREY, linestyle="--")
    axes.set(title="residuals, test part", ylabel="examples")
    axes.set(xlabel=f"predicted less true {plain(name)}")
    return svg(figure)
