"""The handwritten digits that come with scikit-learn: 1,797 pictures of 8x8, 17 greys.

The test part of the UCI "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak 1998).
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from models.card import ImageInput
from models.errors import InvalidSetting
from models.images.decode import image_to_array
from training.data.images.image_split import ImageDataset, ImageSplit, split_by_recipe
from training.tasks.image_classification.data import DATASETS
from training.tasks.image_classification.data.assembly import input_for
from training.tasks.image_classification.recipe import ImageData

_BRIGHTEST = 16  # scikit-learn's greys are 0 to 16


def load(data: ImageData) -> ImageDataset:
    """Loads the digits, greys spread over 0 to 255."""
    if data.path is not None:
        raise InvalidSetting("data.path: digits comes with scikit-learn; expected no path")
    from sklearn.datasets import load_digits

    digits = load_digits()
    spec = input_for(data, ImageInput(height=8, width=8, mode="L"))
    greys = np.rint(digits.images * (255 / _BRIGHTEST)).astype(np.uint8)
    images = np.stack([image_to_array(Image.fromarray(grey), spec) for grey in greys])
    everything = ImageSplit(images, digits.target.astype(np.int64))
    train, validation, test = split_by_recipe(everything, data)
    return ImageDataset(
        name="digits",
        labels=tuple(str(name) for name in digits.target_names),
        input=spec,
        licence=DATASETS["digits"].licence,
        source=DATASETS["digits"].home,
        train=train,
        validation=validation,
        test=test,
    )
