"""How far the logits of a network's parts lie apart."""

from __future__ import annotations

import numpy as np
import pytest

from training.tasks.text_classification.logit_scales import spread


def test_a_spread_is_half_the_deviation_of_the_difference_of_two_classes() -> None:
    """The differences are 2, 0 and 0; what both classes share says nothing."""
    logits = np.array([[1, 3], [5, 5], [-9, -9]], np.float32)
    assert spread(logits) == pytest.approx(np.std([2, 0, 0]) / 2)


def test_what_all_texts_share_is_no_spread() -> None:
    logits = np.array([[0, 0, 3], [0, 6, 3]], np.float32)
    # Without the mean of each text: -1, -1, 2 and -3, 3, 0; of each class half the difference.
    assert spread(logits) == pytest.approx(((1 + 4 + 1) / 3) ** 0.5)
