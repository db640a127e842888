"""Servers that a benchmark starts: each a process of its own on a free port of this machine."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence

from benchmarks.serving.load import Question

_PATIENCE = 120  # seconds until the first answer


def free_port() -> int:
    """A port that nobody listened to a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextlib.contextmanager
def server(arguments: Sequence[str], question: Question) -> Iterator[int]:
    """Runs a server while the context lasts; gives its port once it answers.

    Args:
        arguments: Of the interpreter; the port is put behind them.
        question: What it answers with 200 as soon as it is ready.
    """
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, *arguments, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_answers(process, port, question)
        yield port
    finally:
        process.terminate()
        process.wait()


def ask(port: int, question: Question) -> bytes:
    """The body of an answer.

    Raises:
        URLError, ConnectionError: There is none, or it is not 200.
    """
    url = f"http://127.0.0.1:{port}{question.path}"
    request = urllib.request.Request(url, question.body, {"Content-Type": question.content_type})
    with urllib.request.urlopen(request, timeout=60) as answer:
        body: bytes = answer.read()
    return body


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, question: Question) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"a server ended with code {process.returncode}")
        try:
            ask(port, question)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    sys.exit(f"a server did not answer within {_PATIENCE} seconds")
