"""How much of another image a mixed one has, and when batches are drawn anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from training.fitting.batches import FollowEpoch, TrainingBatches, one_hot
from training.tasks.image_classification.mixing import mix
from training.tasks.image_classification.recipe import Augment

SIZE = 16
LABELS = np.arange(400) % 2
IMAGES = np.repeat(LABELS * 255, SIZE * SIZE).astype(np.uint8).reshape(-1, SIZE, SIZE, 1)


def shares(augment: Augment, times: int) -> list[NDArray[np.float32]]:
    """Of each batch, the shares of class 1 in images that were mixed with one of another class."""
    random = np.random.default_rng(0)
    made = [mix(IMAGES, one_hot(LABELS, 2), augment, random)[1][:, 1] for _ in range(times)]
    return [found[(found > 0) & (found < 1)] for found in made]


@pytest.mark.parametrize("alpha", [0.3, 1.0, 4.0])
def test_mixup_draws_its_shares_from_a_beta_distribution(alpha: float) -> None:
    """Its variance is 1 / (4 (2 alpha + 1))."""
    drawn = np.concatenate(shares(Augment(mixup=alpha), 40))
    assert drawn.mean() == pytest.approx(0.5, abs=0.02)
    assert drawn.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.07)


def pasted(alpha: float, times: int) -> NDArray[np.float64]:
    """The area of each batch's rectangle, as a part of the image's."""
    random = np.random.default_rng(1)
    areas = []
    for _ in range(times):
        mixed, _ = mix(IMAGES, one_hot(LABELS, 2), Augment(cutmix=alpha), random)
        areas.append((mixed != IMAGES).any(axis=0).mean())
    return np.array(areas)


def test_cutmix_pastes_a_rectangle_of_the_area_that_was_drawn() -> None:
    """With an alpha of 10 the area is near one half, less what lies beyond the edges."""
    areas = pasted(10.0, 300)
    assert areas.max() == pytest.approx(0.7, abs=0.12)  # 0.5 and three deviations of 0.11
    # A centre near the middle, as one in five is, keeps more than a third.
    assert (areas > 0.35).mean() > 0.2


def test_cutmix_of_a_small_alpha_pastes_almost_all_or_almost_nothing() -> None:
    areas = pasted(0.1, 300)
    assert (areas < 0.02).mean() > 0.3  # 0.02 where all areas are as likely


def test_where_both_are_asked_for_each_batch_takes_one_of_them() -> None:
    batches = shares(Augment(mixup=1, cutmix=1), 200)
    # The shares of a cut batch are all one number or its complement.
    cut = [len(np.unique(np.abs(np.round(found - 0.5, 4)))) <= 1 for found in batches]
    assert 0.35 < np.mean(cut) < 0.65


def test_every_batch_of_every_epoch_is_changed_in_a_way_of_its_own() -> None:
    drawn: list[float] = []

    def change(inputs: Any, targets: Any, random: np.random.Generator) -> tuple[Any, Any]:
        drawn.append(random.random())
        return inputs, targets

    batches = TrainingBatches(IMAGES, one_hot(LABELS, 2), 100, seed=0, change=change)
    for epoch in (0, 1, 0):
        batches.epoch = epoch
        for number in range(len(batches)):
            batches[number]
    first, second, again = np.split(np.array(drawn), 3)
    assert len({*first, *second}) == 8
    assert np.array_equal(first, again)


def test_the_batches_follow_the_epoch_that_training_is_in() -> None:
    batches = TrainingBatches(np.arange(400), one_hot(LABELS, 2), 400, seed=0)
    follow = FollowEpoch(batches)
    orders = []
    for epoch in (0, 1, 2):
        follow.on_epoch_begin(epoch)
        orders.append(batches[0][0].tolist())
    assert orders[0] != orders[1] != orders[2] != orders[0]
    batches.epoch = 1
    assert batches[0][0].tolist() == orders[1]


def test_what_does_not_fill_a_batch_is_another_part_in_each_epoch() -> None:
    batches = TrainingBatches(np.arange(10), one_hot(LABELS[:10], 2), 4, seed=0)
    left_out: set[int] = set()
    for epoch in range(20):
        batches.epoch = epoch
        seen = {int(x) for number in range(len(batches)) for x in batches[number][0]}
        assert len(seen) == 8
        left_out |= set(range(10)) - seen
    assert left_out == set(range(10))
