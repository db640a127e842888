"""Test-time augmentation: several views of each image, and the mean of what is said of them.

Probabilities are averaged, as by Krizhevsky et al. 2012 (section 4.1) and Simonyan and Zisserman
2015 (section 3.2), not logits: what is averaged is calibrated already, the log-likelihood of a mean
of probabilities is never below the views' mean log-likelihood, and an exported model gives nothing
else. The views themselves are those of airbench (Jordan 2024, "multi-crop evaluation").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.classification.metrics import classification_metrics
from training.data.examples import expect_examples
from training.tasks.image_classification.recipe import TestTimeAugmentation

Images = NDArray[np.uint8]
Probabilities = NDArray[np.floating[Any]]

_SHIFT = 32  # a shift is by one pixel in so many
_BATCH = 256
_SUFFIX = "_with_test_time_augmentation_"


def views(images: Images, augmentation: TestTimeAugmentation) -> Iterator[tuple[float, Images]]:
    """The views of a batch, and the weight of each; the weights sum to 1.

    `flip` gives the images and their mirror images, half the weight each. `flip_and_shift` gives
    these and both of them moved to the lower right and to the upper left, by one pixel in 32 and
    at least by one, mirrored at the edges; what is not moved has half of the weight.

    Args:
        images: uint8 `[batch, height, width, channels]`.
        augmentation: Which views.
    """
    if augmentation == "none":
        yield 1.0, images
        return
    if augmentation == "flip":
        moved = [(1.0, images)]
    else:
        moved = [(0.5, images), *((0.25, shifted) for shifted in _shifted(images))]
    for weight, view in moved:
        yield weight / 2, view
        yield weight / 2, np.ascontiguousarray(view[:, :, ::-1])


def _shifted(images: Images) -> Iterator[Images]:
    _, height, width, _ = images.shape
    down, right = max(1, round(height / _SHIFT)), max(1, round(width / _SHIFT))
    padded = np.pad(images, ((0, 0), (down, down), (right, right), (0, 0)), mode="reflect")
    yield padded[:, :height, :width]
    yield padded[:, 2 * down :, 2 * right :]


def average_over_views(
    ask: Callable[[Images], Probabilities], images: Images, augmentation: TestTimeAugmentation
) -> NDArray[np.float64]:
    """The weighted mean of the probabilities of all views, float64 `[batch, classes]`.

    Args:
        ask: Images to calibrated probabilities `[batch, classes]`.
        images: uint8 `[batch, height, width, channels]`.
        augmentation: Which views.
    """
    parts = [
        weight * np.asarray(ask(view), np.float64) for weight, view in views(images, augmentation)
    ]
    mean: NDArray[np.float64] = np.sum(parts, axis=0)
    return mean


def augmented_metrics(
    ask: Callable[[Images], Probabilities],
    images: Any,
    labels: NDArray[np.int64],
    augmentation: TestTimeAugmentation,
) -> dict[str, float]:
    """Scores the mean over views, under names that say so; nothing where there is one view alone.

    Args:
        ask: Images to calibrated probabilities `[batch, classes]`.
        images: uint8 `[examples, height, width, channels]`; an array, or read by slices.
        labels: int64 `[examples]`.
        augmentation: Which views.

    Returns:
        `accuracy_with_test_time_augmentation_flip` and so on; see `classification_metrics`.
    """
    if augmentation == "none":
        return {}
    expect_examples(images, labels)
    probabilities = np.concatenate(
        [
            average_over_views(ask, images[start : start + _BATCH], augmentation)
            for start in range(0, len(labels), _BATCH)
        ]
    )
    metrics = classification_metrics(probabilities, labels)
    return {f"{name}{_SUFFIX}{augmentation}": value for name, value in metrics.items()}


def without_suffix(metrics: Mapping[str, float]) -> tuple[str, dict[str, float]]:
    """Of all metrics those of `augmented_metrics`, by their plain names, and the augmentation's."""
    parted = [(*name.partition(_SUFFIX), value) for name, value in metrics.items()]
    augmented = {name: value for name, suffix, _, value in parted if suffix}
    return next((kind for _, suffix, kind, _ in parted if suffix), "none"), augmented
