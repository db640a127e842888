"""Clients that send too much, too slowly, or no HTTP: each is answered, and holds nobody up."""

from __future__ import annotations

import io
import json
import re
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from tests.helpers.live_server import Server, read_all, serving

pytestmark = pytest.mark.slow


HEAD = b"POST /classify HTTP/1.1\r\nhost: x\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Impatient, and with room for few."""
    with serving(
        *("--header-timeout", 0.5, "--body-timeout", 0.5, "--max-concurrency", 2),
        *("--max-connections", 20, "--access-log"),
    ) as server:
        yield server


def status_of(answer: bytes) -> int:
    """Checks that an answer is the envelope and nothing more, and returns its status."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("ascii").split("\r\n")
    headers = dict(line.lower().split(": ") for line in lines)
    content = json.loads(body)
    assert content.keys() == {"error", "error_type", "request_id"}
    assert headers["x-request-id"] == content["request_id"]
    assert headers["connection"] == "close"
    assert int(headers["content-length"]) == len(body)
    return int(status_line.split()[1])


def counted(server: Server) -> float:
    """How many answers `/metrics` shows, itself not counted."""
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    found = [
        re.match(r'okazu_requests_total{.*route="(?!/metrics).* (\S+)', line) for line in lines
    ]
    return sum(float(match[1]) for match in found if match)


def endless(connection: socket.socket, start: bytes, part: bytes, limit: int) -> int:
    """Sends parts until the server has had enough; returns how many bytes it took."""
    sent = 0
    connection.sendall(start)
    try:
        while sent < limit:
            connection.sendall(part)
            sent += len(part)
    except OSError:
        pass
    return sent


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\nx: ", b"GET /", b"\r\n"])
def test_endless_headers_are_431(server: Server, start: bytes) -> None:
    part = b"\r\n" * 1024 if start == b"\r\n" else b"a" * 2048
    with server.connect() as connection:
        connection.sendall(start + part * 40)
        assert status_of(read_all(connection)) == 431


def test_endless_trailers_are_refused(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\n")
        connection.sendall(b"x: y\r\n" * 20_000)
        # The time for a body may end first on a busy machine.
        assert status_of(read_all(connection)) in (431, 408)


def test_many_headers_within_the_limit_are_taken(server: Server) -> None:
    headers = {f"x-{number}": "a" * 1000 for number in range(60)}
    assert httpx.get(f"{server.url}/livez", headers=headers).status_code == 200


def test_a_client_that_goes_on_sending_headers_is_cut_off(server: Server) -> None:
    limit = 2**31
    with server.connect() as connection:
        assert endless(connection, b"GET / HTTP/1.1\r\nx: ", b"a" * 2**20, limit) < limit


@pytest.mark.parametrize("begun", [b"GET / HT", b"GET / HTTP/1.1\r\nhost: x\r\n", b"G"])
def test_headers_that_do_not_come_are_408(server: Server, begun: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(begun)
        assert status_of(read_all(connection)) == 408


@pytest.mark.parametrize("begun", [b"", b"\r\n"])
def test_a_connection_without_a_request_is_closed(server: Server, begun: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(begun)
        assert read_all(connection) == b""


def test_a_second_request_that_does_not_come_whole_is_408(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET /livez HT")
        assert status_of(read_all(connection)) == 408


def test_a_body_that_does_not_come_is_408(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"content-length: 100\r\n\r\nabc")
        assert status_of(read_all(connection)) == 408


def test_a_body_that_nobody_reads_does_not_keep_the_connection(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 999999\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        begin = time.monotonic()
        taken = 0
        try:
            while taken < 999_999 and connection.send(b"x"):
                taken += 1
        except OSError:
            pass
        assert time.monotonic() - begin < 10


def test_uploads_that_stall_hold_nobody_up() -> None:
    Image.new("L", (8, 8), 200).save(data := io.BytesIO(), "PNG")
    with serving("--model", "digits", "--max-concurrency", 2) as server:
        idle = [server.connect() for _ in range(5)]
        for connection in idle:
            connection.sendall(HEAD + b"content-length: 100\r\n\r\n")
        # The server has seen all of them when it answers what came after.
        answer = httpx.post(f"{server.url}/classify", content=data.getvalue())
        assert answer.status_code == 200
        for connection in idle:
            connection.close()


def test_a_connection_too_many_is_503(server: Server) -> None:
    idle = [server.connect() for _ in range(20)]
    try:
        refused = httpx.get(f"{server.url}/livez")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["request_id"] == refused.headers["x-request-id"]
    finally:
        for connection in idle:
            connection.close()
    assert_soon_alive(server)


def assert_soon_alive(server: Server) -> None:
    for _ in range(100):
        if httpx.get(f"{server.url}/livez").status_code == 200:
            return
    pytest.fail("expected the connections to be free again")


NO_HTTP = {
    "another protocol": b"\x16\x03\x01 hello\r\n\r\n",
    "a path that is not ASCII": "GET /é HTTP/1.1\r\nhost: x\r\n\r\n".encode(),
    "a method in lower case": b"get / HTTP/1.1\r\nhost: x\r\n\r\n",
    "a negative length": HEAD + b"content-length: -1\r\n\r\n",
    "a broken chunk": HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("case", NO_HTTP)
def test_what_is_no_http_is_400_and_counted(server: Server, case: str) -> None:
    before = counted(server)
    with server.connect() as connection:
        connection.sendall(NO_HTTP[case])
        assert status_of(read_all(connection)) == 400
    assert counted(server) == before + 1


def test_the_access_log_has_what_is_no_http() -> None:
    with serving("--model", "digits", "--access-log") as server:
        with server.connect() as connection:
            connection.sendall(NO_HTTP["another protocol"])
            body = read_all(connection).partition(b"\r\n\r\n")[2]
        code, err = server.stop()
    assert code == 0
    line = json.loads(err.partition("okazu.access: ")[2])
    assert (line["status"], line["request_id"]) == (400, json.loads(body)["request_id"])
