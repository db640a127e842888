"""One image model behind three servers, the same load on each, in turn.

    python -m benchmarks.serving.images

(a) our service, (b) a hand-written FastAPI + OpenVINO app, (c) FastAPI + `model.predict`. The model
has the size of ResNet-20 for 32x32 colour images, with random weights; bodies are PNG files; 16
connections. Prints requests/s and latencies, medians over the rounds, and the ratios of each round.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.machine import machine
from benchmarks.rounds import in_turn, ratio
from benchmarks.serving.load import Question, run_load, summary
from benchmarks.serving.servers import server

_WARM_UP_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of load on a side in a round")
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as directory:
        zoo, keras_file = _in_fresh_process(Path(directory))
        model = str(zoo / "resnet20" / "1")
        handwritten = ["-m", "benchmarks.serving.fastapi_images"]
        sides = {
            "a  okazu": ["-m", "service", "--zoo", str(zoo), "--no-shipped-models", "--port"],
            "b  FastAPI + OpenVINO": [*handwritten, "openvino", model],
            "c  FastAPI + predict": [*handwritten, "predict", str(keras_file)],
        }
        with contextlib.ExitStack() as servers:
            first = Question("/classify", _pictures(1)[0], "image/png")
            ports = {
                name: servers.enter_context(server(side, first)) for name, side in sides.items()
            }
            _measure(ports, options.rounds, options.seconds, options.connections)


def _measure(ports: dict[str, int], rounds: int, seconds: float, connections: int) -> None:
    questions = [Question("/classify", picture, "image/png") for picture in _pictures(64)]
    sides = {
        name: functools.partial(run_load, port, questions, connections, seconds)
        for name, port in ports.items()
    }
    for port in ports.values():
        run_load(port, questions, connections, _WARM_UP_SECONDS)
    results = in_turn(sides, rounds)
    for name, loads in results.items():
        print(f"{name:<24}{summary(loads)}")
    rates = [[load.requests_per_second for load in loads] for loads in results.values()]
    for name, theirs in zip(list(results)[1:], rates[1:], strict=True):
        print(f"a / {name[0]}: {ratio(rates[0], theirs)}")


def _pictures(count: int) -> list[bytes]:
    """PNG files of 32x32 with smooth areas and some noise, as photographs have."""
    random = np.random.default_rng(0)
    files = []
    for _ in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (4, 4, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((32, 32), Image.Resampling.BICUBIC), np.int16)
        noisy = (smooth + random.integers(-8, 9, smooth.shape)).clip(0, 255).astype(np.uint8)
        data = io.BytesIO()
        Image.fromarray(noisy).save(data, "PNG")
        files.append(data.getvalue())
    return files


def _in_fresh_process(directory: Path) -> tuple[Path, Path]:
    """Makes the model where TensorFlow does not stay in the measuring process."""
    subprocess.run(
        [sys.executable, "-m", "benchmarks.serving.image_model", str(directory)], check=True
    )
    return directory / "zoo", directory / "resnet20.keras"


if __name__ == "__main__":
    main()
