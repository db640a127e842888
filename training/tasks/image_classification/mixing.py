"""Mixup and CutMix: training images that are two at once, and labels to match.

They work on a batch as it is read, on the CPU, with random numbers of the seed, the epoch and the
batch alone, so that a resumed training mixes as an uninterrupted one does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.tasks.image_classification.recipe import Augment

Images = NDArray[np.uint8]
Targets = NDArray[np.float32]


def mixes(augment: Augment) -> bool:
    """Whether there is anything to mix."""
    return bool(augment.mixup or augment.cutmix)


def mix(
    images: Images, targets: Targets, augment: Augment, random: np.random.Generator
) -> tuple[Images, Targets]:
    """Mixes each image with another of its batch.

    Args:
        images: uint8 `[batch, height, width, channels]`.
        targets: float32 `[batch, classes]`, rows that sum to 1.
        augment: With the strengths; where both are set, each batch takes one of them.
        random: Decides.
    """
    partners = random.permutation(len(images))
    cut = augment.cutmix and (not augment.mixup or random.random() < 0.5)
    if cut:
        return _cutmix(images, targets, partners, augment.cutmix, random)
    return _mixup(images, targets, partners, augment.mixup, random)


def _mixup(
    images: Images,
    targets: Targets,
    partners: NDArray[np.intp],
    alpha: float,
    random: np.random.Generator,
) -> tuple[Images, Targets]:
    """Zhang et al. 2018: a weighted mean of two images and of their labels."""
    share = random.beta(alpha, alpha, len(images)).astype(np.float32)
    mixed = _blend(images, images[partners], share[:, None, None, None])
    return np.rint(mixed).astype(np.uint8), _blend(targets, targets[partners], share[:, None])


def _blend(left: NDArray[Any], right: NDArray[Any], share: NDArray[np.float32]) -> Targets:
    return (left * share + right * (1 - share)).astype(np.float32)


def _cutmix(
    images: Images,
    targets: Targets,
    partners: NDArray[np.intp],
    alpha: float,
    random: np.random.Generator,
) -> tuple[Images, Targets]:
    """Yun et al. 2019: a rectangle of one image in another; labels by area."""
    _, height, width, _ = images.shape
    side = math.sqrt(1 - random.beta(alpha, alpha))
    center_y, center_x = int(random.integers(height)), int(random.integers(width))
    top, bottom = _span(center_y, side * height, height)
    left, right = _span(center_x, side * width, width)
    mixed = images.copy()
    mixed[:, top:bottom, left:right] = images[partners, top:bottom, left:right]
    share = np.array(1 - (bottom - top) * (right - left) / (height * width), np.float32)
    return mixed, _blend(targets, targets[partners], share)


def _span(center: int, length: float, size: int) -> tuple[int, int]:
    start, stop = round(center - length / 2), round(center + length / 2)
    return max(start, 0), min(max(stop, 0), size)
