"""Running the service in this process: uvicorn with uvloop and httptools."""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
import socket
import tempfile
import time

import uvicorn

from models.errors import InvalidSetting
from service.app import Okazu
from service.http.protocol import SPARE_CONNECTIONS, GuardedProtocol
from service.serving.registry import ModelRegistry
from service.settings import ServiceSettings

_BACKLOG = 2048
_OTHER_FILES = 256  # open at once besides connections
_PORT_PROBLEMS = (errno.EADDRINUSE, errno.EACCES)


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
        problem = (error.strerror or str(error)).partition(" (while ")[0]  # the address again
        option = "--port" if error.errno in _PORT_PROBLEMS else "--host"
        raise InvalidSetting(
            f"cannot listen on {settings.host} port {settings.port}: {problem};"
            f" choose another with {option}"
        ) from None


def _allow_files(count: int) -> None:
    """Raises this process' limit of open files as far as it may; each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _check_temporary_folder() -> None:
    """BentoML makes a folder for each instance of a service, whether it is used or not."""
    try:
        tempfile.gettempdir()
    except OSError:
        raise InvalidSetting(
            "expected a folder for temporary files that can be written to, found none; mount one"
            " at /tmp (docker run --tmpfs /tmp), or name one in the environment variable TMPDIR"
        ) from None


def run_server(settings: ServiceSettings, started: float) -> None:
    """Serves until SIGINT or SIGTERM.

    Args:
        settings: All of them.
        started: When the process began, `time.monotonic()`.

    Raises:
        InvalidSetting: The port cannot be had, or there is no temporary folder.
    """
    _check_temporary_folder()
    listener = _listen(settings)
    _allow_files(settings.max_connections + SPARE_CONNECTIONS + _OTHER_FILES)
    # BentoML's libraries have set it up in their way by now.
    form = "%(levelname)s %(name)s: %(message)s"
    logging.basicConfig(format=form, level=logging.WARNING, force=True)
    # A line for every port scan is no news.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    if settings.access_log:
        logging.getLogger("okazu.access").setLevel(logging.INFO)
    Okazu.settings = settings
    config = uvicorn.Config(
        Okazu.to_asgi(),
        loop="uvloop",
        http=GuardedProtocol,
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
