"""One image model behind three servers, the same load on each, in turn.

    python -m benchmarks.serving

(a) our service, (b) a hand-written FastAPI + OpenVINO app, (c) FastAPI + `model.predict`. The model
has the size of ResNet-20 for 32x32 colour images, with random weights; bodies are PNG files; 16
connections. Prints requests/s and latencies, medians over the rounds, and the ratios of each round.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.load import Load, post_requests, run_load
from benchmarks.machine import machine

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
        handwritten = ["-m", "benchmarks.handwritten"]
        sides = {
            "a  okazu": ["-m", "service", "--zoo", str(zoo), "--port"],
            "b  FastAPI + OpenVINO": [*handwritten, "openvino", model],
            "c  FastAPI + predict": [*handwritten, "predict", str(keras_file)],
        }
        with contextlib.ExitStack() as servers:
            ports = {name: servers.enter_context(_server(side)) for name, side in sides.items()}
            _measure(ports, options.rounds, options.seconds, options.connections)


def _measure(ports: dict[str, int], rounds: int, seconds: float, connections: int) -> None:
    requests = post_requests("/classify", _pictures(64), "image/png")
    results: dict[str, list[Load]] = {name: [] for name in ports}
    for port in ports.values():
        run_load(port, requests, connections, _WARM_UP_SECONDS)
    for _ in range(rounds):
        for name, port in ports.items():
            results[name].append(run_load(port, requests, connections, seconds))
    for name, loads in results.items():
        _print_side(name, loads)
    ours, *others = results
    for other in others:
        pairs = zip(results[ours], results[other], strict=True)
        ratios = [a.requests_per_second / b.requests_per_second for a, b in pairs]
        spread = f"lowest {min(ratios):.2f}, highest {max(ratios):.2f} of {rounds} rounds"
        print(f"a / {other[0]}: median {statistics.median(ratios):.2f} ({spread})")


def _print_side(name: str, loads: list[Load]) -> None:
    rate = statistics.median(load.requests_per_second for load in loads)
    p50 = statistics.median(load.p50 for load in loads)
    p99 = statistics.median(load.p99 for load in loads)
    failures = sum(load.failures for load in loads)
    print(
        f"{name:<24}{rate:>8.0f} requests/s   p50 {p50:>7.2f} ms   p99 {p99:>7.2f} ms"
        f"   {failures} failures"
    )


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


@contextlib.contextmanager
def _server(arguments: list[str]) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *arguments, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_answers(process, port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    picture = _pictures(1)[0]
    url = f"http://127.0.0.1:{port}/classify"
    request = urllib.request.Request(url, picture, {"Content-Type": "image/png"})
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"a server ended with code {process.returncode}")
        try:
            with urllib.request.urlopen(request, timeout=60):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    sys.exit("a server did not answer within two minutes")


def _in_fresh_process(directory: Path) -> tuple[Path, Path]:
    """Makes the model where TensorFlow does not stay in the measuring process."""
    subprocess.run([sys.executable, "-m", "benchmarks.serving_model", str(directory)], check=True)
    return directory / "zoo", directory / "resnet20.keras"


if __name__ == "__main__":
    main()
