"""What a person sees while training: a bar over the batches and a line for each epoch.

All of it goes to standard error; standard output is for results. Where standard error is no
terminal, the bar is left out.
"""

from __future__ import annotations

from typing import Any

import keras
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Progress:
    """Shows how training goes.

    Args:
        console: Where to; on standard error.
        quiet: Shows nothing, as for the trials of a search.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self.console = console
        self._quiet = quiet

    def callback(self, steps_per_epoch: int) -> keras.callbacks.Callback | None:
        return None if self._quiet else _ProgressBar(self.console, steps_per_epoch)

    def interrupted(self) -> None:
        self.console.print("Ctrl-C: ending after this batch; press it again to stop at once")

    def interrupted_search(self) -> None:
        self.console.print("Ctrl-C: ending; press it again to stop at once")

    def note(self, text: str) -> None:
        if not self._quiet:
            self.console.print(text, markup=False, highlight=False, soft_wrap=True)


class _ProgressBar(keras.callbacks.Callback):  # type: ignore[misc]
    def __init__(self, console: Console, steps_per_epoch: int) -> None:
        super().__init__()
        self._console = console
        self._steps = steps_per_epoch
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        del logs
        self._bar.start()
        self._epochs = self.params["epochs"]
        self._task = self._bar.add_task("", total=self._epochs * self._steps)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        del logs
        self._bar.update(
            self._task,
            completed=epoch * self._steps,
            description=f"epoch {epoch + 1}/{self._epochs}",
        )

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        del batch, logs
        self._bar.advance(self._task)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.model.stop_training:
            return  # Ctrl-C: the epoch did not end
        line = f"epoch {epoch + 1:>4}/{self._epochs}  {_format(logs or {})}"
        self._console.print(line, highlight=False, soft_wrap=True)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        del logs
        self._bar.stop()


def _format(logs: dict[str, Any]) -> str:
    # The training part's metrics, then the validation part's, the loss first in each.
    order = sorted(logs, key=lambda name: (name.startswith("val_"), not name.endswith("loss")))
    return "  ".join(f"{name} {float(logs[name]):.4f}" for name in order)
