"""How long `okazu serve` takes to be ready, and how much memory all its processes hold then.

    python -m benchmarks.serving.startup

Serves the shipped digits model; prints each of five starts and the medians. Needs /proc (Linux).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.serving.servers import free_port

STARTS = 5


def main() -> None:
    print(machine())
    starts = [_start() for _ in range(STARTS + 1)][1:]  # the first warms the file cache
    for seconds, megabytes in starts:
        print(f"ready after {seconds:.2f} s, {megabytes:.0f} MB resident")
    seconds, megabytes = (statistics.median(column) for column in zip(*starts, strict=True))
    print(f"median: ready after {seconds:.2f} s, {megabytes:.0f} MB resident, all processes")


def _start() -> tuple[float, float]:
    port = free_port()
    began = time.perf_counter()
    command = [sys.executable, "-m", "training", "serve", "--model", "digits", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not _is_ready(port):
            if process.poll() is not None:
                sys.exit(f"the service ended with code {process.returncode}")
            time.sleep(0.01)
        return time.perf_counter() - began, _resident_megabytes(process.pid)
    finally:
        process.terminate()
        process.wait()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return True
    except (urllib.error.URLError, ConnectionError):
        return False


def _resident_megabytes(pid: int) -> float:
    """Of a process and all below it."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kilobytes = next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return kilobytes / 1024 + sum(_resident_megabytes(int(child)) for child in children)


if __name__ == "__main__":
    main()
