"""The end of the service, while work goes on that cannot be ended."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

from tests.helpers.live_server import PATIENCE, ZOO, Server, free_port, read_all
from tests.helpers.project import ROOT

pytestmark = pytest.mark.slow


# `okazu serve` with one function that, once it is called, does not return for minutes.
HANGING = """
import sys, time
import {module} as module
def hang(*_):
    print("hangs", flush=True)
    time.sleep(600)
module.{function} = hang
from service.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
SECONDS = 1


@pytest.mark.parametrize(
    ("module", "function"),
    [
        ("service.serving.image_decoding", "decode_image"),
        ("service.tasks.image_classification.request", "_read_json"),
    ],
)
def test_work_that_hangs_does_not_hold_up_the_end(module: str, function: str) -> None:
    Image.effect_noise((600, 600), 99).save(data := io.BytesIO(), "PNG")
    body = data.getvalue() if function == "decode_image" else b'{"image": "' + b"A" * 300_000
    head = f"POST /classify HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    port = free_port()
    program = HANGING.format(module=module, function=function)
    options = ["--port", port, "--zoo", ZOO, "--model", "digits", "--shutdown-timeout", SECONDS]
    process = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, options)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        server = Server(process, port, process.stdout.readline())
        with server.connect() as connection:
            connection.sendall(head + body)
            assert process.stdout.readline() == "hangs\n"
            began = time.monotonic()
            code, err = server.stop(signal.SIGTERM)
            assert (code, "Traceback" in err) == (0, False), err
            assert time.monotonic() - began < SECONDS + PATIENCE / 4
            answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error_type"] == "stopping"
    finally:
        process.kill()
        process.communicate()


def test_without_a_temporary_folder_one_line_says_so() -> None:
    program = """
import sys, tempfile
tempfile._candidate_tempdir_list = lambda: ["/nothing"]
from service.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
    command = [sys.executable, "-c", program, "--zoo", str(ZOO), "--port", str(free_port())]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "TMPDIR" in done.stderr
