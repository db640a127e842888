"""Image files and folders through an exported model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.artifact.loading import LoadedModel
from models.card import ImageInput, ModelCard
from models.errors import InvalidSetting, OkazuError
from models.images.decode import IMAGE_SUFFIXES, decode_image, image_to_array
from models.tasks.image_classification.predict import LabelScore, classify
from training.classification.metrics import classification_metrics
from training.contract.files import Labelled, Options, Plan, Prediction, TaskFiles
from training.contract.interface import Signature
from training.data.files.limits import read_file
from training.data.files.prediction_rows import answers_from
from training.data.images.image_split import ImageDataset
from training.tasks.image_classification.recipe import TestTimeAugmentation
from training.tasks.image_classification.test_time_augmentation import augmented_metrics

BATCH = 64


class ImageFiles(TaskFiles):
    """Files are PNG, JPEG or WebP; labelled data is a folder with a sub-folder for each label."""

    noun = "images"
    has_test_time_augmentation = True

    def labelled(self, path: Path, signature: Signature, options: Options) -> Labelled:
        return read_labelled_images(
            path, signature.labels, _image_input(signature), options.settings.max_image_pixels
        )

    def test_part(self, dataset: ImageDataset, signature: Signature) -> Labelled:
        if dataset.labels != signature.labels:
            raise OkazuError(
                f"{dataset.name}: the data changed since training: expected the classes"
                f" {', '.join(signature.labels)}; received {', '.join(dataset.labels)}"
            )
        return Labelled(dataset.test.images, dataset.test.labels)

    def metrics(
        self, answers: NDArray[Any], part: Labelled, signature: Signature
    ) -> dict[str, float]:
        del signature
        return classification_metrics(answers, part.truth)

    def augmented_metrics(
        self,
        ask: Callable[[NDArray[Any]], NDArray[Any]],
        part: Labelled,
        augmentation: str,
    ) -> dict[str, float]:
        views = cast(TestTimeAugmentation, augmentation)
        return augmented_metrics(ask, part.inputs, part.truth, views)

    def find_inputs(self, paths: Sequence[Path]) -> list[Path]:
        """A folder stands for the images below it."""
        files: list[Path] = []
        for path in paths:
            if path.is_dir():
                below = image_files(path)
                if not below:
                    raise InvalidSetting(
                        f"{path}: expected images (PNG, JPEG, WebP) below, found none"
                    )
                files += below
            elif path.exists():
                files.append(path)
            else:
                raise InvalidSetting(f"{path}: there is no such file or folder")
        return files

    def plan(self, card: ModelCard, files: Sequence[Path], options: Options) -> Plan:
        del card, options
        return Plan(["input"], ["prediction", "score"], len(files))

    def predict(
        self, model: LoadedModel, files: Sequence[Path], options: Options, start: int = 0
    ) -> Iterator[Prediction]:
        remaining = iter(files)
        batches = iter(lambda: list(islice(remaining, BATCH)), [])
        most = options.settings.max_image_pixels
        return answers_from(
            start,
            ((len(some), _predict_batch(model, some, options.top_k, most)) for some in batches),
        )


FILES = ImageFiles()


def read_labelled_images(
    folder: Path, labels: Sequence[str], spec: ImageInput, max_pixels: int
) -> Labelled:
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
    return Labelled(np.stack(arrays), np.array(numbers, np.int64))


def image_files(folder: Path) -> list[Path]:
    """The images below a folder, by their endings, in a stable order."""
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in IMAGE_SUFFIXES)


def _read(file: Path, spec: ImageInput, max_pixels: int) -> NDArray[np.uint8]:
    try:
        return image_to_array(_picture(file, max_pixels), spec)
    except OkazuError as error:
        raise OkazuError(f"{file}: {error}") from None
    except OSError as error:
        raise OkazuError(f"{file}: {error.strerror}") from None


def _picture(file: Path, max_pixels: int) -> Image.Image:
    return decode_image(read_file(file, where="the file"), max_pixels)


def _image_input(signature: Signature) -> ImageInput:
    if not isinstance(signature.input, ImageInput):
        raise InvalidSetting(f"expected a model of images, this one takes a {signature.input.kind}")
    return signature.input


def _predict_batch(
    model: LoadedModel, files: list[Path], top_k: int, max_pixels: int
) -> Iterator[Prediction]:
    spec = model.card.expect_input(ImageInput)
    arrays: dict[Path, NDArray[np.uint8]] = {}
    errors: dict[Path, str] = {}
    for file in files:
        try:
            arrays[file] = image_to_array(_picture(file, max_pixels), spec)
        except OkazuError as error:
            errors[file] = str(error)
        except OSError as error:
            errors[file] = error.strerror or str(error)
    answers = {}
    if arrays:
        predictions = classify(model, np.stack(list(arrays.values())), top_k)
        answers = dict(zip(arrays, predictions, strict=True))
    for file in files:
        yield _failure(file, errors[file]) if file in errors else _answer(file, answers[file])


def _answer(file: Path, labels: list[LabelScore]) -> Prediction:
    scores = ", ".join(f"{found['label']} {found['score']:.1%}" for found in labels)
    return Prediction(
        content={"input": str(file), "predictions": labels},
        line=f"{file}: {scores}",
        cells={"input": str(file)},
        answers=[labels[0]["label"], labels[0]["score"]],
    )


def _failure(file: Path, error: str) -> Prediction:
    return Prediction(
        content={"input": str(file), "error": error},
        line=f"{file}: {error}",
        cells={"input": str(file)},
        error=error,
    )
