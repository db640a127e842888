"""The outermost layer: request ids, limits of bodies, the error envelope, metrics, the access log.

It is plain ASGI around everything else, BentoML's and Starlette's own layers included, so what
it promises holds for every path.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
import uuid

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.errors import (
    ERROR_TYPE,
    REQUEST_ID,
    BodyTimeout,
    BodyTooLarge,
    Overloaded,
    Stopping,
    describe,
    describe_status,
    error_response,
)
from service.http.metrics import ServiceMetrics
from service.settings import ServiceSettings

logger = logging.getLogger("okazu.requests")
access_logger = logging.getLogger("okazu.access")

_SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,100}")
# A client that is cut off while it sends does not see its answer, so a refused body is read and
# dropped for a while before the connection is closed.
LINGER_SECONDS = 2.0
LINGER_BYTES = 64 * 1024 * 1024
# So much of each body is held without being counted: large uploads that stall may use up
# `max_buffered_bytes`, but not shut small requests out.
_SMALL_BODY = 64 * 1024


class Guard:
    """Wraps an ASGI application.

    Attributes:
        held_bytes: What is held of large bodies at present, over all requests.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings, metrics: ServiceMetrics) -> None:
        self.app = app
        self.settings = settings
        self.metrics = metrics
        self.held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].endswith("/"):
            _drop_last_slash(scope)
        exchange = _Exchange(self, scope, receive, send)
        start = time.perf_counter()
        self.metrics.begin()
        try:
            await exchange.run(self.app)
        finally:
            seconds = time.perf_counter() - start
            self.held_bytes -= exchange.held_bytes
            self.metrics.end(scope, exchange.status, seconds)
            if self.settings.access_log:
                _log_access(scope, exchange.status, seconds)

    def note_refusal(self, status: int, request_id: str) -> None:
        """Counts and logs what the protocol answered because it never became a request."""
        self.metrics.refuse(status)
        if self.settings.access_log:
            _log_access({"method": "-", "path": "-", REQUEST_ID: request_id}, status, 0.0)


class _Exchange:
    """One request and its answer."""

    __slots__ = (
        "_body_bytes",
        "_deadline",
        "_guard",
        "_more_body",
        "_receive",
        "_refused",
        "_replacing",
        "_request_id",
        "_scope",
        "_send",
        "_settings",
        "held_bytes",
        "status",
    )

    def __init__(self, guard: Guard, scope: Scope, receive: Receive, send: Send) -> None:
        self._guard = guard
        self._settings = guard.settings
        self._scope = scope
        self._receive = receive
        self._send = send
        self._body_bytes = 0
        self._deadline: float | None = None
        self._more_body = True
        self._refused = False
        self._replacing: Message | None = None
        self._request_id = _request_id(scope)
        scope[REQUEST_ID] = self._request_id.decode("ascii")
        self.held_bytes = 0
        self.status = 0  # 0: the client left before it was answered

    async def run(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self.receive, self.send)
        except asyncio.CancelledError:
            if self.status:
                raise
            # The server has waited for `shutdown_timeout`, and would say 500 and write a traceback.
            stopping = describe(Stopping("the service is shutting down; try again later"))
            response = error_response(stopping, self._scope, self._settings.retry_after)
            await response(self._scope, self.receive, self.send)
        except Exception as error:
            problem = describe(error)
            if problem.is_ours:
                logger.exception("request %s failed", self._scope[REQUEST_ID])
            if self.status:  # too late for another answer; the server closes the connection
                raise
            response = error_response(problem, self._scope, self._settings.retry_after)
            await response(self._scope, self.receive, self.send)

    async def receive(self) -> Message:
        """Hands on the body, within the limits of size and time.

        Raises:
            BodyTooLarge: More than the limit is announced, or was sent in chunks.
            BodyTimeout: It takes too long.
            Overloaded: There is no room for it.
        """
        if not self._more_body:  # somebody waits for the end of the connection
            return await self._receive()
        limit = self._settings.max_body_bytes
        if self._body_bytes == 0 and _announced_bytes(self._scope) > limit:
            raise self._refuse(_too_large(limit))
        message = await self._receive_in_time()
        self._body_bytes += len(message.get("body", b""))
        self._more_body = message.get("more_body", False)
        if self._body_bytes > limit:
            raise self._refuse(_too_large(limit))
        if self._body_bytes > _SMALL_BODY:
            self._hold(self._body_bytes - _SMALL_BODY)
        return message

    async def _receive_in_time(self) -> Message:
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._settings.body_timeout
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._receive()
        except TimeoutError:
            seconds = self._settings.body_timeout
            raise self._refuse(
                BodyTimeout(f"expected the whole body within {seconds:g} seconds")
            ) from None

    def _hold(self, count: int) -> None:
        more = count - self.held_bytes
        if self._guard.held_bytes + more > self._settings.max_buffered_bytes:
            raise self._refuse(Overloaded("too many large bodies at once; try again later"))
        self._guard.held_bytes += more
        self.held_bytes = count

    def _refuse(self, error: Exception) -> Exception:
        self._refused = True
        return error

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
        elif self._replacing is not None:
            await self._replace(message)
        elif self._refused and self._more_body and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._drop_body()
            await self._send({"type": "http.response.body", "body": b""})
        else:
            await self._send(message)

    async def _start(self, message: Message) -> None:
        if message["status"] >= 400 and ERROR_TYPE not in self._scope:
            self._replacing = message  # an error of another layer: the envelope takes its place
            return
        self.status = message["status"]
        headers = [*message["headers"], (b"x-request-id", self._request_id)]
        if self._refused and self._more_body:  # the rest of the body is not wanted
            headers.append((b"connection", b"close"))
        message["headers"] = headers
        await self._send(message)

    async def _replace(self, message: Message) -> None:
        assert self._replacing is not None
        if message.get("more_body", False):
            return
        start, self._replacing = self._replacing, None
        problem = describe_status(start["status"], headers=dict(Headers(raw=start["headers"])))
        response = error_response(problem, self._scope, self._settings.retry_after)
        await response(self._scope, self.receive, self.send)

    async def _drop_body(self) -> None:
        dropped = 0
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while dropped < LINGER_BYTES:
                    message = await self._receive()
                    dropped += len(message.get("body", b""))
                    if message["type"] != "http.request" or not message.get("more_body", False):
                        break
        except TimeoutError:
            pass


def _request_id(scope: Scope) -> bytes:
    """The one that the protocol gave, or the client's own where it is harmless, or a new one."""
    if REQUEST_ID in scope:
        return str(scope[REQUEST_ID]).encode("ascii")
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_REQUEST_ID.fullmatch(value):
            return bytes(value)
    return uuid.uuid4().hex.encode("ascii")


def _drop_last_slash(scope: Scope) -> None:
    """`/classify/` is answered as `/classify` is."""
    path, root = scope["path"], scope.get("root_path", "")
    if len(path) > len(root) + 1:
        scope["path"] = path[:-1]


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"expected a body of at most {limit:,} bytes, received more")


def _announced_bytes(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _log_access(scope: Scope, status: int, seconds: float) -> None:
    # JSON, so that no path can forge a line.
    record = {
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
        "request_id": scope[REQUEST_ID],
    }
    access_logger.info("%s", json.dumps(record))
