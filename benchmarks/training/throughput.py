"""Training steps of ResNet-20, batch 128, beside plain Keras and PyTorch on the same machine.

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch numpy
    python -m benchmarks.training.throughput --torch-python /tmp/torch/bin/python

Every side runs in a fresh process, in turns, several rounds. Prints images a second of each,
medians over the rounds, and our ratio to the best of the others in the same arithmetic, round by
round. Without `--torch-python` only the two Keras sides run.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.machine import machine

PRECISIONS = ("float32", "bfloat16")
TORCH_MODES = ("eager", "channels_last", "compile")
_TORCH_SCRIPT = Path(__file__).with_name("torch_resnet20.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--torch-python", help="a Python with PyTorch")
    parser.add_argument("--steps", type=int, default=60, help="measured on a side in a round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    for precision in PRECISIONS:
        sides = _sides(precision, options.torch_python)
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(options.rounds):
            for name, command in sides.items():
                rates[name].append(_rate([*command, "--steps", str(options.steps)]))
        _print(precision, rates)


def _sides(precision: str, torch_python: str | None) -> dict[str, list[str]]:
    keras = [
        sys.executable,
        "-m",
        "benchmarks.training.keras_resnet20",
        "--precision",
        precision,
        "--side",
    ]
    sides = {"okazu": [*keras, "okazu"], "plain Keras": [*keras, "plain"]}
    if torch_python:
        torch = [torch_python, str(_TORCH_SCRIPT), "--precision", precision, "--mode"]
        sides |= {f"PyTorch {mode}": [*torch, mode] for mode in TORCH_MODES}
    return sides


def _rate(command: list[str]) -> float:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{' '.join(command)}: {result.stderr.strip().splitlines()[-1]}")
    return float(result.stdout)


def _print(precision: str, rates: dict[str, list[float]]) -> None:
    for name, values in rates.items():
        middle = statistics.median(values)
        print(
            f"{precision:<9} {name:<22} {middle:7.0f} images/s"
            f" ({min(values):.0f} to {max(values):.0f})"
        )
    ours, *others = rates.values()
    ratios = [own / max(theirs) for own, *theirs in zip(ours, *others, strict=True)]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"{precision:<9} okazu / best of the others: {statistics.median(ratios):.2f} ({spread})")


if __name__ == "__main__":
    main()
