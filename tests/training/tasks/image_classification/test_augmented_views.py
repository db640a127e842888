"""Test-time augmentation: which views there are, and that their mean is stated as what it is."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from training.classification.metrics import classification_metrics
from training.tasks.image_classification.recipe import TestTimeAugmentation
from training.tasks.image_classification.test_time_augmentation import (
    augmented_metrics,
    average_over_views,
    views,
    without_suffix,
)

AUGMENTATIONS: tuple[TestTimeAugmentation, ...] = get_args(TestTimeAugmentation)
# One 3x3 image, its pixels numbered row by row.
NUMBERED = np.arange(1, 10, dtype=np.uint8).reshape(1, 3, 3, 1)


def pixels(view: NDArray[np.uint8]) -> list[list[int]]:
    rows: list[list[int]] = view[0, ..., 0].tolist()
    return rows


def probabilities(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Of two classes, by the brightness of the left column."""
    first = images[:, :, 0, 0].mean(axis=1) / 255
    return np.stack([first, 1 - first], axis=1)


def test_none_is_the_image_alone() -> None:
    [(weight, view)] = views(NUMBERED, "none")
    assert weight == 1
    assert np.array_equal(view, NUMBERED)


def test_flip_adds_the_mirror_image() -> None:
    told = [(weight, pixels(view)) for weight, view in views(NUMBERED, "flip")]
    assert told == [
        (0.5, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        (0.5, [[3, 2, 1], [6, 5, 4], [9, 8, 7]]),
    ]


def test_flip_and_shift_moves_both_ways_with_mirrored_edges() -> None:
    told = [(weight, pixels(view)) for weight, view in views(NUMBERED, "flip_and_shift")]
    assert told == [
        (0.25, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        (0.25, [[3, 2, 1], [6, 5, 4], [9, 8, 7]]),
        (0.125, [[5, 4, 5], [2, 1, 2], [5, 4, 5]]),
        (0.125, [[5, 4, 5], [2, 1, 2], [5, 4, 5]]),
        (0.125, [[5, 6, 5], [8, 9, 8], [5, 6, 5]]),
        (0.125, [[5, 6, 5], [8, 9, 8], [5, 6, 5]]),
    ]


@pytest.mark.parametrize(("size", "pixels_moved"), [(8, 1), (32, 1), (64, 2), (224, 7)])
def test_larger_images_move_further(size: int, pixels_moved: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, size, size, 3), dtype=np.uint8)
    _, moved = list(views(images, "flip_and_shift"))[2]
    inside = moved[:, pixels_moved:, pixels_moved:]
    assert np.array_equal(inside, images[:, : size - pixels_moved, : size - pixels_moved])


@pytest.mark.parametrize("shape", [(2, 1, 1, 1), (1, 1, 5, 3), (0, 4, 4, 3)])
def test_views_of_odd_shapes_keep_them(shape: tuple[int, ...]) -> None:
    for _, view in views(np.zeros(shape, np.uint8), "flip_and_shift"):
        assert view.shape == shape
        assert view.dtype == np.uint8


@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
def test_weights_sum_to_one(augmentation: TestTimeAugmentation) -> None:
    assert sum(weight for weight, _ in views(NUMBERED, augmentation)) == 1


def test_a_symmetrical_image_gets_the_same_answer() -> None:
    half = np.random.default_rng(0).integers(0, 256, (5, 4, 2, 1), dtype=np.uint8)
    images = np.concatenate([half, half[:, :, ::-1]], axis=2)
    np.testing.assert_array_equal(
        average_over_views(probabilities, images, "flip"), probabilities(images)
    )
    even = np.full((3, 4, 4, 1), 77, np.uint8)
    np.testing.assert_allclose(
        average_over_views(probabilities, even, "flip_and_shift"), probabilities(even), rtol=1e-15
    )


def test_probabilities_are_averaged() -> None:
    images = np.zeros((1, 1, 2, 1), np.uint8)
    images[0, 0, 0] = 255
    assert average_over_views(probabilities, images, "none").tolist() == [[1, 0]]
    assert average_over_views(probabilities, images, "flip").tolist() == [[0.5, 0.5]]


def test_metrics_are_those_of_the_mean_and_say_so() -> None:
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (300, 4, 4, 1), dtype=np.uint8)  # more than one batch
    labels = random.integers(2, size=300)
    metrics = augmented_metrics(probabilities, images, labels, "flip")
    expected: Any = classification_metrics(
        (probabilities(images) + probabilities(images[:, :, ::-1])) / 2, labels
    )
    suffix = "_with_test_time_augmentation_flip"
    assert metrics == {f"{name}{suffix}": value for name, value in expected.items()}
    assert without_suffix({"accuracy": 0.5, **metrics}) == ("flip", expected)
    assert augmented_metrics(probabilities, images, labels, "none") == {}
    assert without_suffix({"accuracy": 0.5}) == ("none", {})
