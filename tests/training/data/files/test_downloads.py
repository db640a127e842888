"""Downloads against a server on this machine that behaves, and misbehaves, as it is told."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models.errors import OkazuError
from training.data.files import downloads
from training.data.files.downloads import Download, fetch

CONTENT = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Home:
    """What the server has, how it behaves, and what it was asked."""

    url: str
    content: bytes = CONTENT
    ranges: bool = True
    statuses: list[int] = field(default_factory=list)  # of the next answers; then 200
    cuts: list[int] = field(default_factory=list)  # bytes that the next answers end after
    asked: list[str] = field(default_factory=list)  # the Range headers

    def download(self, sha256: str = SHA256, *mirrors: str) -> Download:
        return Download("file.bin", len(CONTENT), sha256, (self.url, *mirrors))


def handler_of(home: Home) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            home.asked.append(wanted)
            status = home.statuses.pop(0) if home.statuses else 200
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            if status == 200 and start >= len(home.content):
                status = 416
            if status != 200:
                self.send_error(status)
                return
            start = start if home.ranges else 0
            rest = home.content[start:]
            self.send_response(206 if start else 200)
            if start:
                last, size = len(home.content) - 1, len(home.content)
                self.send_header("Content-Range", f"bytes {start}-{last}/{size}")
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest[: home.cuts.pop(0)] if home.cuts else rest)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def home() -> Iterator[Home]:
    there = Home("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(there))
    there.url = f"http://127.0.0.1:{server.server_address[1]}/file.bin"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield there
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "RETRY_SECONDS", 0)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def partial(folder: Path, content: bytes) -> None:
    (folder / "file.bin.part").write_bytes(content)


def test_a_whole_file_is_fetched_once(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "folder"
    path = fetch(home.download(), folder)
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in folder.iterdir()] == ["file.bin"]
    assert fetch(home.download(), folder) == path
    assert home.asked == [""]
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""  # no terminal, no bar


def test_a_broken_download_goes_on_in_the_middle(home: Home, tmp_path: Path) -> None:
    partial(tmp_path, CONTENT[:1000])
    assert fetch(home.download(), tmp_path).read_bytes() == CONTENT
    assert home.asked == ["bytes=1000-"]


def test_a_server_without_ranges_is_asked_for_the_whole(home: Home, tmp_path: Path) -> None:
    home.ranges = False
    partial(tmp_path, b"something else, of the same file or not")
    assert fetch(home.download(), tmp_path).read_bytes() == CONTENT
    assert len(home.asked) == 1


def test_a_connection_that_is_cut_goes_on(home: Home, tmp_path: Path) -> None:
    home.cuts = [100_000, 50_000, 1, 1, 1, 1]  # more often than it may be cut without progress
    assert fetch(home.download(), tmp_path).read_bytes() == CONTENT
    assert home.asked[:3] == ["", "bytes=100000-", "bytes=150000-"]


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * len(CONTENT), b"x" * (len(CONTENT) + 1)])
def test_a_wrong_first_part_is_thrown_away(home: Home, tmp_path: Path, left: bytes) -> None:
    partial(tmp_path, left)
    assert fetch(home.download(), tmp_path).read_bytes() == CONTENT


def test_a_finished_part_is_not_fetched_again(home: Home, tmp_path: Path) -> None:
    partial(tmp_path, CONTENT)
    assert fetch(home.download(), tmp_path).read_bytes() == CONTENT
    assert home.asked == []


@pytest.mark.parametrize("content", [CONTENT[::-1], CONTENT + b"more", b"x" + CONTENT])
def test_another_content_is_never_published(home: Home, tmp_path: Path, content: bytes) -> None:
    home.content = content
    wrong = home.download("0" * 64)
    with pytest.raises(OkazuError, match="expected SHA-256 0000000000000000") as raised:
        fetch(wrong, tmp_path)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "file.bin").exists()


def test_a_missing_file_says_what_to_do(home: Home, tmp_path: Path) -> None:
    home.statuses = [404]
    with pytest.raises(OkazuError) as raised:
        fetch(home.download(), tmp_path)
    message = str(raised.value)
    assert "HTTP 404" in message
    assert home.url in message
    assert f"put the file into {tmp_path}" in message
    assert len(home.asked) == 1  # asking again would not help


def test_a_busy_server_is_asked_again(home: Home, tmp_path: Path) -> None:
    home.statuses = [503, 429]
    assert fetch(home.download(), tmp_path).read_bytes() == CONTENT
    home.statuses = [500, 500, 500]
    with pytest.raises(OkazuError, match="HTTP 500"):
        fetch(home.download(), tmp_path / "other")


def test_a_mirror_takes_over(home: Home, tmp_path: Path) -> None:
    home.statuses = [404]
    assert fetch(home.download(SHA256, home.url), tmp_path).read_bytes() == CONTENT


def test_no_network_says_which_file_to_put_where(tmp_path: Path) -> None:
    with socket.socket() as unused:  # bound, not listening: nobody answers there
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/file.bin"
        with pytest.raises(OkazuError) as raised:
            fetch(Download("file.bin", 10, SHA256, (url,)), tmp_path)
    message = str(raised.value)
    assert "no connection" in message
    assert f"put the file into {tmp_path}" in message
    assert "data.path" in message
    assert "\n" not in message


def test_what_came_before_the_network_broke_is_kept(home: Home, tmp_path: Path) -> None:
    home.cuts = [70_000, 0, 0, 0]
    with pytest.raises(OkazuError, match="70,000 of 512,000 bytes"):
        fetch(home.download(), tmp_path)
    assert (tmp_path / "file.bin.part").read_bytes() == CONTENT[:70_000]


def test_two_at_once_fetch_one_whole_file(home: Home, tmp_path: Path) -> None:
    threads = [threading.Thread(target=fetch, args=(home.download(), tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "file.bin").read_bytes() == CONTENT
    assert home.asked == [""]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system of a chosen size")
def test_a_full_disk_is_one_clear_line(home: Home, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root")
    try:
        with pytest.raises(OkazuError, match="No space left on device") as raised:
            fetch(home.download(), small)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
    assert "OKAZU_DATA_DIR" in str(raised.value)
