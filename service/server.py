"""Running the service in this process: uvicorn with uvloop and httptools."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import time
import uuid

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from models.errors import InvalidSetting
from service.app import Okazu
from service.errors import describe_status, envelope
from service.registry import ModelRegistry
from service.settings import ServiceSettings

_BACKLOG = 2048


class EnvelopeProtocol(HttpToolsProtocol):
    """Answers what is no HTTP at all with the error envelope, too."""

    def send_400_response(self, msg: str) -> None:
        body = json.dumps(envelope(describe_status(400, msg), uuid.uuid4().hex)).encode()
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


class Server(uvicorn.Server):
    """Says one line when every model is loaded."""

    def __init__(self, config: uvicorn.Config, settings: ServiceSettings, started: float) -> None:
        super().__init__(config)
        self._settings = settings
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announcement = asyncio.create_task(self._announce(Okazu.registry))

    async def _announce(self, registry: ModelRegistry) -> None:
        await registry.wait()
        ready = [model for model in registry.describe() if model["state"] == "ready"]
        what = ", ".join(
            f"{model['name']}:{model['version']} ({model['runtime']} {model['precision']})"
            for model in ready
        )
        seconds = time.monotonic() - self._started
        url = f"http://{_in_url(self._settings.host)}:{self._settings.port}"
        if ready:
            print(f"Okazu serves {what} on {url}, ready in {seconds:.1f} s", flush=True)
        else:
            print(f"Okazu is up on {url}, but every model was refused", flush=True)


def _in_url(host: str) -> str:
    if host in ("0.0.0.0", "::", "127.0.0.1"):
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _listen(settings: ServiceSettings) -> socket.socket:
    """Takes the port, before anything slow begins.

    Raises:
        InvalidSetting: The address or the port cannot be had.
    """
    try:
        return socket.create_server(
            (settings.host, settings.port),
            family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET,
            backlog=_BACKLOG,
        )
    except OSError as error:
        raise InvalidSetting(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror};"
            " choose another with --port or --host"
        ) from None


def run_server(settings: ServiceSettings, started: float) -> None:
    """Serves until SIGINT or SIGTERM.

    Args:
        settings: All of them.
        started: When the process began, `time.monotonic()`.

    Raises:
        InvalidSetting: The port cannot be had.
    """
    listener = _listen(settings)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    # A line for every port scan is no news.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    if settings.access_log:
        logging.getLogger("okazu.access").setLevel(logging.INFO)
    Okazu.settings = settings
    config = uvicorn.Config(
        Okazu.to_asgi(),
        loop="uvloop",
        http=EnvelopeProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here asks who the client is
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=settings.shutdown_timeout,
    )
    with listener:
        Server(config, settings, started).run([listener])
