"""One seed for a recipe, and independent ones for each of its uses."""

from __future__ import annotations

import enum

import numpy as np


class Use(enum.IntEnum):
    """Uses of one seed's randomness that must not repeat each other."""

    ORDER = 1
    AUGMENTATION = 2
    SEARCH = 3


def derived_seed(seed: int, use: Use) -> int:
    """An independent 32-bit seed for one of the uses of a recipe's seed."""
    return int(np.random.SeedSequence([seed, int(use)]).generate_state(1)[0])
