from __future__ import annotations

from typing import Any

import numpy as np

from training.tasks.image_classification.augmentation import Augmentation, augments
from training.tasks.image_classification.recipe import Augment


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


def test_a_shift_moves_by_whole_pixels_each_as_often() -> None:
    rows, columns = centres(augmented(Augment(shift=0.2), blob(500)))
    for moved in (rows - 3, columns - 4):
        values, counts = np.unique(moved, return_counts=True)
        assert values.tolist() == [-2, -1, 0, 1, 2]  # 0.2 of 9 pixels
        assert counts.min() > 70


def test_what_a_shift_uncovers_is_filled_as_asked() -> None:
    white = np.full((64, 8, 8, 1), 255, np.uint8)
    assert augmented(Augment(shift=0.25), white).min() == 255
    assert augmented(Augment(shift=0.25, fill="reflect"), white).min() == 255
    assert augmented(Augment(shift=0.25, fill="constant"), white).min() == 0


def test_a_flip_mirrors_every_other_image() -> None:
    images = np.random.default_rng(0).integers(0, 256, (400, 5, 6, 3), dtype=np.uint8)
    result = augmented(Augment(horizontal_flip=True), images)
    same = (result == images).all(axis=(1, 2, 3))
    mirrored = (result == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert 150 < mirrored.sum() < 250


def test_brightness_and_contrast() -> None:
    images = np.full((200, 4, 4, 3), 100, np.uint8)
    images[:, :2] = 140
    brighter = augmented(Augment(brightness=0.1), images).astype(int)
    difference = brighter - images
    assert np.ptp(difference, axis=(1, 2, 3)).max() == 0
    assert 20 < np.abs(difference).max() <= 26
    contrast = np.ptp(augmented(Augment(contrast=0.5), images).astype(int), axis=(1, 2, 3))
    assert contrast.min() < 28 < 52 < contrast.max() <= 61


def test_hue_turns_colours_and_leaves_greys_and_brightness() -> None:
    grey = np.full((50, 2, 2, 3), 90, np.uint8)
    assert np.abs(augmented(Augment(hue=0.5), grey).astype(int) - 90).max() <= 1
    colour = np.tile(np.array([140, 100, 60], np.uint8), (50, 2, 2, 1))
    turned = augmented(Augment(hue=0.5), colour).astype(int)
    np.testing.assert_allclose(turned.mean(axis=-1), 100, atol=1)
    assert (turned[..., 2] > turned[..., 0]).any()


def test_cutout_greys_a_square() -> None:
    images = np.random.default_rng(0).integers(0, 256, (64, 10, 10, 3), dtype=np.uint8)
    result = augmented(Augment(cutout=0.4), images)
    changed = (result != images).any(axis=-1)
    assert changed.sum(axis=(1, 2)).min() >= 1
    assert changed.sum(axis=(1, 2)).max() in (16, 15, 14)
    for image, mask in zip(result, changed, strict=True):
        assert len(np.unique(image[mask], axis=0)) == 1


def test_a_rotation_turns_about_the_centre() -> None:
    rows, columns = centres(augmented(Augment(rotation=180), blob(256)))
    distances = np.hypot(rows - 4, columns - 4)
    np.testing.assert_allclose(distances, 1, atol=0.35)
    assert rows.min() < 3.5
    assert rows.max() > 4.5


def test_a_zoom_changes_the_size_both_ways() -> None:
    areas = (augmented(Augment(zoom=0.4), blob(256)) > 100).sum(axis=(1, 2, 3))
    assert areas.min() < 9 < areas.max()
