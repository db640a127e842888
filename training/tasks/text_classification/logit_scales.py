"""What scale the logits of a network's parts have, measured where they are to be joined."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from training.architectures.texts.ngrams_regions import JOINT
from training.fitting.batches import Batches


class MeasuredSpreads(keras.callbacks.Callback):  # type: ignore[misc]
    """Measures the spreads of the parts' logits on the validation part after each epoch.

    A spread is the standard deviation over the texts, of two classes that of half the score. The
    metrics of an epoch's validation are computed with the spreads that the epoch before left.

    Args:
        network: As `build_ngrams_regions` makes it.
        batches: Of the validation part, inputs first.
    """

    def __init__(self, network: keras.Model, batches: Batches) -> None:
        super().__init__()
        joint = network.get_layer(JOINT)
        self._spreads = joint.spreads
        self._parts = keras.Model(network.inputs[0], joint.input)
        self._batches = batches

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        del logs
        answers = [
            self._parts.predict_on_batch(self._batches[number][0])
            for number in range(len(self._batches))
        ]
        self._spreads.assign([spread(np.concatenate(part)) for part in zip(*answers, strict=True)])


def spread(logits: NDArray[np.float32]) -> float:
    """How far logits `[texts, classes]` lie apart, beside what all classes or texts share; not 0.

    For two classes this is half the standard deviation of the difference.
    """
    apart = logits - logits.mean(axis=1, keepdims=True)
    found = float(np.sqrt(apart.var(axis=0).mean()))
    return found if np.isfinite(found) and found > 0 else 1.0
