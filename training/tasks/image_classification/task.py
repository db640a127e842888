"""Image classification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.card import ImageInput
from training.architectures.images import NetworkContext, build_network
from training.classification.calibration import calibrated_probabilities
from training.classification.losses import (
    build_accuracy,
    build_loss,
    build_validation_loss,
    stack_heads,
    without_auxiliary_heads,
)
from training.classification.scores import OBJECTIVE, classification_sections, score_classifier
from training.classification.serving import probabilities_output, serving_classifier
from training.contract.interface import Signature
from training.contract.task import Arrays, Objective, Score, Task
from training.data.catalogue import load_dataset
from training.data.images.image_split import ImageDataset, ImageSplit
from training.fitting.batches import TrainingBatches, ValidationBatches, class_weights, one_hot
from training.fitting.seeds import Use, derived_seed
from training.fitting.training_model import TrainingModel
from training.report.page import ReportSection, render
from training.run.records import DataRecord
from training.tasks.image_classification.augmentation import Augmentation, augments
from training.tasks.image_classification.mixing import mix, mixes
from training.tasks.image_classification.pixels import pixel_statistics
from training.tasks.image_classification.recipe import ImageRecipe
from training.tasks.image_classification.test_time_augmentation import (
    augmented_metrics,
    without_suffix,
)
from training.tasks.image_classification.worst_errors import worst_error_sections

TEMPLATES = Path(__file__).parent / "templates"
SAMPLES = 16  # made-up images kept with a run
_PREDICTION_BATCH = 256
_NOISE = 2  # questions of random pixels


class ImageTask(Task[ImageRecipe, ImageDataset]):
    """uint8 images `[batch, height, width, channels]` to one of several labels."""

    def load(self, recipe: ImageRecipe) -> ImageDataset:
        dataset: ImageDataset = load_dataset(recipe.data)
        return dataset

    def describe(self, dataset: ImageDataset) -> dict[str, Any]:
        return {"labels": list(dataset.labels), "input": dataset.input.model_dump()}

    def signature(self, recipe: ImageRecipe, data: DataRecord, directory: Path) -> Signature:
        del recipe, directory
        spec = data.input_of(ImageInput)
        return Signature(spec, (probabilities_output(len(data.labels)),), data.labels)

    def objective(self, dataset: ImageDataset) -> Objective:
        del dataset
        return OBJECTIVE

    def build_network(self, recipe: ImageRecipe, dataset: ImageDataset) -> keras.Model:
        return build_network(recipe.model, network_context(recipe, dataset))

    def training_model(self, network: keras.Model, recipe: ImageRecipe) -> TrainingModel:
        """The network with augmentation in front and its heads stacked, sharing its weights."""
        if not augments(recipe.augment) and len(network.outputs) == 1:
            return TrainingModel(network.inputs[0], network.outputs[0], name="training")
        image = keras.Input(network.input_shape[1:], dtype="uint8", name="image")
        seed = derived_seed(recipe.fit.seed, Use.AUGMENTATION)
        layer = Augmentation(recipe.augment, seed, name="augmentation")
        augmented = layer(image) if augments(recipe.augment) else image
        return TrainingModel(image, stack_heads(network(augmented)), name="training")

    def build_loss(
        self, network: keras.Model, recipe: ImageRecipe, dataset: ImageDataset
    ) -> keras.losses.Loss:
        del dataset
        return build_loss(len(network.outputs), recipe.fit)

    def build_validation_loss(
        self, network: keras.Model, recipe: ImageRecipe, dataset: ImageDataset
    ) -> keras.losses.Loss:
        del network, recipe, dataset
        return build_validation_loss()

    def build_metrics(
        self, network: keras.Model, dataset: ImageDataset
    ) -> Sequence[keras.metrics.Metric]:
        del dataset
        return [build_accuracy(len(network.outputs))]

    def training_batches(
        self, recipe: ImageRecipe, dataset: ImageDataset, seed: int
    ) -> TrainingBatches:
        part, classes, augment = dataset.train, len(dataset.labels), recipe.augment
        return TrainingBatches(
            part.images,
            one_hot(part.labels, classes),
            recipe.fit.batch_size,
            seed,
            class_weights=class_weights(recipe.fit, part.labels, classes),
            change=(
                (lambda images, targets, random: mix(images, targets, augment, random))
                if mixes(augment)
                else None
            ),
        )

    def validation_batches(self, recipe: ImageRecipe, dataset: ImageDataset) -> ValidationBatches:
        del recipe
        part = dataset.validation
        return ValidationBatches(part.images, one_hot(part.labels, len(dataset.labels)))

    def finished_network(self, network: keras.Model) -> keras.Model:
        return without_auxiliary_heads(network)

    def score(self, network: keras.Model, recipe: ImageRecipe, dataset: ImageDataset) -> Score:
        score = score_classifier(
            predict_logits(network, dataset.validation),
            dataset.validation.labels,
            predict_logits(network, dataset.test),
            dataset.test.labels,
        )

        def ask(images: NDArray[np.uint8]) -> NDArray[np.float64]:
            return calibrated_probabilities(network.predict_on_batch(images), score.temperature)

        augmentation = recipe.evaluation.test_time_augmentation
        more = augmented_metrics(ask, dataset.test.images, dataset.test.labels, augmentation)
        return replace(score, metrics={**score.metrics, **more})

    def samples(self, dataset: ImageDataset) -> Arrays:
        return {"image": patterns(dataset.input.shape, SAMPLES)}

    def report_sections(
        self, network: keras.Model, dataset: ImageDataset, score: Score
    ) -> list[ReportSection]:
        del network
        figures, *tables = classification_sections(
            dataset.labels, score.answers, dataset.test.labels
        )
        worst = worst_error_sections(dataset.test, dataset.labels, score.answers)
        return [*_augmented_section(score.metrics), figures, *worst, *tables]

    def serving_model(
        self, network: keras.Model, recipe: ImageRecipe, data: DataRecord, temperature: float
    ) -> keras.Model:
        del recipe, data
        return serving_classifier(network, temperature)

    def golden_questions(self, samples: Arrays, signature: Signature) -> Arrays:
        """The samples, then black, white and noise: uint8 `[n, height, width, channels]`."""
        del signature
        shape = samples["image"].shape[1:]
        random = np.random.default_rng(0)
        noise = random.integers(0, 256, (_NOISE, *shape), dtype=np.uint8)
        black, white = np.zeros((1, *shape), np.uint8), np.full((1, *shape), 255, np.uint8)
        return {"image": np.concatenate([samples["image"], black, white, noise])}


TASK = ImageTask()


def patterns(shape: tuple[int, int, int], count: int) -> NDArray[np.uint8]:
    """Blurred fields of random colours, coarse and fine: uint8 `[count, height, width, channels]`.

    They stand for pictures: an example of the data would travel with the exported model.
    """
    height, width, channels = shape
    random = np.random.default_rng(1)
    made = np.empty((count, *shape), np.uint8)
    for number in range(count):
        side = 2 + number % 7
        for channel in range(channels):
            coarse = random.integers(0, 256, (side, side), dtype=np.uint8)
            smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BILINEAR)
            made[number, ..., channel] = np.asarray(smooth)
    return made


def network_context(recipe: ImageRecipe, dataset: ImageDataset) -> NetworkContext:
    """What a builder needs to know of the data: statistics of the training part alone."""
    mean, variance = pixel_statistics(dataset.train)
    return NetworkContext(
        input_shape=dataset.input.shape,
        classes=len(dataset.labels),
        pixel_mean=mean,
        pixel_variance=variance,
        l1=recipe.fit.l1,
        l2=recipe.fit.l2,
    )


def _augmented_section(metrics: Mapping[str, float]) -> list[ReportSection]:
    """What test-time augmentation gave, where it was asked for."""
    augmentation, augmented = without_suffix(metrics)
    if not augmented:
        return []
    title = f"With test-time augmentation ({augmentation})"
    return [
        ReportSection(title, render(TEMPLATES / "test_time_augmentation.html", metrics=augmented))
    ]


def predict_logits(network: keras.Model, split: ImageSplit) -> NDArray[np.float32]:
    """float32 logits `[examples, classes]`."""
    starts = range(0, len(split), _PREDICTION_BATCH)
    parts = [split.images[start : start + _PREDICTION_BATCH] for start in starts]
    return np.concatenate([network.predict_on_batch(part) for part in parts])
