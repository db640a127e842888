"""The loss and the measures of each position, worked out by hand."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from keras import ops

from training.tasks.translation.loss import Perplexity, TokenAccuracy, TokenCrossEntropy

# Two sentences; 0 is padding.
TARGETS = np.array([[1, 2, 0], [3, 0, 0]], np.int32)
SHARES = np.array(
    [
        [[0.1, 0.7, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1], [0.25] * 4],
        [[0.2, 0.2, 0.1, 0.5], [0.9, 0.05, 0.03, 0.02], [0.25] * 4],
    ],
    np.float32,
)
LOGITS = np.log(SHARES) + 3
RIGHT = (0.7, 0.2, 0.5)


def test_the_loss_is_the_mean_over_the_ids() -> None:
    expected = -sum(map(math.log, RIGHT)) / 3
    assert float(TokenCrossEntropy()(TARGETS, LOGITS)) == pytest.approx(expected)


def test_label_smoothing_spreads_a_share_over_all_ids() -> None:
    rows = [(SHARES[0, 0], 1), (SHARES[0, 1], 2), (SHARES[1, 0], 3)]
    expected = 0.0
    for shares, right in rows:
        target = np.full(4, 0.2 / 4)
        target[right] += 0.8
        expected -= float(target @ np.log(shares)) / 3
    assert float(TokenCrossEntropy(0.2)(TARGETS, LOGITS)) == pytest.approx(expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_gradient_is_that_of_the_formula(smoothing: float) -> None:
    import tensorflow as tf

    random = np.random.default_rng(0)
    logits = tf.constant(random.normal(0, 3, (3, 5, 11)).astype(np.float32))
    targets = random.integers(0, 11, (3, 5)).astype(np.int32)
    smooth = np.eye(11)[targets] * (1 - smoothing) + smoothing / 11
    real = (targets != 0)[..., None]
    expected = (np.asarray(ops.softmax(logits)) - smooth) * real / real.sum()
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = 2 * TokenCrossEntropy(smoothing)(targets, logits)
    assert tape.gradient(loss, logits).numpy() == pytest.approx(2 * expected, abs=1e-6)


def test_a_batch_of_padding_alone_costs_nothing() -> None:
    assert float(TokenCrossEntropy(0.1)(np.zeros_like(TARGETS), LOGITS)) == 0
    assert float(Perplexity()(np.zeros_like(TARGETS), LOGITS)) == 1
    assert float(TokenAccuracy()(np.zeros_like(TARGETS), LOGITS)) == 0


def test_measures_are_of_all_ids_of_all_batches() -> None:
    accuracy, perplexity = TokenAccuracy(), Perplexity()
    for row in (0, 1):
        accuracy.update_state(TARGETS[row : row + 1], LOGITS[row : row + 1])
        perplexity.update_state(TARGETS[row : row + 1], LOGITS[row : row + 1])
    assert float(accuracy.result()) == pytest.approx(2 / 3)
    assert float(perplexity.result()) == pytest.approx((0.7 * 0.2 * 0.5) ** (-1 / 3))


def test_the_loss_is_saved_with_its_smoothing() -> None:
    again = keras.losses.deserialize(keras.losses.serialize(TokenCrossEntropy(0.3)))
    assert float(again(TARGETS, LOGITS)) == float(TokenCrossEntropy(0.3)(TARGETS, LOGITS))
