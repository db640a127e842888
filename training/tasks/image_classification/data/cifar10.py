"""CIFAR-10: 50,000 + 10,000 pictures of 32x32 in colour, ten classes (Krizhevsky 2009)."""

from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from models.card import ImageInput
from models.errors import InvalidSetting
from training.data.files.archives import open_source
from training.data.files.folders import Source
from training.data.files.local_copies import obtain
from training.data.images.class_folders import list_class_folders
from training.data.images.decoded_cache import stored
from training.data.images.found_images import Listing
from training.data.images.image_split import ImageDataset
from training.data.splits import TEST, TRAIN
from training.tasks.image_classification.data.assembly import assemble, input_for
from training.tasks.image_classification.recipe import ImageData

LABELS = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
_SIZE = 32
_RECORD = 1 + 3 * _SIZE * _SIZE  # a label, then red, green and blue planes
_BATCHES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")


def load(data: ImageData) -> ImageDataset:
    """Loads CIFAR-10.

    Raises:
        InvalidSetting: The files are not in a layout of this data set, or are damaged.
        OkazuError: They cannot be downloaded.
    """
    spec = input_for(data, ImageInput(height=_SIZE, width=_SIZE, mode="RGB", resize="crop"))
    source = open_source(obtain(data))
    return assemble(stored(source, spec, lambda: _list(source), LABELS), data, spec)


def _list(source: Source) -> Listing:
    members = {PurePosixPath(member.name).name: member.name for member in source.members()}
    missing = [name for name in _BATCHES if name not in members]
    if len(missing) == len(_BATCHES):
        if "data_batch_1" in members:
            raise InvalidSetting(
                f"{source.path}: this is the version for Python, of pickles, which can run any"
                " program and are not loaded; expected cifar-10-binary.tar.gz"
            )
        return list_class_folders(source, LABELS)
    if missing:
        raise InvalidSetting(f"{source.path}: expected CIFAR-10's files; missing: {missing[0]}")
    files = {members[name] for name in _BATCHES}
    content = {PurePosixPath(name).name: (name, data) for name, data in source.stream(files)}
    batches = [_records(source, *content[name]) for name in _BATCHES]
    records = np.concatenate(batches)
    return Listing(
        labels=LABELS,
        classes=records[:, 0].astype(np.int64),
        parts=np.concatenate(
            [
                np.full(len(batch), TEST if name == _BATCHES[-1] else TRAIN, np.int8)
                for name, batch in zip(_BATCHES, batches, strict=True)
            ]
        ),
        pixels=records[:, 1:].reshape(-1, 3, _SIZE, _SIZE).transpose(0, 2, 3, 1),
    )


def _records(source: Source, name: str, content: bytes) -> NDArray[np.uint8]:
    """The records of one file, uint8 `[records, 1 + 3 * 32 * 32]`."""
    if not content or len(content) % _RECORD:
        raise InvalidSetting(
            f"{source.path}: {name}: expected records of {_RECORD:,} bytes, received"
            f" {len(content):,} bytes; the file is truncated or damaged"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
    if records[:, 0].max() >= len(LABELS):
        raise InvalidSetting(
            f"{source.path}: {name}: expected labels from 0 to {len(LABELS) - 1}, received"
            f" {records[:, 0].max()}; the file is damaged"
        )
    return records
