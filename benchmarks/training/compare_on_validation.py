"""Variants of a recipe, compared on validation data: how the settings of the recipes are chosen.

    python -m benchmarks.training.compare_on_validation diabetes-mlp --seeds 10 \
        --variant fit.l2=0.003 --variant fit.l2=0.03 --variant 'fit.l2=0.03 model.hidden=[16]'

Trains the recipe and each variant once per seed, which decides the split and the training, and
measures them on the validation part of that split. The test part is replaced by the validation part
before anything is measured, so it cannot influence the choice and the metrics keep their usual
names. Prints the mean of each variant, and its mean difference from the recipe with the standard
error over the seeds, which are the same for both.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
from collections.abc import Sequence

from benchmarks.machine import machine
from training.fitting.backend import prepare_training, start_keras
from training.recipe.loading import load_recipe, parse_overrides

UNCHANGED = "(the recipe)"
# Calibration is fitted on the validation part, so it cannot be measured there.
_LEFT_OUT = ("expected_calibration_error", "expected_calibration_error_uncalibrated")

Metrics = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe")
    parser.add_argument("--variant", action="append", default=[], metavar="'PATH=VALUE ...'")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE")
    parser.add_argument("--metric", action="append", default=[], help="shown; all if not said")
    options = parser.parse_args()
    print(machine())
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    variants = [UNCHANGED, *options.variant]
    for variant in options.variant:  # a mistake is told before hours of training
        load_recipe(options.recipe, parse_overrides([*options.set, *variant.split()]))
    runs: dict[str, list[Metrics]] = {variant: [] for variant in variants}
    for seed in seeds:
        for variant in variants:
            changes = [] if variant == UNCHANGED else variant.split()
            seeded = [f"fit.seed={seed}", f"data.split_seed={seed}", *options.set, *changes]
            metrics = measure(options.recipe, seeded)
            runs[variant].append(_shown(metrics, options.metric))
            print(f"seed {seed}  {variant}: {_told(runs[variant][-1])}", flush=True)
    for variant in variants:
        print(f"{variant}: {_told(means(runs[variant]))}{_difference(runs, variant)}")


def measure(recipe_name: str, settings: Sequence[str]) -> Metrics:
    """Trains a recipe and measures it on the validation part."""
    start_keras()
    import keras
    from rich.console import Console

    from training.architectures.float32 import in_float32
    from training.fitting.fit import fit
    from training.fitting.progress import Progress
    from training.tasks import task_of

    recipe = load_recipe(recipe_name, parse_overrides(settings))
    task = task_of(recipe)
    dataset = task.load(recipe)
    dataset = dataclasses.replace(dataset, test=dataset.validation)
    keras.backend.clear_session()
    prepare_training(recipe.fit)
    network = task.build_network(recipe, dataset)
    fit(network, recipe, dataset, progress=Progress(Console(stderr=True), quiet=True))
    network = in_float32(task.finished_network(network))
    return task.score(network, recipe, dataset).metrics


def means(runs: Sequence[Metrics]) -> Metrics:
    """The mean of each metric over the seeds."""
    return {name: statistics.mean(run[name] for run in runs) for name in runs[0]}


def standard_error(differences: Sequence[float]) -> float:
    """Return the standard error of the mean; NaN for a single value."""
    if len(differences) < 2:
        return float("nan")
    return float(statistics.stdev(differences) / len(differences) ** 0.5)


def _difference(runs: dict[str, list[Metrics]], variant: str) -> str:
    if variant == UNCHANGED:
        return ""
    told = []
    for name in runs[variant][0]:
        pairs = zip(runs[variant], runs[UNCHANGED], strict=True)
        differences = [ours[name] - theirs[name] for ours, theirs in pairs]
        mean, error = statistics.mean(differences), standard_error(differences)
        told.append(f"{name} {mean:+.4f} ± {error:.4f}")
    return f"\n    against the recipe: {', '.join(told)}"


def _shown(metrics: Metrics, names: Sequence[str]) -> Metrics:
    names = names or [name for name in metrics if name not in _LEFT_OUT]
    return {name: metrics[name] for name in names if name in metrics}


def _told(metrics: Metrics) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())


if __name__ == "__main__":
    main()
