"""ResNet-20 trained by Keras, one side of `benchmarks.training.throughput`.

    python -m benchmarks.training.keras_resnet20 --side okazu --precision auto --steps 40

`okazu` is a recipe's own way: our network, batches and fit. `plain` is the same network as one
writes it in a notebook: Keras' layers, `fit` on arrays. Neither augments. Prints images a second.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.training.noise import noise_dataset
from training.fitting.backend import precision_policy, prepare_training, start_keras
from training.recipe.loading import load_recipe, override

RECIPE = "cifar10-resnet20"
BATCH, CLASSES, SHAPE = 128, 10, (32, 32, 3)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", choices=("okazu", "plain"), required=True)
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), required=True)
    parser.add_argument("--steps", type=int, required=True)
    options = parser.parse_args()
    start_keras()
    precision = {"bfloat16": "mixed_bfloat16"}.get(options.precision, options.precision)
    build = okazu_training if options.side == "okazu" else plain_training
    train = build(precision, options.steps)
    train()  # compiles
    began = time.perf_counter()
    train()
    print(options.steps * BATCH / (time.perf_counter() - began))


def okazu_training(precision: str, steps: int) -> Callable[[], object]:
    """An epoch of `steps` by the project's own path."""
    from training.fitting.batches import for_keras
    from training.fitting.fit import compile_training_model
    from training.tasks import task_of

    recipe = override(
        load_recipe(RECIPE),
        {"augment": {}, "fit.mixed_precision": precision, "fit.batch_size": BATCH},
    )
    prepare_training(recipe.fit)
    dataset = noise_dataset(SHAPE, CLASSES, steps * BATCH)
    task = task_of(recipe)
    batches = task.training_batches(recipe, dataset, seed=0)
    model = compile_training_model(task.build_network(recipe, dataset), recipe, dataset, steps)
    return lambda: model.fit(for_keras(batches), shuffle=False, verbose=0)


def plain_training(precision: str, steps: int) -> Callable[[], object]:
    """An epoch of `steps` with nothing but Keras."""
    import keras

    keras.config.set_dtype_policy(precision_policy(precision))
    model = plain_resnet20()
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.005),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    random = np.random.default_rng(0)
    images = random.random((steps * BATCH, *SHAPE), dtype=np.float32)
    labels = random.integers(CLASSES, size=len(images))
    return lambda: model.fit(images, labels, batch_size=BATCH, verbose=0)


def plain_resnet20() -> Any:
    """He et al. 2016, section 4.2, in Keras' own layers."""
    import keras
    from keras import layers

    def block(x: Any, filters: int, strides: int) -> Any:
        y = layers.Conv2D(filters, 3, strides, padding="same", use_bias=False)(x)
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(y)
        y = layers.BatchNormalization()(y)
        if strides == 2:
            half = filters // 4
            x = keras.ops.pad(layers.MaxPooling2D(1, 2)(x), ((0, 0),) * 3 + ((half, half),))
        return layers.ReLU()(layers.Add()([x, y]))

    image = keras.Input(SHAPE)
    x = layers.Conv2D(16, 3, padding="same", use_bias=False)(image)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for filters in (16, 32, 64):
        for number in range(3):
            x = block(x, filters, 2 if filters > 16 and number == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(CLASSES, dtype="float32")(x))


if __name__ == "__main__":
    main()
