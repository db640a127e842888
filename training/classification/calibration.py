"""Temperature scaling: one number that makes confidence mean accuracy.

Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4. A few examples that are all
right would have it as low as it goes; so the temperature has a prior, which thousands of examples
overrule.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from training.data.examples import expect_examples

# How far the logarithm of a temperature is taken to be from 0 before any example tells.
PRIOR_DEVIATION = 0.3
# Beyond these no validation part tells anything.
_COLDEST, _HOTTEST = 0.25, 4.0


def fit_temperature(logits: NDArray[np.floating[Any]], labels: NDArray[np.int64]) -> float:
    """Finds the most probable temperature.

    It minimises the negative log-likelihood of all examples together, and that of the temperature
    itself, whose logarithm is normally distributed around 0 with `PRIOR_DEVIATION`. So examples
    that are few, or leave nothing to learn, leave it near 1.

    Args:
        logits: float `[examples, classes]`, of examples that were not trained on.
        labels: int64 `[examples]`.

    Returns:
        The temperature, 0.25 to 4, to divide logits by.

    Raises:
        OkazuError: There are no examples, or not as many labels.
    """
    expect_examples(logits, labels)
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        scaled = logits.astype(np.float64) / math.exp(log_temperature)
        prior = (log_temperature / PRIOR_DEVIATION) ** 2 / 2
        return float(prior - log_softmax(scaled, axis=1)[rows, labels].sum())

    bounds = (math.log(_COLDEST), math.log(_HOTTEST))
    return math.exp(float(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def calibrated_probabilities(
    logits: NDArray[np.floating[Any]], temperature: float
) -> NDArray[np.float64]:
    """Softmax of the logits over the temperature, float64 `[examples, classes]`."""
    probabilities: NDArray[np.float64] = softmax(logits.astype(np.float64) / temperature, axis=1)
    return probabilities
