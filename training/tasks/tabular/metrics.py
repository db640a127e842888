"""Regression metrics under their usual names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.examples import expect_examples
from training.data.tables.target import is_constant


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
