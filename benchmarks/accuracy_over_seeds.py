"""Test accuracy of a recipe over several seeds; each decides the split and the training.

    python -m benchmarks.accuracy_over_seeds digits-cnn --seeds 5

Prints each run's accuracy and seconds from the start of the command to its end, then the mean.
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("recipe")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE")
    options = parser.parse_args()
    print(machine())
    accuracies, durations = [], []
    for seed in range(options.seeds):
        began = time.perf_counter()
        metrics = _train(
            options.recipe, [f"fit.seed={seed}", f"data.split_seed={seed}", *options.set]
        )
        durations.append(time.perf_counter() - began)
        accuracies.append(metrics["accuracy"])
        print(
            f"seed {seed}: accuracy {metrics['accuracy']:.2%}, calibration error"
            f" {metrics['expected_calibration_error_uncalibrated']:.4f} ->"
            f" {metrics['expected_calibration_error']:.4f}, {durations[-1]:.1f} s",
            flush=True,
        )
    print(
        f"{options.recipe}: mean accuracy {statistics.mean(accuracies):.2%}"
        f" (lowest {min(accuracies):.2%}) over {options.seeds} seeds,"
        f" median {statistics.median(durations):.1f} s a run, start-up included"
    )


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
