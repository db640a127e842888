"""`okazu augment`: a picture of what the network sees while it trains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.errors import OkazuError
from training.data.catalogue import load_dataset
from training.tasks.image_classification.augmentation import Augmentation
from training.tasks.image_classification.mixing import mix, mixes
from training.tasks.image_classification.recipe import ImageRecipe

ROWS, COLUMNS = 8, 10
_SMALLEST = 64  # pixels that a picture is drawn with, at least
_GAP = 4


def draw_sheet(recipe: ImageRecipe, path: Path) -> None:
    """Writes a PNG: a row for each image, the image itself and augmented versions of it.

    Raises:
        OkazuError: The data cannot be had, or the file cannot be written.
    """
    dataset = load_dataset(recipe.data)
    # From all over the set: many are sorted by class.
    images = dataset.train.images[np.linspace(0, len(dataset.train) - 1, ROWS).astype(int)]
    columns = [images, *(_augmented(recipe, images, seed) for seed in range(1, COLUMNS))]
    try:
        Image.fromarray(_sheet(columns)).save(path, "PNG")
    except OSError as error:
        raise OkazuError(f"{path}: {error.strerror or error}") from None


def _augmented(recipe: ImageRecipe, images: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    if mixes(recipe.augment):
        nobody = np.zeros((len(images), 1), np.float32)
        images, _ = mix(images, nobody, recipe.augment, np.random.default_rng(seed))
    layer = Augmentation(recipe.augment, recipe.fit.seed + seed)
    return np.asarray(layer(images, training=True), np.uint8)


def _sheet(columns: list[NDArray[np.uint8]]) -> NDArray[Any]:
    """uint8 `[height, width, 3]`, small pictures enlarged by whole pixels."""
    height, width, channels = columns[0].shape[1:]
    scale = max(1, _SMALLEST // min(height, width))
    cell_height, cell_width = height * scale + _GAP, width * scale + _GAP
    sheet = np.full((len(columns[0]) * cell_height, len(columns) * cell_width, 3), 255, np.uint8)
    for column, images in enumerate(columns):
        for row, image in enumerate(images.repeat(scale, 1).repeat(scale, 2)):
            top, left = row * cell_height, column * cell_width
            place = sheet[top : top + height * scale, left : left + width * scale]
            place[...] = image if channels == 3 else image.repeat(3, axis=-1)
    return sheet
