"""How large the parts are that are split off, and what decides who is in them."""

from __future__ import annotations

import numpy as np

from training.data.splits import PartRows, split_rows
from training.tasks.image_classification.recipe import ImageData

CLASSES = np.arange(1000) % 2


def parts(split_seed: int = 0) -> PartRows:
    data = ImageData(
        dataset="digits", test_fraction=0.3, validation_fraction=0.1, split_seed=split_seed
    )
    return split_rows(np.arange(1000), CLASSES, np.arange(1000), data)


def test_validation_is_its_fraction_of_what_is_not_test() -> None:
    split = parts()
    assert [len(split.test), len(split.validation), len(split.train)] == [300, 70, 630]
    for part in (split.train, split.validation, split.test):
        assert CLASSES[part].mean() == 0.5
    everything = np.concatenate([split.train, split.validation, split.test])
    assert sorted(everything.tolist()) == list(range(1000))


def test_the_seed_decides_both_parts() -> None:
    first, again, other = parts(), parts(), parts(split_seed=5)
    for name in ("test", "validation"):
        rows = getattr(first, name)
        assert np.array_equal(rows, getattr(again, name))
        # Of another draw about as many are the same as by chance, three tenths or fewer.
        assert np.isin(rows, getattr(other, name)).mean() < 0.5
