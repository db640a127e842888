"""How Okazu starts Python processes of its own.

Python puts the working directory first on its path for `-m` and `-c`. A user's folder may hold a
`service.py`, a `models/` or a `json.py`; none of these must run in the place of ours.
"""

from __future__ import annotations

import os
import sys


def python_command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs one of our modules, whatever the working directory holds.

    `PYTHONPATH` is honoured as usual.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def keep_working_directory_off_path() -> None:
    """Make Python processes that libraries start from here leave the working directory out, too.

    Python's own pools start their workers with `-c`.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
