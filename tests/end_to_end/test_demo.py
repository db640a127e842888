"""`make demo`, as a person meets it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.project import ROOT

pytestmark = pytest.mark.slow


QUICK = ["--set", "fit.epochs=8", "--set", "model.filters=[16]", "--set", "fit.batch_size=32"]


def demo(directory: Path, port: int, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "training.cli.demo", *arguments],
        cwd=directory,
        env={**os.environ, "OKAZU_PORT": str(port), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that a Ctrl-C reaches it and its children, and not the tests
    )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def test_it_trains_exports_serves_and_answers_until_ctrl_c(tmp_path: Path) -> None:
    running = demo(tmp_path, free_port(), *QUICK)
    assert running.stdout
    lines = []
    for line in running.stdout:
        lines.append(line)
        if line.startswith("The service stays up"):
            os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    assert "Traceback" not in err
    commands = [line.split()[2] for line in lines if line.startswith("$ okazu")]
    assert commands == ["train", "export", "serve"]
    answer = json.loads(next(line for line in lines if line.startswith("{")))
    assert answer["model"] == "digits"
    assert answer["predictions"][0]["label"] == "3"
    assert (tmp_path / "runs" / "demo" / "digit.png").exists()


def test_ctrl_c_while_it_trains_ends_cleanly(tmp_path: Path) -> None:
    running = demo(tmp_path, free_port(), *QUICK, "--set", "fit.epochs=5000")
    assert running.stderr
    for line in running.stderr:
        if re.match(r"epoch +3/", line):
            os.killpg(running.pid, signal.SIGINT)
            break
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "okazu resume" in err
    assert "Traceback" not in err


def test_a_taken_port_is_told_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        running = demo(tmp_path, taken.getsockname()[1])
        out, err = running.communicate(timeout=60)
    assert running.returncode == 2
    assert "Address already in use; make demo PORT=3001" in err
    assert out == ""
    assert not (tmp_path / "runs").exists()
