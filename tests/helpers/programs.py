"""Running `okazu` as a person does: the installed program, in a folder of theirs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.project import ROOT

DIGIT = ROOT / "docs" / "images" / "digit.png"
PATIENCE = 600  # seconds, for a machine that is busy with other work
_OWN = ("OKAZU_", "PYTHON", "KERAS", "MPL", "BENTOML", "XDG_")

# A recipe that trains in a second.
TINY = [
    *("train", "digits-cnn", "--json", "--set", "model.filters=[8]"),
    *("--set", "fit.epochs=2", "--set", "fit.batch_size=128"),
]


@dataclass(frozen=True)
class Environment:
    """A virtual environment with Okazu in it.

    Attributes:
        bin: Folder of its programs.
    """

    bin: Path

    @property
    def python(self) -> Path:
        return self.bin / "python"

    def okazu(
        self, *arguments: object, cwd: Path, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command in a folder, with no settings but those of `variables`."""
        return subprocess.run(
            [str(self.bin / "okazu"), *map(str, arguments)],
            cwd=cwd,
            env=clean_variables(variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )


# The environment that the tests run in, which has every extra.
FULL = Environment(Path(sys.executable).parent)


def clean_variables(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of this process without those that say how Okazu or Python run."""
    inherited = {n: value for n, value in os.environ.items() if not n.startswith(_OWN)}
    return {**inherited, **(variables or {})}


@contextmanager
def serving(
    command: Sequence[object], port: int, cwd: Path, variables: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A service that is ready, by its address; ended with all its processes afterwards."""
    with (cwd / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [*map(str, command), "--port", str(port)],
            cwd=cwd,
            env=clean_variables(variables),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, f"http://127.0.0.1:{port}/readyz", cwd / "serve.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:  # not there yet, not ready, or too busy to answer in time
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        raise AssertionError(f"the service ended: {log.read_text()}")
    raise AssertionError(f"the service is not ready: {log.read_text()}")


def ask_for_a_digit(url: str) -> str:
    """What the service answers to the picture of a three."""
    headers = {"Content-Type": "image/png"}
    question = urllib.request.Request(
        f"{url}/classify?model=digits&top_k=1", DIGIT.read_bytes(), headers
    )
    with urllib.request.urlopen(question, timeout=PATIENCE) as answer:
        text: str = answer.read().decode()
    return text
