"""The worst errors: the right pictures, whole, and within bounds."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from training.data.images.image_split import ImageRows, ImageSplit
from training.tasks.image_classification.worst_errors import (
    find_worst_errors,
    frequent_confusions,
    worst_error_sections,
)

LABELS = ["cat", "dog", "<b>fox</b>"]
# Right, wrong at 0.6, wrong at 0.9, right, wrong at 0.6.
TRUTH = np.array([0, 0, 1, 1, 2])
PROBABILITIES = np.array(
    [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.05, 0.05, 0.9], [0.2, 0.7, 0.1], [0.6, 0.2, 0.2]]
)


def noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def decoded(address: str) -> Image.Image:
    start, _, content = address.partition(",")
    assert start == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(content)))


def page(split: ImageSplit, labels: list[str], probabilities: NDArray[Any]) -> str:
    sections = worst_error_sections(split, labels, probabilities)
    return "".join(f"<h2>{section.title}</h2>{section.body}" for section in sections)


def test_the_most_confident_errors_come_first() -> None:
    worst = find_worst_errors(ImageSplit(noise(5, 4, 4, 3), TRUTH), LABELS, PROBABILITIES)
    assert (worst.examples, worst.errors) == (5, 3)
    shown = [(m.number, m.truth, m.predicted, m.confidence) for m in worst.mistakes]
    assert shown == [(2, "dog", "<b>fox</b>", 0.9), (1, "cat", "dog", 0.6),
                     (4, "<b>fox</b>", "cat", 0.6)]  # fmt: skip
    two = find_worst_errors(ImageSplit(noise(5, 4, 4, 3), TRUTH), LABELS, PROBABILITIES, most=2)
    assert two.mistakes == worst.mistakes[:2]
    assert two.errors == 3


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_small_picture_is_stored_pixel_by_pixel_and_shown_enlarged(
    channels: int, streamed: bool
) -> None:
    images = noise(5, 10, 7, channels)
    rows = ImageRows(images[::-1], np.arange(4, -1, -1)) if streamed else images
    worst = find_worst_errors(ImageSplit(rows, TRUTH), LABELS, PROBABILITIES).mistakes[0]
    with decoded(worst.picture) as picture:
        assert np.array_equal(np.asarray(picture.convert("RGB")), images[2] * np.ones(3, np.uint8))
    assert (worst.width, worst.height, worst.enlarged) == (7 * 12, 10 * 12, True)


@pytest.mark.parametrize(
    ("size", "stored", "shown"),
    [((600, 300), (192, 96), (128, 64)), ((1, 3000), (1, 192), (1, 128))],
)
def test_a_large_picture_is_reduced(
    size: tuple[int, int], stored: tuple[int, int], shown: tuple[int, int]
) -> None:
    split = ImageSplit(noise(5, *size, 3), TRUTH)
    worst = find_worst_errors(split, LABELS, PROBABILITIES).mistakes[0]
    with decoded(worst.picture) as picture:
        assert picture.size == stored[::-1]
    assert (worst.height, worst.width, worst.enlarged) == (*shown, False)
    assert len(worst.picture) < 64_000


def test_the_page_escapes_labels_and_describes_pictures() -> None:
    text = page(ImageSplit(noise(5, 4, 4, 3), TRUTH), LABELS, PROBABILITIES)
    assert "<b>fox</b>" not in text.replace("<b>&lt;b&gt;fox&lt;/b&gt;</b>", "")
    assert text.count("<img ") == text.count("alt=") == text.count('src="data:image/webp') == 3
    assert 'alt="Test image 1, a true cat, taken for dog"' in text
    assert "90.0 % sure" in text
    assert "Most frequent confusions" not in text


def test_no_errors_are_told_too() -> None:
    right: NDArray[Any] = np.eye(3)[TRUTH]
    text = page(ImageSplit(noise(5, 4, 4, 3), TRUTH), LABELS, right)
    assert "None of the 5 test images was classified wrongly." in text
    assert "<img" not in text


def test_confusions_are_counted_by_frequency() -> None:
    truth, predicted = np.array([0, 0, 0, 1, 1, 2]), np.array([1, 1, 0, 2, 1, 2])
    first, second = frequent_confusions(truth, predicted, LABELS)
    assert (first.truth, first.predicted, first.examples) == ("cat", "dog", 2)
    assert first.share == pytest.approx(2 / 3)
    assert (second.truth, second.examples, second.share) == ("dog", 1, 0.5)
    assert len(frequent_confusions(truth, predicted, LABELS, most=1)) == 1
    assert frequent_confusions(truth, truth, LABELS) == []


def test_many_classes_get_a_table_of_confusions() -> None:
    labels = [f"kind {number}" for number in range(30)]
    truth = np.arange(30)
    probabilities = np.eye(30)[np.roll(truth, 1)]
    text = page(ImageSplit(noise(30, 4, 4, 1), truth), labels, probabilities)
    _, _, table = text.partition("Most frequent confusions")
    assert table.count("<tr>") == 1 + 20
    assert "<td>kind 3</td><td>kind 2</td><td>1</td><td>100.0 %</td>" in table
