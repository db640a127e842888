"""Test scores of a recipe over several seeds; each decides the split and the training.

    python -m benchmarks.training.accuracy_over_seeds digits-cnn --seeds 5

Prints each run's scores, accuracy or R² first, and seconds from the start of the command to its
end, then their means. Settings are chosen with `benchmarks.training.compare_on_validation`; the
published figures come from seeds that had no part in the choice (`--first-seed`).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.machine import machine

SHOWN = (
    "accuracy",
    "expected_calibration_error_uncalibrated",
    "expected_calibration_error",
    "r2",
    "root_mean_squared_error",
    "mean_absolute_error",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("recipe")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE")
    options = parser.parse_args()
    print(machine())
    runs, durations = [], []
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        began = time.perf_counter()
        metrics = _train(
            options.recipe, [f"fit.seed={seed}", f"data.split_seed={seed}", *options.set]
        )
        durations.append(time.perf_counter() - began)
        runs.append({name: metrics[name] for name in SHOWN if name in metrics})
        print(f"seed {seed}: {_told(runs[-1])}, {durations[-1]:.1f} s", flush=True)
    means = {name: statistics.mean(run[name] for run in runs) for name in runs[0]}
    first = next(iter(means))
    lowest = min(run[first] for run in runs)
    print(
        f"{options.recipe}: mean {_told(means)} (lowest {first} {lowest:.4f})"
        f" over {options.seeds} seeds, median {statistics.median(durations):.1f} s a run, start-up"
        " included"
    )


def _told(metrics: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())


def _train(recipe: str, settings: list[str]) -> dict[str, float]:
    command = [sys.executable, "-m", "training", "train", recipe, "--json"]
    command += [argument for setting in settings for argument in ("--set", setting)]
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "OKAZU_RUNS": directory}
        result = subprocess.run(
            command,
            capture_output=True,
            env=environment,
            text=True,
            check=False,
        )
    if result.returncode:
        sys.exit(result.stderr)
    metrics: dict[str, float] = json.loads(result.stdout)["metrics"]
    return metrics


if __name__ == "__main__":
    main()
