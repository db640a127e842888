"""The user's own images: a folder, zip or tar with one sub-folder for each class."""

from __future__ import annotations

from models.card import ImageInput
from training.data.files.archives import open_source
from training.data.files.local_copies import obtain
from training.data.images.class_folders import list_class_folders
from training.data.images.decoded_cache import stored
from training.data.images.image_split import ImageDataset
from training.tasks.image_classification.data.assembly import assemble, input_for
from training.tasks.image_classification.recipe import ImageData

# Photographs are of any shape: the middle of one, undistorted, is what a crop keeps.
DEFAULT_INPUT = ImageInput(height=96, width=96, mode="RGB", resize="crop")


def load(data: ImageData) -> ImageDataset:
    """Loads the images at `data.path`.

    Raises:
        InvalidSetting: There is no such path, or it is not in that layout.
        OkazuError: The decoded images cannot be stored.
    """
    spec = input_for(data, DEFAULT_INPUT)
    source = open_source(obtain(data))
    return assemble(stored(source, spec, lambda: list_class_folders(source)), data, spec)
