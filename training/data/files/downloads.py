"""Files fetched from their home, verified, into the cache directory.

A file comes in under the name `<file>.part` and takes its own name once its checksum is right, so
whatever has a name is whole. What a broken connection or Ctrl-C left is gone on with.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from models.errors import OkazuError
from models.files import flush_to_disk
from training.data.messages import byte_bar

DATA_VARIABLE = "OKAZU_DATA_DIR"
TIMEOUT_SECONDS = 15.0
RETRY_SECONDS = 0.5
_ATTEMPTS = 3  # in a row without a single new byte, for each address
_CHUNK = 1 << 17
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Download:
    """A file and where to get it.

    Attributes:
        name: Of the file, in the folder that it is fetched into.
        size: In bytes.
        sha256: In hexadecimal.
        urls: Its home, then mirrors.
    """

    name: str
    size: int
    sha256: str
    urls: tuple[str, ...]


class _Cut(Exception):
    """The connection ended before the file did; the message says how."""


class _Refused(Exception):
    """The server will not give the file; the message says why."""


def data_directory() -> Path:
    """Where downloads and decoded images are kept.

    `OKAZU_DATA_DIR`, else `okazu` in the user's cache directory.
    """
    chosen = os.environ.get(DATA_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache") / "okazu"


def _home() -> Path:
    """The home folder; one that does not exist where the user has none, as some containers' do."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def fetch(download: Download, folder: Path) -> Path:
    """Makes sure that a file is in a folder; fetches what is missing of it.

    Returns:
        The file's path.

    Raises:
        OkazuError: It cannot be had: no network, no such file, a wrong checksum, a full disk.
    """
    target = folder / download.name
    if target.is_file():
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / f"{download.name}.part") as partial:
            if not target.is_file():  # another process may have been quicker
                _complete(download, partial)
                os.fsync(partial.fileno())
                (folder / f"{download.name}.part").replace(target)
                flush_to_disk(folder, recursive=False)
    except OSError as error:
        raise OkazuError(
            f"{target}: {error.strerror or error}; {download.name} needs"
            f" {download.size / 1e6:,.0f} MB there ({DATA_VARIABLE} names another folder)"
        ) from None
    except _Refused as error:
        raise OkazuError(
            f"{download.name}: {error}; mend that, or put the file into {folder}"
            " (or name a local copy with data.path)"
        ) from None
    return target


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """Opens the file for reading and writing; a second process waits for the first."""
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _complete(download: Download, file: BinaryIO) -> None:
    problem = _Refused("there is no address to fetch it from")
    with byte_bar() as bar:
        task = bar.add_task(f"fetching {download.name}", total=download.size)
        for url in download.urls:
            try:
                _from_address(url, download, file, lambda at: bar.update(task, completed=at))
            except _Refused as error:
                problem = error
            else:
                return
    raise problem


def _from_address(
    url: str, download: Download, file: BinaryIO, show: Callable[[int], None]
) -> None:
    failures = 0
    while True:
        began_with = file.seek(0, os.SEEK_END)
        try:
            _receive(url, download, file, show)
        except _Cut as error:
            failures = 0 if file.seek(0, os.SEEK_END) > began_with else failures + 1
            if failures == _ATTEMPTS:
                raise _Refused(f"{url} does not answer as it should ({error})") from None
            time.sleep(RETRY_SECONDS * failures)
            continue
        received = _sha256(file)
        if received == download.sha256:
            return
        file.truncate(0)
        if not began_with:  # else the first part may be to blame: once more, from the start
            raise _Refused(
                f"{url} has another content: expected SHA-256 {download.sha256[:16]}...,"
                f" received {received[:16]}..."
            )


def _receive(url: str, download: Download, file: BinaryIO, show: Callable[[int], None]) -> None:
    """Appends what is missing; the file holds at least `download.size` bytes afterwards."""
    have = file.seek(0, os.SEEK_END)
    if have >= download.size:
        return
    headers = {"User-Agent": "okazu"} | ({"Range": f"bytes={have}-"} if have else {})
    with _opened(urllib.request.Request(url, headers=headers), file) as response:
        goes_on = f"bytes {have}-"
        if have and not str(response.headers.get("Content-Range", "")).startswith(goes_on):
            file.truncate(0)
            have = 0
        while have < download.size and (chunk := _read(response)):
            file.write(chunk)
            have += len(chunk)
            show(have)
    file.flush()
    if have < download.size:
        raise _Cut(f"the connection ended after {have:,} of {download.size:,} bytes")


def _opened(request: urllib.request.Request, file: BinaryIO) -> http.client.HTTPResponse:
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(
            request, timeout=TIMEOUT_SECONDS
        )
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # the server's file ends before ours does
            file.truncate(0)
        if error.code == 416 or error.code in _TRANSIENT:
            raise _Cut(f"HTTP {error.code}") from None
        raise _Refused(f"{request.full_url} answers HTTP {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise _Cut(f"no connection: {getattr(reason, 'strerror', None) or reason}") from None
    return response


def _read(response: http.client.HTTPResponse) -> bytes:
    # Not in one `try` with the writing: a full disk is an OSError too.
    try:
        return response.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _Cut(str(error) or type(error).__name__) from None


def _sha256(file: BinaryIO) -> str:
    file.flush()
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()
