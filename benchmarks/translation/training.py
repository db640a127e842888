"""Training steps of a transformer for translation, beside PyTorch on the same machine.

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch numpy
    python -m benchmarks.translation.training --torch-python /tmp/torch/bin/python

256 dimensions, three blocks on each side, 8,000 ids; 128 pairs of 32 ids without padding. Every
side runs in a fresh process, in turns, several rounds. Prints target ids a second of each, medians
over the rounds, and our ratio to the better of PyTorch's in the same arithmetic, round by round.
"""

from __future__ import annotations

import argparse
import functools
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import machine
from benchmarks.rounds import in_turn, ratio

PRECISIONS = ("float32", "bfloat16")
_TORCH = Path(__file__).with_name("torch_transformer.py")
_TOKENS, _BATCH, _LENGTH = 8000, 128, 32


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--torch-python", help="a Python with PyTorch")
    parser.add_argument("--steps", type=int, default=20, help="measured on a side in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--precision", choices=PRECISIONS, action="append", help="one of them alone"
    )
    parser.add_argument("--side", choices=PRECISIONS, help="our side alone, in this process")
    options = parser.parse_args()
    if options.side:
        print(_okazu(options.side, options.steps))
        return
    if not options.torch_python:
        parser.error("expected --torch-python")
    print(machine())
    for precision in options.precision or PRECISIONS:
        ours = [sys.executable, "-m", "benchmarks.translation.training", "--side", precision]
        torch = [options.torch_python, str(_TORCH), "--precision", precision, "--mode"]
        sides = {"okazu": ours, "PyTorch eager": [*torch, "eager"]}
        sides["PyTorch compile"] = [*torch, "compile"]
        measures = {
            name: functools.partial(_rate, [*command, "--steps", str(options.steps)])
            for name, command in sides.items()
        }
        rates = in_turn(measures, options.rounds)
        for name, values in rates.items():
            print(f"{precision:<9} {name:<16}{statistics.median(values):>8.0f} ids/s")
        own, *others = rates.values()
        best = [max(theirs) for theirs in zip(*others, strict=True)]
        print(f"{precision:<9} okazu / best of PyTorch: {ratio(own, best)}")


def _rate(command: list[str]) -> float:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{' '.join(command)}: {result.stderr.strip().splitlines()[-1]}")
    return float(result.stdout)


def _okazu(precision: str, steps: int) -> float:
    """Target ids a second by the project's own path."""
    from training.fitting.backend import prepare_training, start_keras

    start_keras()
    from training.architectures.options import Seq2SeqTransformerOptions
    from training.architectures.seq2seq import Seq2SeqContext, build_seq2seq_network
    from training.fitting.batches import Batch, Batches, for_keras
    from training.fitting.fit import compile_training_model
    from training.recipe.loading import load_recipe

    class Noise(Batches):
        """The same batch again and again."""

        free_length = True

        def __len__(self) -> int:
            return steps

        def __getitem__(self, index: int) -> Batch:
            del index
            shape = (3, _BATCH, _LENGTH)
            source, target, wanted = np.random.default_rng(0).integers(4, _TOKENS, shape, np.int32)
            return (source, target), wanted

    changes = {"bfloat16": "mixed_bfloat16"}
    settings = {"fit.mixed_precision": changes.get(precision, precision)}
    recipe = load_recipe("multi30k-transformer", settings)
    prepare_training(recipe.fit)
    options = Seq2SeqTransformerOptions(architecture="transformer", dropout=0.1)
    network = build_seq2seq_network(options, Seq2SeqContext(_TOKENS))
    model = compile_training_model(network, recipe, None, steps)  # type: ignore[arg-type]
    batches = for_keras(Noise())
    model.fit(batches, shuffle=False, verbose=0)  # compiles
    began = time.perf_counter()
    model.fit(batches, shuffle=False, verbose=0)
    return steps * _BATCH * _LENGTH / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
