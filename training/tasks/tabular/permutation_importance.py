"""How much a trained model relies on each column (Breiman 2001, section 10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.examples import expect_examples

_REPEATS = 5
_MOST_ROWS = 2000


def permutation_importance(
    error: Callable[[NDArray[np.float32], NDArray[Any]], float],
    rows: NDArray[np.float32],
    targets: NDArray[Any],
) -> NDArray[np.float64]:
    """How much larger the error is when one column's values are shuffled among the rows.

    Columns that say the same share their importance, or seem to have none.

    Args:
        error: Of the model, for rows and what is true of them.
        rows: float32 `[examples, columns]`; of many, some are taken.
        targets: `[examples]`.

    Returns:
        float64 `[repeats, columns]`, in the error's units.

    Raises:
        OkazuError: There are no rows, or not as many targets.
    """
    expect_examples(rows, targets)
    random = np.random.default_rng(0)
    chosen = random.permutation(len(rows))[:_MOST_ROWS]
    rows, targets = rows[chosen], targets[chosen]
    whole = error(rows, targets)
    increases = np.empty((_REPEATS, rows.shape[1]))
    for repeat in range(_REPEATS):
        for column in range(rows.shape[1]):
            shuffled = rows.copy()
            shuffled[:, column] = random.permutation(rows[:, column])
            increases[repeat, column] = error(shuffled, targets) - whole
    return increases
