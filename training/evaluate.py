"""Measuring a run or an exported model on labelled data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.card import ImageInput
from models.classification import class_probabilities
from models.errors import InvalidSetting, OkazuError
from models.loading import load_model
from models.preprocessing import IMAGE_SUFFIXES, decode_image, image_to_array
from models.settings import ModelSettings
from training.datasets import load_dataset
from training.datasets.images import ImageSplit
from training.metrics import classification_metrics
from training.recipe import Data
from training.runs import RunFolder

_BATCH = 256


@dataclass(frozen=True)
class Evaluated:
    """Metrics, and what they were measured on."""

    data: str
    metrics: dict[str, float]


def evaluate_model(path: Path, settings: ModelSettings, data: Path | None) -> Evaluated:
    """Measures an exported model through its runtime.

    Args:
        path: The model's directory.
        settings: How to run it.
        data: A folder with one sub-folder of images for each label, else the recipe's test part.
    """
    model = load_model(path, settings)
    card = model.card
    part, name = _part(data, card.labels, card.input, card.recipe["data"], settings)
    probabilities = np.concatenate(
        [
            class_probabilities(model, part.images[start : start + _BATCH])
            for start in range(0, len(part), _BATCH)
        ]
    )
    return Evaluated(name, classification_metrics(probabilities, part.labels))


def evaluate_run(folder: RunFolder, settings: ModelSettings, data: Path | None) -> Evaluated:
    """Measures a run's Keras model; see `evaluate_model`."""
    from training.calibration import calibrated_probabilities
    from training.jobs import load_network, predict_logits

    summary, described = folder.read_json("metrics"), folder.read_json("data")
    spec = ImageInput.model_validate(described["input"])
    recipe_data = folder.recipe().data.model_dump()
    part, name = _part(data, described["labels"], spec, recipe_data, settings)
    network = load_network(folder)
    probabilities = calibrated_probabilities(predict_logits(network, part), summary["temperature"])
    return Evaluated(name, classification_metrics(probabilities, part.labels))


def _part(
    folder: Path | None,
    labels: list[str],
    spec: ImageInput,
    recipe_data: dict[str, Any],
    settings: ModelSettings,
) -> tuple[ImageSplit, str]:
    if folder is not None:
        part = read_labelled_images(folder, labels, spec, settings.max_image_pixels)
        return part, f"{folder}, {len(part)} images"
    dataset = load_dataset(Data.model_validate(recipe_data))
    return dataset.test, f"{dataset.name}, test part, {len(dataset.test)} examples"


def read_labelled_images(
    folder: Path, labels: list[str], spec: ImageInput, max_pixels: int
) -> ImageSplit:
    """Reads a folder that has one sub-folder of images for each label.

    Raises:
        InvalidSetting: The folder is missing, a sub-folder is no label, or there is no image.
        OkazuError: A file cannot be decoded; the message names it.
    """
    if not folder.is_dir():
        raise InvalidSetting(f"expected a folder with a sub-folder for each label, got {folder}")
    arrays: list[NDArray[np.uint8]] = []
    numbers: list[int] = []
    for directory in sorted(entry for entry in folder.iterdir() if entry.is_dir()):
        if directory.name not in labels:
            known = ", ".join(labels)
            raise InvalidSetting(f"{directory}: expected a label's name, one of: {known}")
        for file in image_files(directory):
            arrays.append(_read(file, spec, max_pixels))
            numbers.append(labels.index(directory.name))
    if not arrays:
        raise InvalidSetting(f"{folder}: expected images (PNG, JPEG, WebP) below, found none")
    return ImageSplit(np.stack(arrays), np.array(numbers, np.int64))


def image_files(folder: Path) -> list[Path]:
    """The images below a folder, by their endings, in a stable order."""
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in IMAGE_SUFFIXES)


def _read(file: Path, spec: ImageInput, max_pixels: int) -> NDArray[np.uint8]:
    try:
        return image_to_array(decode_image(file.read_bytes(), max_pixels), spec)
    except OkazuError as error:
        raise OkazuError(f"{file}: {error}") from None
    except OSError as error:
        raise OkazuError(f"{file}: {error.strerror}") from None
