"""What commands say, and where: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from rich import box
from rich.console import Console
from rich.table import Table

from training.data.messages import messages

if TYPE_CHECKING:
    from training.fitting.progress import Progress

output = Console(highlight=False, soft_wrap=True)


def fail(message: str, code: int) -> NoReturn:
    """Ends the command with one line on standard error."""
    print(f"okazu: {message}", file=sys.stderr)
    sys.exit(code)


def print_json(content: Mapping[str, Any]) -> None:
    """Prints the one object of `--json`."""
    print_line(json.dumps(content, ensure_ascii=False))


def print_line(text: str, end: str = "\n") -> None:
    """Prints a text as it is, of any length; what standard output cannot hold becomes `?`."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), end=end)


def tell(text: str) -> None:
    """Prints one line for people, on standard error, as it is."""
    messages.print(text, markup=False, highlight=False, soft_wrap=True)


def make_table(*columns: str, title: str | None = None) -> Table:
    """A table whose first column is never folded."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0)
    return table


def metrics_table(title: str, metrics: Mapping[str, float]) -> Table:
    table = make_table("metric", "value", title=title)
    table.columns[0].no_wrap, table.columns[0].overflow = False, "fold"  # names may be long
    table.columns[1].no_wrap = True
    for name, value in metrics.items():
        table.add_row(name, f"{value:.4f}")
    return table


def start_training() -> Progress:
    """Starts Keras, which takes some seconds, and says so."""
    from training.fitting.backend import start_keras

    with messages.status("starting Keras"):
        start_keras()
    from training.fitting.progress import Progress

    return Progress(messages)
