"""The positions of the transformer for texts, worked out by hand."""

from __future__ import annotations

import math

import numpy as np

from training.architectures.texts.transformer import Positions


def test_vectors_are_scaled_by_the_root_of_their_dimensions_and_get_the_papers_waves() -> None:
    """Of four dimensions: twice the vector, and waves of frequencies 1 and 1 / 10000 ** (2 / 4)."""
    layer = Positions()
    layer.build((None, None, 4))
    vectors = np.random.default_rng(0).normal(size=(2, 60, 4)).astype(np.float32)
    found = np.asarray(layer(vectors))
    for place in (0, 1, 59):
        waves = [math.sin(place), math.sin(place / 100), math.cos(place), math.cos(place / 100)]
        np.testing.assert_allclose(found[:, place], 2 * vectors[:, place] + waves, atol=1e-5)
