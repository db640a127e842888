"""`make demo`: the whole way once, with the commands that a person would type.

Everything that it makes lies in runs/demo; the models that come with Okazu are left alone.
Arguments go to `okazu train`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.environment.processes import python_command

RECIPE = "digits-cnn"
DIRECTORY = Path("runs/demo")
QUESTION = 7  # which of the test images is asked about
_SECONDS_TO_START = 60


def main() -> None:
    port = int(os.environ.get("OKAZU_PORT", "3000"))
    _expect_free(port)  # told now, not after the training
    os.environ |= {
        "OKAZU_RUNS": str(DIRECTORY),
        "OKAZU_ZOO": str(DIRECTORY / "zoo"),
        "OKAZU_SHIPPED_MODELS": "false",  # what answers is what was trained just now
    }
    # Ctrl-C goes to whatever runs; we wait for its end and go by its exit code.
    signal.signal(signal.SIGINT, lambda *_: None)
    run = _okazu("train", RECIPE, *sys.argv[1:])
    print("".join(f"  {name:<42}{value:.4f}\n" for name, value in run["metrics"].items()), end="")
    shutil.rmtree(DIRECTORY / "zoo", ignore_errors=True)  # one demo after another is one version
    _okazu("export", run["run"])
    _say(f"okazu serve --port {port}")
    server = subprocess.Popen(python_command("training", "serve", "--port", str(port)))
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    if _is_ready(server, f"http://127.0.0.1:{port}/readyz"):
        _ask(f"http://127.0.0.1:{port}")
        print(
            f"\nThe service stays up; open http://127.0.0.1:{port} or press Ctrl-C to end it.",
            flush=True,
        )
    sys.exit(server.wait())


def _expect_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            print(
                f"okazu: port {port}: {os.strerror(error.errno or 0)}; make demo PORT=3001",
                file=sys.stderr,
            )
            sys.exit(2)


def _say(command: str) -> None:
    print(f"\n$ {command}", flush=True)


def _okazu(*arguments: str) -> dict[str, Any]:
    _say(" ".join(["okazu", *arguments]))
    command = python_command("training", *arguments, "--json")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    out, _ = process.communicate()
    if process.returncode:
        sys.exit(process.returncode)  # it has said why
    result: dict[str, Any] = json.loads(out)
    return result


def _is_ready(server: subprocess.Popen[bytes], url: str) -> bool:
    """Waits for the service; False if it ends before, or takes a minute, and is ended for it."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return True
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    server.terminate()
    return False


def _ask(url: str) -> None:
    picture = _test_image()
    file = DIRECTORY / "digit.png"
    Image.fromarray(picture).save(file)
    _say(f"curl --data-binary @{file} -H 'Content-Type: image/png' {url}/classify")
    print(_drawing(picture))
    headers = {"Content-Type": "image/png"}
    request = urllib.request.Request(f"{url}/classify", file.read_bytes(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        print(json.dumps(json.load(response)))


def _test_image() -> NDArray[np.uint8]:
    """A picture that the network was not trained on, `[height, width]`."""
    from training.data.catalogue import load_dataset
    from training.recipe.loading import load_recipe

    picture: NDArray[np.uint8] = load_dataset(load_recipe(RECIPE).data).test.images[
        QUESTION, ..., 0
    ]
    return picture


def _drawing(picture: NDArray[np.uint8]) -> str:
    shades = " ░▒▓█"
    rows = (picture.astype(int) * (len(shades) - 1) + 127) // 255
    return "\n".join("  " + "".join(shades[shade] * 2 for shade in row) for row in rows)


if __name__ == "__main__":
    main()
