"""A small HTTP load: some connections that each send a request as soon as the last was answered.

It speaks just enough HTTP/1.1 to cost little beside the servers that it measures, which share the
machine with it.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import uvloop


@dataclass(frozen=True)
class Load:
    """What a load measured.

    Attributes:
        requests_per_second: Answered with 200.
        p50: Median latency, milliseconds.
        p99: Latency that one in a hundred exceeds, milliseconds.
        failures: Answers with another status.
    """

    requests_per_second: float
    p50: float
    p99: float
    failures: int


@dataclass(frozen=True)
class Question:
    """What is posted to a server."""

    path: str
    body: bytes
    content_type: str

    def request(self) -> bytes:
        """The whole HTTP request, ready to send."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: {self.content_type}\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


def run_load(port: int, questions: Sequence[Question], connections: int, seconds: float) -> Load:
    """Asks questions in turn over keep-alive connections to a port of this machine."""
    requests = [question.request() for question in questions]
    return uvloop.run(_run(port, requests, connections, seconds))


def summary(loads: Sequence[Load], unit: str = "requests", each: int = 1) -> str:
    """Medians over loads, in a line.

    Args:
        loads: At least one.
        unit: What is counted.
        each: How many of them a request has.
    """
    rate = statistics.median(load.requests_per_second for load in loads) * each
    p50 = statistics.median(load.p50 for load in loads)
    p99 = statistics.median(load.p99 for load in loads)
    failures = sum(load.failures for load in loads)
    return f"{rate:>8.0f} {unit}/s   p50 {p50:>7.2f} ms   p99 {p99:>7.2f} ms   {failures} failures"


async def _run(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    turn = itertools.cycle(requests)
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(lambda: _Client(turn), "127.0.0.1", port)
        clients.append(client)
    began = time.perf_counter()
    for client in clients:
        client.start(began + seconds)
    await asyncio.gather(*(client.finished for client in clients))
    elapsed = time.perf_counter() - began
    latencies = sorted(latency for client in clients for latency in client.latencies)
    failures = sum(client.failures for client in clients)
    if len(latencies) < 2:
        raise RuntimeError(f"the server answered {len(latencies)} requests, {failures} failed")
    return Load(
        requests_per_second=len(latencies) / elapsed,
        p50=statistics.median(latencies) * 1000,
        p99=latencies[int(len(latencies) * 0.99)] * 1000,
        failures=failures,
    )


class _Client(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes]) -> None:
        self.latencies: list[float] = []
        self.failures = 0
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def start(self, deadline: float) -> None:
        self._deadline = deadline
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(body) < _content_length(head):
            return
        now = time.perf_counter()
        if head.startswith(b"HTTP/1.1 200"):
            self.latencies.append(now - self._sent)
        else:
            self.failures += 1
        self._buffer = b""
        if now < self._deadline:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if error:
            self.finished.set_exception(error)
        else:
            self.finished.set_result(None)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("expected an answer with a Content-Length")
