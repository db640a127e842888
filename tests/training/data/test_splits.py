from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.catalogue import load_dataset
from training.data.splits import content_digests, groups_of, stratified_split
from training.tasks.image_classification.recipe import ImageData


def test_equal_examples_share_a_group() -> None:
    examples = np.array([[1, 2], [3, 4], [1, 2], [2, 1]])
    assert groups_of(content_digests(examples)).tolist() == [0, 1, 0, 2]


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    examples=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), min_size=1, max_size=200),
    fraction=st.floats(0.05, 0.9),
    seed=st.integers(0, 5),
)
def test_a_split_is_a_partition_by_content(
    examples: list[tuple[int, int]], fraction: float, seed: int
) -> None:
    labels = np.array([label for label, _ in examples], np.int64)
    groups = groups_of(content_digests(np.array(examples)))
    kept, split_off = stratified_split(labels, groups, fraction, np.random.default_rng(seed))
    assert sorted([*kept.tolist(), *split_off.tolist()]) == list(range(len(examples)))
    assert not set(groups[kept]) & set(groups[split_off])
    for label in np.unique(labels):
        distinct = len(set(groups[labels == label]))
        there = len(set(groups[split_off][labels[split_off] == label]))
        assert abs(there - fraction * distinct) <= 1
        if distinct > 1:
            assert 0 < there < distinct


def test_digits_are_split_stratified_and_the_same_each_time() -> None:
    first, again = (load_dataset(ImageData(dataset="digits")) for _ in range(2))
    other = load_dataset(ImageData(dataset="digits", split_seed=1))
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert len(first.train) + len(first.validation) + len(first.test) == 1797
    assert len(first.test) == pytest.approx(0.2 * 1797, abs=10)
    for part in (first.train, first.validation, first.test):
        share = np.bincount(part.labels, minlength=10) / len(part)
        np.testing.assert_allclose(share, 0.1, atol=0.015)
    seen = {image.tobytes() for image in first.train.images}
    assert not seen & {image.tobytes() for image in first.test.images}
    assert np.max(np.asarray(first.train.images)) == 255
