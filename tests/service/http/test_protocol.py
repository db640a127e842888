"""Requests that ask for another protocol are read as if they did not, however they are cut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from service.http.guard import Guard
from service.http.metrics import service_metrics
from service.http.protocol import GuardedProtocol
from service.settings import ServiceSettings

BODY = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
UPGRADES = {
    "Java": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n",
    "tokens turned round": b"Connection: HTTP2-Settings, upgrade\r\nUpgrade: h2c\r\n",
    "a proxy's map for websockets": b"Upgrade: websocket\r\nConnection: upgrade\r\n",
    "capitals": b"CONNECTION: UPGRADE\r\nUPGRADE: H2C\r\n",
    "several lines": b"Connection: te\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: x\r\n",
    "several protocols": b"Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.2, HTTP/2.0\r\n",
    "no Connection": b"Upgrade: h2c\r\n",
    "no Upgrade": b"Connection: Upgrade\r\n",
    "an empty Upgrade": b"Connection: Upgrade\r\nUpgrade: \r\n",
    "none": b"",
}  # fmt: skip
NEXT = b"PUT /next HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"
THE_NEXT = ("PUT", "/next", "ok")


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return
        body, more = body + message["body"], message["more_body"]
    line = json.dumps([scope["method"], scope["path"], body.decode()]).encode() + b"\n"
    size = b"%d" % len(line)
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", size)]}
    )
    await send({"type": "http.response.body", "body": line})


class Transport(asyncio.Transport):
    """A connection whose answers are gathered."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self._closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True

    abort = close

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def _converse(segments: Iterable[bytes]) -> bytes:
    guard = Guard(echo, ServiceSettings.read(), service_metrics())
    config = uvicorn.Config(guard, ws="none", log_config=None, access_log=False)
    state = ServerState()
    protocol, transport = GuardedProtocol(config, state, {}), Transport()
    protocol.connection_made(transport)
    for segment in segments:
        if not transport.is_closing():
            protocol.data_received(segment)
        for _ in range(20):  # more rounds than an answer takes
            await asyncio.sleep(0)
    protocol.connection_lost(None)
    await asyncio.gather(*state.tasks)
    return transport.written


def converse(*segments: bytes) -> list[tuple[str, str, str]]:
    """What the application was asked and answered, when a connection brings these segments."""
    written = asyncio.run(_converse(segments))
    return [tuple(json.loads(line)) for line in written.splitlines() if line.startswith(b"[")]


def status(*segments: bytes) -> bytes:
    """The status of the only answer."""
    written = asyncio.run(_converse(segments))
    assert written.count(b"HTTP/1.1 ") == 1
    return written[9:12]


def post(upgrade: bytes, *, chunked: bool) -> bytes:
    if chunked:
        parts = (BODY[:7], BODY[7:], b"")
        length = b"Transfer-Encoding: chunked"
        body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    else:
        length, body = b"Content-Length: %d" % len(BODY), BODY
    return b"POST /first?x=1 HTTP/1.1\r\nHost: x\r\n" + upgrade + length + b"\r\n\r\n" + body


def cut(data: bytes, size: int) -> Sequence[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("upgrade", UPGRADES)
def test_the_body_is_a_body_however_it_is_cut(upgrade: str, chunked: bool) -> None:
    request = post(UPGRADES[upgrade], chunked=chunked)
    expected = [("POST", "/first", BODY.decode()), THE_NEXT]
    head = request.index(b"\r\n\r\n") + 4
    assert converse(request + NEXT) == expected
    assert converse(request[:head], request[head:] + NEXT) == expected
    assert converse(request[: head + 5], request[head + 5 :], NEXT) == expected
    assert converse(*cut(request + NEXT, 1)) == expected
    assert converse(*cut(request + NEXT, 7)) == expected


H2C = UPGRADES["Java"]
GET = b"GET /first HTTP/1.1\r\nHost: x\r\n" + H2C + b"\r\n"
THE_GET = ("GET", "/first", "")


def test_requests_that_follow_are_read() -> None:
    assert converse(GET + NEXT) == [THE_GET, THE_NEXT]
    assert converse(GET, NEXT, GET) == [THE_GET, THE_NEXT, THE_GET]
    first = ("POST", "/first", BODY.decode())
    both = post(H2C, chunked=True) + post(H2C, chunked=False)
    assert converse(both + GET + NEXT) == [first, first, THE_GET, THE_NEXT]
    old = GET.replace(b"HTTP/1.1", b"HTTP/1.0")
    assert converse(old, NEXT) == [THE_GET]
    last = GET.replace(b"Upgrade,", b"Upgrade, close,")
    assert converse(last, NEXT) == [THE_GET]


def test_a_body_that_does_not_come_whole_hides_nothing() -> None:
    request = post(H2C, chunked=False)
    assert converse(request[:-1]) == []
    assert converse(request.replace(b"%d" % len(BODY), b"1000"), b"x", b"GET /") == []
    raw = post(H2C + b"Transfer-Encoding: chunked\r\n", chunked=False)
    for segments in ((raw,), (raw.replace(b"Content-Length: %d\r\n" % len(BODY), b""),)):
        assert status(*segments) == b"400"


def test_trailers_ask_for_nothing() -> None:
    request = post(b"", chunked=True)[:-2] + H2C + b"\r\n"
    assert converse(request + NEXT) == [("POST", "/first", BODY.decode()), THE_NEXT]


@pytest.mark.parametrize("rest", [b"", NEXT, H2C])
def test_no_tunnel_is_opened(rest: bytes) -> None:
    for target in (b"x:80", b"/first", b"*"):
        head = b"CONNECT " + target + b" HTTP/1.1\r\nHost: x\r\n"
        assert status(head + b"\r\n" + rest) == b"400"
        assert status(head + H2C + b"\r\n", NEXT) == b"400"
