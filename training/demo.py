"""`make demo`: the whole way once, with the commands that a person would type.

Everything that it makes lies in runs/demo; the models that come with Okazu are left alone.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RECIPE = "digits-cnn"
DIRECTORY = Path("runs/demo")
QUESTION = 7  # which of the test images is asked about
_SECONDS_TO_START = 60


def main() -> None:
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    os.environ |= {"OKAZU_RUNS": str(DIRECTORY), "OKAZU_ZOO": str(DIRECTORY / "zoo")}
    run = _okazu("train", RECIPE)
    print("".join(f"  {name:<42}{value:.4f}\n" for name, value in run["metrics"].items()), end="")
    _okazu("export", run["run"])
    port = os.environ.get("OKAZU_PORT", "3000")
    _say(f"okazu serve --port {port}")
    server = subprocess.Popen([sys.executable, "-m", "training", "serve", "--port", port])
    try:
        _wait_until_ready(server, f"http://127.0.0.1:{port}/readyz")
        _ask(f"http://127.0.0.1:{port}")
        print(f"\nThe service stays up; open http://127.0.0.1:{port} or press Ctrl-C to end it.")
        sys.exit(server.wait())
    except KeyboardInterrupt:
        # The terminal sent Ctrl-C to the server too; a plain kill reaches only us.
        server.send_signal(signal.SIGTERM)
        sys.exit(server.wait())


def _say(command: str) -> None:
    print(f"\n$ {command}", flush=True)


def _okazu(*arguments: str) -> dict[str, Any]:
    _say(" ".join(["okazu", *arguments]))
    command = [sys.executable, "-m", "training", *arguments, "--json"]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode:
        sys.exit(finished.returncode)
    result: dict[str, Any] = json.loads(finished.stdout)
    return result


def _wait_until_ready(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(server.returncode)  # it has said why
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    _give_up(server, f"the service was not ready within {_SECONDS_TO_START} s")


def _give_up(server: subprocess.Popen[bytes], reason: str) -> NoReturn:
    server.terminate()
    server.wait()
    sys.exit(f"okazu: {reason}")


def _ask(url: str) -> None:
    picture = _test_image()
    with tempfile.NamedTemporaryFile(prefix="digit-", suffix=".png", delete=False) as file:
        file.write(_png(picture))
    _say(f"curl --data-binary @{file.name} -H 'Content-Type: image/png' {url}/classify")
    print(_drawing(picture))
    request = urllib.request.Request(
        f"{url}/classify", Path(file.name).read_bytes(), {"Content-Type": "image/png"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        print(json.dumps(json.load(response)))


def _test_image() -> NDArray[np.uint8]:
    """A picture that the network was not trained on, `[height, width]`."""
    from training.datasets import load_dataset
    from training.recipes import load_recipe

    picture: NDArray[np.uint8] = load_dataset(load_recipe(RECIPE).data).test.images[
        QUESTION, ..., 0
    ]
    return picture


def _png(picture: NDArray[np.uint8]) -> bytes:
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG")
    return data.getvalue()


def _drawing(picture: NDArray[np.uint8]) -> str:
    shades = " ░▒▓█"
    rows = (picture.astype(int) * (len(shades) - 1) + 127) // 255
    return "\n".join("  " + "".join(shades[shade] * 2 for shade in row) for row in rows)


if __name__ == "__main__":
    main()
