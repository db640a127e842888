"""Offline predictions: files and folders through an exported model, in batches, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from models.classification import classify
from models.errors import InvalidSetting, OkazuError
from models.loading import LoadedModel
from models.preprocessing import decode_image, image_to_array
from training.evaluate import image_files

BATCH = 64

Result = dict[str, Any]


def find_inputs(arguments: Iterable[Path]) -> list[Path]:
    """The files that are meant: a folder stands for the images below it.

    Raises:
        InvalidSetting: A path does not exist, or a folder holds no image.
    """
    files: list[Path] = []
    for path in arguments:
        if path.is_dir():
            below = image_files(path)
            if not below:
                raise InvalidSetting(f"{path}: expected images (PNG, JPEG, WebP) below, found none")
            files += below
        elif path.exists():
            files.append(path)
        else:
            raise InvalidSetting(f"{path}: there is no such file or folder")
    return files


def predict_images(
    model: LoadedModel, files: Iterable[Path], *, top_k: int, max_pixels: int
) -> Iterator[Result]:
    """Classifies images, a batch at a time.

    Yields:
        In the order of the files `{"input", "predictions"}`, or `{"input", "error"}` for a file
        that is no readable image; the others are answered all the same.
    """
    remaining = iter(files)
    while batch := list(islice(remaining, BATCH)):
        yield from _predict_batch(model, batch, top_k, max_pixels)


def _predict_batch(
    model: LoadedModel, files: list[Path], top_k: int, max_pixels: int
) -> Iterator[Result]:
    arrays, errors = {}, {}
    for file in files:
        try:
            image = decode_image(file.read_bytes(), max_pixels)
            arrays[file] = image_to_array(image, model.card.input)
        except OkazuError as error:
            errors[file] = str(error)
        except OSError as error:
            errors[file] = error.strerror or str(error)
    answers = {}
    if arrays:
        predictions = classify(model, np.stack(list(arrays.values())), top_k)
        answers = dict(zip(arrays, predictions, strict=True))
    for file in files:
        if file in errors:
            yield {"input": str(file), "error": errors[file]}
        else:
            yield {"input": str(file), "predictions": answers[file]}
