"""Between the socket and the application: limits on connections, headers and waiting.

uvicorn's protocol takes headers without end, waits for them without end, and answers what is no
HTTP in plain text. Its parser stops at a request for another protocol (`Upgrade`) and takes that
request's body for a new request; a server may ignore such a request (RFC 9110, section 7.8), and
this one reads the head again without it.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, cast

import httptools
import uvicorn
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from service.http.errors import REQUEST_ID, describe_status, error_response
from service.http.guard import LINGER_BYTES, LINGER_SECONDS, Guard

# Connections over the limit that are told so; still more are cut off at once.
SPARE_CONNECTIONS = 100

_MAX_HEAD = 64 * 1024


class GuardedProtocol(HttpToolsProtocol):
    """One connection to an application that is wrapped in a `Guard`."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # Not the loaded app, which uvicorn may have wrapped.
        assert isinstance(config.app, Guard)
        self._guard = config.app
        self._settings = config.app.settings
        self._timer: asyncio.TimerHandle | None = None
        self._in_head = False
        self._is_excess = False
        self._refused = False
        self._unread = 0  # bytes that came since a head was complete, or a piece of a body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        excess = len(self.connections) - self._settings.max_connections
        if excess > SPARE_CONNECTIONS:
            transport.abort()
        elif excess > 0:
            self._is_excess = True
            self._timer = self.loop.call_later(LINGER_SECONDS, self._refuse_connection)
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unread += len(data)
        if self._refused:
            if self._unread > LINGER_BYTES:
                self.transport.abort()
            return
        if self._is_excess:
            self._refuse_connection()
            return
        self._unset_keepalive_if_required()
        self._parse(data)
        if self._refused or self.transport.is_closing():
            return
        if self._unread > _MAX_HEAD:
            self._refuse(431, f"expected headers of at most {_MAX_HEAD:,} bytes, received more")
        elif self._timer is None and (self._in_head or self._is_answered()):
            self._wait_for_head()

    def _parse(self, data: bytes) -> None:
        pieces = [memoryview(data)]
        while pieces and not self._refused:
            piece = pieces.pop(0)
            try:
                self.parser.feed_data(piece)
            except httptools.HttpParserUpgrade as stopped:
                pieces = [self._head_without_upgrade(), piece[stopped.args[0] :]]
            except httptools.HttpParserError:
                self._refuse(400, "expected an HTTP request, received something else")

    def _head_without_upgrade(self) -> memoryview:
        """The head that stopped the parser, for a new one to read; CONNECT is refused."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refuse(400, "expected a request to this server; CONNECT is for proxies")
        version = self.parser.get_http_version().encode("ascii")
        lines = [b"%b %b HTTP/%b" % (method, self.url, version)]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        return memoryview(b"\r\n".join([*lines, b"\r\n"]))

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            return  # the parser stops here, and the head is read again
        self._in_head = False
        self._unread = 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def _is_answered(self) -> bool:
        return self.cycle is not None and self.cycle.response_complete

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(self._settings.header_timeout, self._end_waiting)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end_waiting(self) -> None:
        self._timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_for_head()  # it is the client who waits, for an earlier request's answer
        elif self._in_head:
            seconds = self._settings.header_timeout
            self._refuse(408, f"expected the headers within {seconds:g} seconds")
        else:
            self.transport.close()

    def _refuse_connection(self) -> None:
        limit = self._settings.max_connections
        self._refuse(503, f"{limit} connections are open, the limit; try again later")

    def _refuse(self, status: int, message: str) -> None:
        """Answers in the place of the application, and takes nothing more from this client."""
        self._refused = True
        self._stop_waiting()
        cycle = None if self._is_answered() else self.cycle
        if self.pipeline or (cycle is not None and cycle.response_started):
            self.transport.close()  # this would be read as part of another answer
            return
        request_id = uuid.uuid4().hex
        if cycle is not None:
            scope = cast(Scope, cycle.scope)
            request_id = scope.setdefault(REQUEST_ID, request_id)
            # The application hears that the client left; the guard counts that.
            cycle.disconnected = True
            cycle.message_event.set()
        else:
            self._guard.note_refusal(status, request_id)
        self._answer(status, message, request_id)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _answer(self, status: int, message: str, request_id: str) -> None:
        problem = describe_status(status, message)
        response = error_response(problem, {REQUEST_ID: request_id}, self._settings.retry_after)
        headers = [
            *response.raw_headers,
            (b"x-request-id", request_id.encode("ascii")),
            (b"connection", b"close"),
        ]
        lines = [name + b": " + value + b"\r\n" for name, value in headers]
        self.transport.write(b"".join([STATUS_LINE[status], *lines, b"\r\n", bytes(response.body)]))
