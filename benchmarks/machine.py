"""One line about the machine, which every benchmark prints first."""

from __future__ import annotations

import platform
from pathlib import Path

from models.settings import available_cores


def machine() -> str:
    """The processor, the cores that may be used, the system and the Python version."""
    return (
        f"{_processor()}, {available_cores()} cores, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
