from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.card import ImageInput
from training.data.images.image_split import ImageDataset, ImageSplit
from training.fitting.batches import TrainingBatches, ValidationBatches, balanced_weights, one_hot
from training.recipe.loading import load_recipe
from training.tasks.image_classification.mixing import mix
from training.tasks.image_classification.recipe import Augment, ImageRecipe
from training.tasks.image_classification.task import TASK


def split(count: int = 10) -> ImageSplit:
    images = np.arange(count, dtype=np.uint8).reshape(-1, 1, 1, 1)
    return ImageSplit(images, np.arange(count, dtype=np.int64) % 2)


def dataset() -> ImageDataset:
    spec = ImageInput(height=1, width=1, mode="L")
    return ImageDataset("ten", ("even", "odd"), spec, "", "", split(), split(0), split(0))


def batches(seed: int = 0, **changes: Any) -> TrainingBatches:
    recipe = load_recipe("digits-mlp", {"fit.batch_size": 4, **changes})
    assert isinstance(recipe, ImageRecipe)
    return TASK.training_batches(recipe, dataset(), seed)


def seen(of: TrainingBatches) -> list[int]:
    return [int(value) for index in range(len(of)) for value in of[index][0].ravel()]


def test_batches_are_full_and_no_example_comes_twice() -> None:
    made = batches()
    assert len(made) == 2
    assert len(set(seen(made))) == 8
    images, targets = made[0]
    assert np.array_equal(targets.argmax(axis=1), images.ravel() % 2)


def test_the_seed_and_the_epoch_decide_the_order() -> None:
    first, again, other = batches(), batches(), batches(seed=1)
    zeroth = seen(first)
    assert zeroth == seen(again) != seen(other)
    first.epoch = 5
    fifth = seen(first)
    assert fifth != zeroth
    first.epoch = 0
    assert seen(first) == zeroth
    again.epoch = 5
    assert seen(again) == fifth


def test_validation_sees_everything_in_order() -> None:
    made = ValidationBatches(split().images, one_hot(split().labels, 2), 4)
    assert [len(made[index][0]) for index in range(len(made))] == [4, 4, 2]
    assert np.concatenate([made[i][0].ravel() for i in range(3)]).tolist() == list(range(10))


def test_balanced_weights_make_classes_count_the_same() -> None:
    labels = np.array([0] * 8 + [1] * 2)
    weights = balanced_weights(labels, 3)
    assert weights[:2].tolist() == [0.625, 2.5]
    assert weights[labels].mean() == 1
    balanced: dict[str, Any] = {"fit.class_weights": "balanced"}
    made = batches(**balanced)
    images, targets, given = made[0]
    assert given.shape == (4,)
    assert len(images) == len(targets) == 4


@pytest.mark.parametrize("changes", [{"mixup": 0.4}, {"cutmix": 1.0}, {"mixup": 1, "cutmix": 1}])
def test_mixed_labels_say_what_is_in_the_image(changes: dict[str, Any]) -> None:
    # Black images are of class 0, white ones of class 1: brightness is the share of class 1.
    labels = np.arange(64) % 2
    images = np.zeros((64, 8, 8, 1), np.uint8)
    images[labels == 1] = 255
    targets = np.eye(2, dtype=np.float32)[labels]
    random = np.random.default_rng(3)
    mixed_some = False
    for _ in range(8):
        mixed, shares = mix(images, targets, Augment(**changes), random)
        np.testing.assert_allclose(mixed.mean(axis=(1, 2, 3)) / 255, shares[:, 1], atol=0.003)
        np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
        mixed_some |= bool(((shares[:, 1] > 0.01) & (shares[:, 1] < 0.99)).any())
    assert mixed_some
    assert images.max() == 255  # what was given is left alone


def test_mixing_is_repeated_by_the_epoch() -> None:
    changes: dict[str, Any] = {"augment.mixup": 1.0}
    first, again = batches(**changes), batches(**changes)
    for made in (first, again):
        made.epoch = 3
    assert np.array_equal(first[1][1], again[1][1])
    first.epoch = 4
    assert not np.array_equal(first[1][1], again[1][1])
