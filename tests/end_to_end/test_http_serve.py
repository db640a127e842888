"""`python -m service`, which is what `okazu serve` runs: a real process on a real port."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from service.__main__ import main
from tests.helpers.live_server import PATIENCE, ZOO, Server, read_all, serving, start
from tests.helpers.mains import run_main
from tests.helpers.table_models import PASSENGER


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--model", "digits") as server:
        yield server


@pytest.fixture(scope="module")
def picture() -> bytes:
    Image.new("L", (8, 8), 200).save(data := io.BytesIO(), "PNG")
    return data.getvalue()


def test_one_line_says_that_it_is_ready(server: Server) -> None:
    what, where = r"digits:\d+ \(openvino f32\)", f"http://localhost:{server.port}"
    expected = rf"Okazu serves {what} on {where}, ready in \d+\.\d s\n"
    assert re.fullmatch(expected, server.line)
    assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_the_process_stays_small(server: Server) -> None:
    status = Path(f"/proc/{server.process.pid}/status")
    if not status.exists():
        pytest.skip("no /proc on this system")
    resident = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
    assert resident is not None
    assert int(resident[1]) < 450 * 1024


def test_the_three_forms(server: Server, picture: bytes) -> None:
    url = f"{server.url}/classify"
    answers = [
        httpx.post(url, content=picture, headers={"content-type": "image/png"}),
        httpx.post(url, files={"image": picture}),
        httpx.post(url, json={"image": base64.b64encode(picture).decode()}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert "server" not in answers[0].headers


def test_many_at_once_get_their_own_answers(server: Server) -> None:
    pictures = []
    for grey in range(0, 250, 10):
        Image.new("L", (8, 8), grey).save(data := io.BytesIO(), "PNG")
        pictures.append(data.getvalue())
    with httpx.Client(base_url=server.url) as client:
        alone = [client.post("/classify", content=one).json() for one in pictures]
        answers: dict[int, object] = {}

        def ask(number: int) -> None:
            answers[number] = client.post("/classify", content=pictures[number]).json()

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(pictures))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    labels = [answer["predictions"][0]["label"] for answer in alone]
    together = [answers[n] for n in range(len(pictures))]
    assert [one["predictions"][0]["label"] for one in together] == labels  # type: ignore[index]


def test_rows_of_a_table(table_zoo: Path) -> None:
    """A server of tables only."""
    with serving(
        "--zoo", table_zoo, "--no-shipped-models", "--default-model", "passengers"
    ) as server:
        content = {"rows": [PASSENGER] * 3}
        answer = httpx.post(f"{server.url}/predict", json=content)
        assert answer.status_code == 200
        assert answer.json()["target"] == "survived"
        assert len(answer.json()["results"]) == 3
        assert server.stop() == (0, "")


def test_a_body_over_the_limit_is_answered_before_it_was_sent(server: Server) -> None:
    head = "POST /classify HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head.encode())
        # Not one byte of the body is sent, and the answer is there.
        assert connection.recv(65_536).startswith(b"HTTP/1.1 413 ")


def test_endless_chunks_are_cut_off(server: Server) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with server.connect() as connection:
        connection.sendall(
            b"POST /classify HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        try:
            for _ in range(2000):
                connection.sendall(chunk)
        except OSError:
            pass  # cut off, as it should be
        else:
            pytest.fail("expected the server to close the connection")


def test_what_is_no_http_gets_the_envelope(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body).keys() == {"error", "error_type", "request_id"}


def test_a_client_that_would_rather_speak_http2_is_answered(server: Server, picture: bytes) -> None:
    """As Java's client and `curl --http2` ask; their connection stays in use."""
    head = b"POST /classify HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, HTTP2-Settings\r\n"
    head += b"upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQCAAAA\r\ncontent-length: %d\r\n\r\n"
    last = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head % len(picture) + picture + last)
        assert re.findall(rb"HTTP/1.1 (\d+) ", read_all(connection)) == [b"200", b"200"]


def test_a_running_request_is_finished_before_the_end(picture: bytes) -> None:
    head = f"POST /classify HTTP/1.1\r\nhost: x\r\ncontent-length: {len(picture)}\r\n\r\n"
    with serving("--model", "digits") as server, server.connect() as connection:
        connection.sendall(head.encode() + picture[:10])
        # The server has seen the request when it answers the next one.
        assert httpx.get(f"{server.url}/livez").status_code == 200
        server.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:  # until it takes no more connections
            try:
                socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
            except OSError:
                break
        connection.sendall(picture[10:])
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")
        out, err = server.process.communicate(timeout=PATIENCE)
        assert (server.process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(how: signal.Signals) -> None:
    with serving("--model", "digits") as server:
        assert server.stop(how) == (0, "")


def check_one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    process = start(*arguments)
    out, err = process.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_a_taken_port_is_one_line(server: Server) -> None:
    done = run("--port", server.port, "--zoo", ZOO)
    check_one_line(
        done, f"port {server.port}: Address already in use; choose another with --port\n"
    )


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        ("203.0.113.9", "Cannot assign requested address"),  # set aside for documentation
        ("no.such.host.invalid", "Name or service not known"),
    ],
)
def test_an_address_that_cannot_be_had_is_one_line(host: str, problem: str) -> None:
    done = run("--host", host, "--zoo", ZOO)
    check_one_line(done, f"on {host} port 3000: {problem}; choose another with --host\n")


def test_a_mistake_ends_the_process_with_2() -> None:
    check_one_line(run("--port", "http"), "port", "'http'")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "70000"], ["port", "65535"]),
        (["--threads", "-1"], ["threads"]),
        (["--runtime", "abacus"], ["runtime", "openvino"]),
        (["--model", "cats", "--zoo", str(ZOO)], ["cats", "digits"]),
        (["--default-model", "cats", "--zoo", str(ZOO)], ["cats", "digits"]),
        (["--zoo", "/nowhere"], ["/nowhere", "--zoo"]),
        (["--prot", "80"], ["--prot", "--help"]),
        (["--port"], ["--port"]),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], words: list[str]) -> None:
    check_one_line(run_main(main, *arguments), *words)


def test_help_lists_the_options() -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: okazu serve" in done.stdout
    assert all(option in done.stdout for option in ("--port", "--model", "--precision", "--zoo"))


def test_a_damaged_model_is_named_on_stderr(tmp_path: Path) -> None:
    shutil.copytree(ZOO / "digits", tmp_path / "digits")
    for version in (tmp_path / "digits").iterdir():
        (version / "saved_model.pb").unlink()
    with serving("--zoo", tmp_path, "--no-shipped-models") as server:
        assert "every model was refused" in server.line
        assert httpx.get(f"{server.url}/readyz").status_code == 503
        code, err = server.stop()
    assert code == 0
    assert "digits" in err
    assert "saved_model.pb is missing" in err
