"""What batches and augmentation cost of a training step.

    python -m benchmarks.training.input_pipeline
    python -m benchmarks.training.input_pipeline cifar10-resnet20 --steps 50 --rounds 9

Trains a recipe's network on random pictures of its data's shape, in turns: with batches gathered,
mixed and augmented as the recipe says, and with one prepared batch, the same in every step, that is
not augmented. Prints milliseconds a step of each, medians over the rounds, and the share of the
step that goes to what the second side does without: of the time that passes, where at most 10 % is
asked for, and of the processors' time, which other work on the machine disturbs less.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.machine import machine
from benchmarks.training.noise import noise_dataset
from training.fitting.backend import prepare_training, start_keras
from training.recipe.loading import load_recipe, override

if TYPE_CHECKING:
    from training.data.images.image_split import ImageDataset
    from training.recipe import Recipe

# Recipe -> `(height, width, channels)` of its data set's pictures; all have ten classes.
SHAPES = {
    "digits-cnn": (8, 8, 1),
    "fashion-mnist-cnn": (28, 28, 1),
    "cifar10-resnet20": (32, 32, 3),
}
_CLASSES = 10


class Cost(NamedTuple):
    """Milliseconds a step."""

    passed: float
    of_processors: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("recipes", nargs="*", default=list(SHAPES), metavar="RECIPE")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if unknown := set(options.recipes) - set(SHAPES):
        parser.error(f"expected recipes among {', '.join(SHAPES)}; received {min(unknown)}")
    print(f"{machine()}, Keras on {start_keras()}")
    for name in options.recipes:
        _compare(name, options.steps, options.rounds)


def _compare(name: str, steps: int, rounds: int) -> None:
    recipe = load_recipe(name)
    prepare_training(recipe.fit)
    dataset = noise_dataset(SHAPES[name], _CLASSES, steps * recipe.fit.batch_size)
    whole, bare = _as_it_is(recipe, dataset), _one_batch(recipe, dataset)
    whole(steps), bare(steps)  # compiles
    costs = [(whole(steps), bare(steps)) for _ in range(rounds)]
    print(f"{name}, {steps} steps of {recipe.fit.batch_size}, medians of {rounds} rounds")
    for kind, title in enumerate(("time that passes", "processors' time")):
        with_all, without = ([cost[side][kind] for cost in costs] for side in (0, 1))
        middle, least = statistics.median(with_all), statistics.median(without)
        shares = [1 - b / a for a, b in zip(with_all, without, strict=True)]
        print(
            f"  {title:<17} {middle:8.2f} ms a step, {least:8.2f} ms with one prepared batch:"
            f" input and augmentation {1 - least / middle:6.1%}"
            f" ({min(shares):.1%} to {max(shares):.1%})",
            flush=True,
        )


def _as_it_is(recipe: Recipe, dataset: ImageDataset) -> Callable[[int], Cost]:
    from training.fitting.batches import for_keras
    from training.fitting.fit import compile_training_model
    from training.tasks import task_of

    task = task_of(recipe)
    batches = task.training_batches(recipe, dataset, seed=0)
    network = task.build_network(recipe, dataset)
    model = compile_training_model(network, recipe, dataset, len(batches))
    return lambda steps: _cost(
        lambda: model.fit(for_keras(batches), shuffle=False, verbose=0), steps
    )


def _one_batch(recipe: Recipe, dataset: ImageDataset) -> Callable[[int], Cost]:
    import tensorflow

    from training.fitting.fit import compile_training_model
    from training.tasks import task_of

    task = task_of(recipe)
    batches = task.training_batches(recipe, dataset, seed=0)
    options = tensorflow.data.Options()
    options.autotune.enabled = False  # as in `for_keras`
    fixed = tensorflow.data.Dataset.from_tensors(batches[0]).repeat(len(batches))
    prepared = fixed.with_options(options)
    network = task.build_network(recipe, dataset)
    plain = override(recipe, {"augment": {}})
    model = compile_training_model(network, plain, dataset, len(batches))
    return lambda steps: _cost(lambda: model.fit(prepared, shuffle=False, verbose=0), steps)


def _cost(train: Callable[[], object], steps: int) -> Cost:
    began, busy = time.perf_counter(), time.process_time()
    train()
    passed, busy = time.perf_counter() - began, time.process_time() - busy
    return Cost(1000 * passed / steps, 1000 * busy / steps)


if __name__ == "__main__":
    main()
