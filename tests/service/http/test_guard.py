"""The outermost layer around applications that misbehave in one way each."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, MutableMapping
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.guard import Guard
from service.http.metrics import service_metrics
from service.settings import ServiceSettings

Headers = list[tuple[bytes, bytes]]
LIMIT = 1024


def exchange(
    app: ASGIApp, body: Iterable[bytes] = (b"",), headers: Headers | None = None, **options: Any
) -> tuple[list[Message], list[bytes]]:
    """Sends one request; returns what the application sent, and what was left of the body."""
    chunks = [*body]
    sent: list[Message] = []

    async def receive() -> Message:
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def send(message: Message) -> None:
        sent.append(message)

    settings = ServiceSettings.read(**{"max_body_bytes": LIMIT, **options})
    scope = {"type": "http", "method": "POST", "path": "/x", "headers": headers or []}
    guard = Guard(app, settings, service_metrics())
    asyncio.run(guard(scope, receive, send))
    assert guard.held_bytes == 0
    return sent, chunks


def answer(sent: list[Message]) -> tuple[int, dict[str, str], MutableMapping[str, Any]]:
    start, *bodies = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    content = json.loads(b"".join(body.get("body", b"") for body in bodies))
    return start["status"], headers, content


async def echo(_: Scope, receive: Receive, send: Send) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message["body"]), message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


async def broken(_: Scope, __: Receive, ___: Send) -> None:
    raise RuntimeError("a secret")


async def broken_later(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError("too late")


async def plain_error(_: Scope, __: Receive, send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"allow", b"GET"), (b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 405, "headers": headers})
    await send({"type": "http.response.body", "body": b"no", "more_body": True})
    await send({"type": "http.response.body", "body": b"no"})


def test_a_sane_request_id_is_kept_and_another_replaced() -> None:
    for given, kept in ((b"abc-123", True), (b"a b", False), (b"x" * 101, False), (b"\xff", False)):
        _, headers, _ = answer(exchange(echo, headers=[(b"x-request-id", given)])[0])
        assert (headers["x-request-id"].encode("latin-1") == given) is kept
        assert headers["x-request-id"]


def test_a_body_within_the_limit_passes() -> None:
    assert answer(exchange(echo, [b"x" * 1000, b"x" * 24])[0])[2] == LIMIT  # type: ignore[comparison-overlap]


def test_an_announced_size_is_refused_unread_and_then_dropped() -> None:
    headers = [(b"content-length", b"5000")]
    sent, left = exchange(echo, [b"x" * 1000] * 5, headers)
    status, response_headers, content = answer(sent)
    assert (status, content["error_type"]) == (413, "body_too_large")
    assert response_headers["connection"] == "close"
    assert left == []
    # The client has its whole answer before the rest of its body is read.
    assert [message.get("more_body", False) for message in sent] == [False, True, False]


def test_chunks_are_counted() -> None:
    status, _, content = answer(exchange(echo, [b"x" * 600] * 3)[0])
    assert (status, content["error_type"]) == (413, "body_too_large")


def test_a_body_that_does_not_come_is_408() -> None:
    async def wait_for_ever() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    guard = Guard(echo, ServiceSettings.read(body_timeout=0.01), service_metrics())
    scope = {"type": "http", "method": "POST", "path": "/x", "headers": []}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.http.guard.LINGER_SECONDS", 0.01)
        asyncio.run(guard(scope, wait_for_ever, send))
    status, headers, content = answer(sent)
    assert (status, content["error_type"]) == (408, "request_timeout")
    assert headers["connection"] == "close"


def test_large_bodies_share_their_room_and_small_ones_need_none() -> None:
    room = 100_000
    limits = {"max_body_bytes": room, "max_buffered_bytes": room}
    settings = ServiceSettings.read(**limits)

    async def crowd() -> list[int]:
        guard = Guard(echo, settings, service_metrics())
        gate = asyncio.Event()
        requests = [ask(guard, size, gate) for size in (95_000, 95_000, 95_000, 95_000, 60_000)]
        tasks = [asyncio.create_task(request) for request in requests]
        for _ in range(10):  # until all have sent what they have
            await asyncio.sleep(0)
        gate.set()
        statuses = await asyncio.gather(*tasks)
        assert guard.held_bytes == 0
        return statuses

    async def ask(guard: Guard, size: int, gate: asyncio.Event) -> int:
        messages: list[Message] = [{"type": "http.request", "body": bytes(size), "more_body": True}]
        sent: list[Message] = []

        async def receive() -> Message:
            if messages:
                return messages.pop()
            await gate.wait()
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/x", "headers": []}
        await guard(scope, receive, send)
        return int(sent[0]["status"])

    # Beyond its first 64 KiB each holds 29,464 bytes: there is room for three.
    assert asyncio.run(crowd()) == [200, 200, 200, 503, 200]


def test_an_error_of_another_layer_gets_the_envelope() -> None:
    status, headers, content = answer(exchange(plain_error)[0])
    assert (status, headers["allow"], headers["content-type"]) == (405, "GET", "application/json")
    assert content["error_type"] == "method_not_allowed"
    assert content["request_id"] == headers["x-request-id"]
    assert int(headers["content-length"]) == len(json.dumps(content, separators=(",", ":")))


def test_an_unexpected_error_is_hidden_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    status, headers, content = answer(exchange(broken)[0])
    assert (status, content["error_type"]) == (500, "internal_error")
    assert "secret" not in content["error"]
    assert headers["x-request-id"] in caplog.text
    assert "a secret" in caplog.text


def test_an_error_after_the_headers_ends_the_connection() -> None:
    with pytest.raises(RuntimeError, match="too late"):
        exchange(broken_later)


def test_the_access_log_is_one_line_of_json(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "okazu.access"):
        exchange(echo)
        assert not caplog.records
        exchange(echo, headers=[(b"x-request-id", b"me")], access_log=True)
    record = json.loads(caplog.records[0].getMessage())
    assert (record["path"], record["status"], record["request_id"]) == ("/x", 200, "me")
