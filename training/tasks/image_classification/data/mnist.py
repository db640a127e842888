"""MNIST and Fashion-MNIST: 60,000 + 10,000 pictures of 28x28, 256 greys, ten classes.

LeCun et al. 1998; Xiao, Rasul and Vollgraf 2017 made theirs in the same files.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.card import ImageInput
from models.errors import InvalidSetting
from training.data.files.archives import open_source
from training.data.files.folders import Source
from training.data.files.idx import find_idx_files, read_idx
from training.data.files.local_copies import obtain
from training.data.images.class_folders import list_class_folders
from training.data.images.decoded_cache import stored
from training.data.images.found_images import Listing
from training.data.images.image_split import ImageDataset
from training.data.splits import TEST, TRAIN
from training.tasks.image_classification.data.assembly import assemble, input_for
from training.tasks.image_classification.recipe import ImageData

LABELS = {
    "mnist": tuple("0123456789"),
    "fashion-mnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
}
_SIZE = 28


def load(data: ImageData) -> ImageDataset:
    """Loads either of the two, by the recipe's name for it.

    Raises:
        InvalidSetting: The files are not in a layout of this data set, or are damaged.
        OkazuError: They cannot be downloaded.
    """
    labels = LABELS[data.dataset]
    # Both show a light thing on a black ground, which is what `pad` puts around a picture.
    spec = input_for(data, ImageInput(height=_SIZE, width=_SIZE, mode="L", resize="pad"))
    source = open_source(obtain(data))
    return assemble(stored(source, spec, lambda: _list(source, labels), labels), data, spec)


def _list(source: Source, labels: tuple[str, ...]) -> Listing:
    files = find_idx_files(source)
    if files is None:
        return list_class_folders(source, labels)
    pixels, classes = [], []
    for part in ("train", "t10k"):
        images = read_idx(source, files[part, "images"], dimensions=3)
        numbers = read_idx(source, files[part, "labels"], dimensions=1)
        if images.shape[1:] != (_SIZE, _SIZE):
            height, width = images.shape[1:]
            raise InvalidSetting(
                f"{source.path}: {files[part, 'images']}: expected pictures of {_SIZE}x{_SIZE},"
                f" received {height}x{width}"
            )
        where = f"{source.path}: {files[part, 'labels']}"
        _check_labels(where, numbers, len(images), len(labels))
        pixels.append(images)
        classes.append(numbers)
    return Listing(
        labels=labels,
        classes=np.concatenate(classes).astype(np.int64),
        parts=np.repeat([TRAIN, TEST], [len(part) for part in classes]).astype(np.int8),
        pixels=np.concatenate(pixels)[..., np.newaxis],
    )


def _check_labels(where: str, numbers: NDArray[np.uint8], images: int, classes: int) -> None:
    """Refuses labels that do not fit the images."""
    if len(numbers) != images or not images:
        raise InvalidSetting(
            f"{where}: expected a label for each of {images:,} images, received {len(numbers):,}"
        )
    if numbers.max() >= classes:
        raise InvalidSetting(
            f"{where}: expected labels from 0 to {classes - 1},"
            f" received {numbers.max()}; the file is damaged"
        )
