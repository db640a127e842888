"""Lists what a Python process looks up, connects to and opens for writing, in `AUDIT_LOG`.

Python imports this at its start in every process that has this folder on `PYTHONPATH`.
"""

from __future__ import annotations

import os
import sys

_SOCKETS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _list(event: str, arguments: tuple[object, ...]) -> None:
    if event in _SOCKETS:
        address = arguments[1 if event in ("socket.connect", "socket.sendto") else 0]
        host = address[0] if isinstance(address, tuple) else address
        _write(event, os.fsdecode(host) if isinstance(host, bytes) else str(host))
    elif event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & _WRITING:
            _write_path(event, path)
    elif event == "os.mkdir":
        _write_path(event, arguments[0])


def _write_path(event: str, path: object) -> None:
    if isinstance(path, str | bytes):  # not the number of an open file
        _write(event, os.path.abspath(os.fsdecode(path)))  # noqa: PTH100


def _write(event: str, what: str) -> None:
    os.write(_LOG, f"{event} {what}\n".encode())


if "AUDIT_LOG" in os.environ:
    _LOG = os.open(os.environ["AUDIT_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    _write("start", sys.executable)
    sys.addaudithook(_list)
