"""Running a room's `main` in this process, where a process of its own would say no more."""

from __future__ import annotations

import io
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout

_HANDLED = (signal.SIGINT, signal.SIGTERM)


def run_main(
    main: Callable[[Sequence[str]], int], *arguments: object
) -> subprocess.CompletedProcess[str]:
    """Calls a command's `main`; the signal handlers that it sets are gone afterwards."""
    words = [*map(str, arguments)]
    handlers = [signal.getsignal(one) for one in _HANDLED]
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(words)
    finally:
        for one, handler in zip(_HANDLED, handlers, strict=True):
            signal.signal(one, handler)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
