"""Regression metrics under their usual names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.measurable import expect_examples

# Numbers that are computed in two ways, such as 0.3 and 0.1 + 0.2, differ by so much of their size.
_ROUNDING = 8 * float(np.finfo(np.float64).eps)


def regression_metrics(
    predicted: NDArray[np.floating[Any]], truth: NDArray[np.float64]
) -> dict[str, float]:
    """Scores predicted numbers.

    Args:
        predicted: float `[examples]`, in the target's units.
        truth: float64 `[examples]`.

    Returns:
        `loss` and `mean_squared_error`, which are the same, `root_mean_squared_error` and
        `mean_absolute_error`, all in the target's units; beside them the
        `baseline_root_mean_squared_error` of always answering the mean of these examples; and `r2`,
        the share of the variance that is explained, where there is any beside rounding.

    Raises:
        OkazuError: There are no examples, or not as many answers.
    """
    expect_examples(predicted, truth)
    errors = predicted.astype(np.float64) - truth
    squared = float(np.mean(np.square(errors)))
    variance = 0.0 if is_constant(truth) else float(np.var(truth))
    metrics = {
        "loss": squared,
        "mean_squared_error": squared,
        "root_mean_squared_error": squared**0.5,
        "mean_absolute_error": float(np.mean(np.abs(errors))),
        "baseline_root_mean_squared_error": variance**0.5,
    }
    return {**metrics, "r2": 1 - squared / variance} if variance else metrics


def is_constant(numbers: NDArray[Any]) -> bool:
    """Whether numbers are equal but for rounding; even of 0.1, 0.1, 0.1 the variance is not 0."""
    least, most = float(numbers.min()), float(numbers.max())
    return most - least <= _ROUNDING * max(abs(least), abs(most))
