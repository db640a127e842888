from __future__ import annotations

from typing import Any

import numpy as np

from training.augmentation import Augmentation, augments
from training.recipe import Augment


def blob(count: int = 64, size: int = 9) -> np.ndarray[Any, Any]:
    images = np.zeros((count, size, size, 1), np.uint8)
    images[:, 2:5, 3:6] = 200
    return images


def augmented(
    augment: Augment, images: np.ndarray[Any, Any], seed: int = 0
) -> np.ndarray[Any, Any]:
    return np.asarray(Augmentation(augment, seed)(images, training=True))


def test_without_training_images_pass_untouched() -> None:
    layer = Augmentation(Augment(shift=0.3, rotation=90, zoom=0.5), 0)
    assert np.array_equal(layer(blob(), training=False), blob())


def test_nothing_to_do_changes_nothing() -> None:
    assert not augments(Augment())
    assert augments(Augment(zoom=0.1))
    assert np.array_equal(augmented(Augment(), blob()), blob())


def test_shape_dtype_and_range_are_kept() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (32, 7, 5, 3), dtype=np.uint8)
    result = augmented(Augment(shift=0.2, rotation=30, zoom=0.2), noise)
    assert result.shape == noise.shape
    assert result.dtype == np.uint8


def test_images_of_a_batch_are_changed_differently() -> None:
    result = augmented(Augment(shift=0.2, rotation=20, zoom=0.2), blob())
    assert len({image.tobytes() for image in result}) > 50


def test_the_seed_decides() -> None:
    augment = Augment(shift=0.2, rotation=20)
    assert np.array_equal(augmented(augment, blob(), 1), augmented(augment, blob(), 1))
    assert not np.array_equal(augmented(augment, blob(), 1), augmented(augment, blob(), 2))


def centres(images: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    weights = images[..., 0].astype(float)
    rows, columns = np.mgrid[: images.shape[1], : images.shape[2]]
    total = weights.sum(axis=(1, 2))
    return (weights * rows).sum((1, 2)) / total, (weights * columns).sum((1, 2)) / total


def test_a_shift_moves_by_at_most_its_part_of_the_size() -> None:
    rows, columns = centres(augmented(Augment(shift=0.2), blob(256)))
    for moved in (rows - 3, columns - 4):
        assert np.abs(moved).max() <= 0.2 * 9 + 0.1
        assert np.abs(moved).max() > 1
        assert abs(moved.mean()) < 0.25


def test_a_rotation_turns_about_the_centre() -> None:
    rows, columns = centres(augmented(Augment(rotation=180), blob(256)))
    distances = np.hypot(rows - 4, columns - 4)
    np.testing.assert_allclose(distances, 1, atol=0.35)
    assert rows.min() < 3.5
    assert rows.max() > 4.5


def test_a_zoom_changes_the_size_both_ways() -> None:
    areas = (augmented(Augment(zoom=0.4), blob(256)) > 100).sum(axis=(1, 2, 3))
    assert areas.min() < 9 < areas.max()
