"""Helpers of the tests of commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.conftest import TINY, Finished
from tests.helpers.project import ROOT

Okazu = Callable[..., Finished]
TINY_SETTINGS = [a for k, v in TINY.items() for a in ("--set", f"{k}={json.dumps(v)}")]


def start(*arguments: str, runs: Path) -> subprocess.Popen[str]:
    """Starts `okazu` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "training", *arguments],
        cwd=ROOT,
        env={**os.environ, "OKAZU_RUNS": str(runs)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
