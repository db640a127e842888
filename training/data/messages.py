"""What loading tells people: bars and notices on standard error, nothing on standard output."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

messages = Console(stderr=True, highlight=False)


def notice(text: str) -> None:
    """Prints one line that a person should see, and that is no error."""
    print(f"okazu: {text}", file=sys.stderr)


def counted(count: int, noun: str) -> str:
    """`1 file`, `2,000 files`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def byte_bar() -> Progress:
    """A bar over bytes; nothing is shown where standard error is no terminal."""
    return _bar(DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())


def count_bar() -> Progress:
    """A bar over examples; nothing is shown where standard error is no terminal."""
    return _bar(MofNCompleteColumn(), TimeRemainingColumn())


def _bar(
    *numbers: DownloadColumn | TransferSpeedColumn | TimeRemainingColumn | MofNCompleteColumn,
) -> Progress:
    console = Console(stderr=True, highlight=False)
    description = TextColumn("{task.description}", markup=False)
    return Progress(
        description,
        BarColumn(),
        *numbers,
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
