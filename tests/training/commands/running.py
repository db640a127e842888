"""Helpers of the tests of commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.conftest import TINY, Finished

Okazu = Callable[..., Finished]
TINY_SETTINGS = [a for k, v in TINY.items() for a in ("--set", f"{k}={json.dumps(v)}")]

_ROOT = Path(__file__).parents[3]


def start(*arguments: str, runs: Path) -> subprocess.Popen[str]:
    """Starts `okazu` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "training", *arguments],
        cwd=_ROOT,
        env={**os.environ, "OKAZU_RUNS": str(runs)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
