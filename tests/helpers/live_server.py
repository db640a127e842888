"""`python -m service` as a process of its own, on a port of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.helpers.project import ROOT

ZOO = ROOT / "models" / "zoo"
PATIENCE = 60  # seconds until a server that hangs is killed
BENTOML_PATIENCE = 120  # seconds until BentoML's own server is ready


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "service", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@dataclass(frozen=True)
class Server:
    """A server that said that it is ready."""

    process: subprocess.Popen[str]
    port: int
    line: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Ends it; returns the exit code and what stood on stderr."""
        self.process.send_signal(how)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err


@contextmanager
def serving(*arguments: object) -> Iterator[Server]:
    port = free_port()
    process = start("--port", port, "--zoo", ZOO, "--threads", 1, *arguments)
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        yield Server(process, port, process.stdout.readline())
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


@contextmanager
def bentoml_serving(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str]
) -> Iterator[httpx.Client]:
    """A service that `bentoml serve` starts, once it is ready.

    Args:
        command: Without address and port.
        cwd: Its working directory, which gets its log.
        environment: All of its variables.
    """
    port = free_port()
    with (cwd / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            cwd=cwd,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            _wait_until_ready(client, process)
            yield client
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(BENTOML_PATIENCE)


def _wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + BENTOML_PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if client.get("/readyz").status_code == 200:
                return
        with pytest.raises(subprocess.TimeoutExpired):  # it lives
            process.wait(0.1)
    pytest.fail("the service did not become ready")


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while part := connection.recv(65_536):
        received += part
    return received
