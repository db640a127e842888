"""Makes the model of the serving benchmark: ResNet-20 with random weights.

He et al. 2016, section 4.2.

python -m benchmarks.serving.image_model DIRECTORY
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from models.artifact.golden import Golden, write_golden
from models.artifact.repository import ModelRepository
from models.card import Evaluation, ImageInput, ModelCard, Output, TrainingData
from training.fitting.backend import start_keras

start_keras("tensorflow")

import keras  # noqa: E402

from training.classification.serving import PROBABILITIES as OUTPUT  # noqa: E402
from training.classification.serving import serving_classifier  # noqa: E402
from training.jobs.export import check_in_fresh_process, write_saved_model  # noqa: E402

CLASSES = 10


def main(directory: Path) -> None:
    keras.utils.set_random_seed(0)
    network = _resnet20()
    served = serving_classifier(network, 1.0)
    keras.Model(served.inputs[0], served.output[OUTPUT]).save(directory / "resnet20.keras")
    questions = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)

    def write(staging: Path, version: int) -> ModelCard:
        write_saved_model(served, staging)
        answers = served(questions, training=False)[OUTPUT].numpy()
        write_golden(staging, Golden({"image": questions}, {OUTPUT: answers}))
        return ModelCard(
            name="resnet20",
            version=version,
            task="image_classification",
            description="ResNet-20 with random weights, for measuring speed",
            labels=[f"class {number}" for number in range(CLASSES)],
            input=ImageInput(height=32, width=32, mode="RGB"),
            outputs=[Output(name=OUTPUT, dtype="float32", shape=[CLASSES])],
            evaluation=Evaluation(data="none", metrics={}),
            temperature=1.0,
            parameters=network.count_params(),
            recipe={},
            training_data=TrainingData(name="none", fingerprint="", licence="", source=""),
            libraries={},
            created=datetime.now(UTC),
        )

    ModelRepository(directory / "zoo").publish("resnet20", write, check_in_fresh_process)


def _resnet20() -> keras.Model:
    image = keras.Input((32, 32, 3), dtype="uint8", name="image")
    x = _convolution(keras.layers.Rescaling(1 / 255)(image), 16, 1)
    x = keras.layers.ReLU()(x)
    for filters in (16, 32, 64):
        for block in range(3):
            x = _block(x, filters, stride=2 if filters > 16 and block == 0 else 1)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(CLASSES)(x))


def _block(x: keras.KerasTensor, filters: int, stride: int) -> keras.KerasTensor:
    shortcut = x if stride == 1 else _convolution(x, filters, stride, kernel_size=1)
    y = keras.layers.ReLU()(_convolution(x, filters, stride))
    y = _convolution(y, filters, 1)
    return keras.layers.ReLU()(keras.layers.Add()([shortcut, y]))


def _convolution(
    x: keras.KerasTensor, filters: int, stride: int, kernel_size: int = 3
) -> keras.KerasTensor:
    x = keras.layers.Conv2D(filters, kernel_size, stride, padding="same", use_bias=False)(x)
    return keras.layers.BatchNormalization()(x)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
