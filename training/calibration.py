"""Temperature scaling: one number that makes confidence mean accuracy.

Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

# Beyond these a validation split is too small or too perfect to tell anything.
_COLDEST, _HOTTEST = 0.25, 4.0


def fit_temperature(logits: NDArray[np.floating[Any]], labels: NDArray[np.int64]) -> float:
    """Finds the temperature that minimises the negative log-likelihood.

    Args:
        logits: float `[examples, classes]`, of examples that were not trained on.
        labels: int64 `[examples]`.

    Returns:
        The temperature, 0.25 to 4, to divide logits by.
    """
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        scaled = logits.astype(np.float64) / math.exp(log_temperature)
        return float(-log_softmax(scaled, axis=1)[rows, labels].mean())

    bounds = (math.log(_COLDEST), math.log(_HOTTEST))
    return math.exp(float(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def calibrated_probabilities(
    logits: NDArray[np.floating[Any]], temperature: float
) -> NDArray[np.float64]:
    """Softmax of the logits over the temperature, float64 `[examples, classes]`."""
    probabilities: NDArray[np.float64] = softmax(logits.astype(np.float64) / temperature, axis=1)
    return probabilities
