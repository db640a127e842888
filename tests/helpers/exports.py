"""Exports in tests are checked in the process that is there: a new one takes eight seconds.

The check itself is the same. That `okazu export` checks in a fresh process is tested where
`REAL_RUN` is put back, and in system tests.
"""

from __future__ import annotations

import io
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

CHECK = "models.artifact.verification"
REAL_RUN = subprocess.run


def run_or_check(command: Any, *arguments: Any, **options: Any) -> Any:
    """Take the place of `subprocess.run`: check an export here, run all else as ever."""
    if CHECK not in command:
        return REAL_RUN(command, *arguments, **options)
    from models.artifact.verification import main

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(command[command.index(CHECK) + 1 :])
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())
