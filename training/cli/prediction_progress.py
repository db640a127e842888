"""How far long work is, and how fast: on standard error, while it is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from training.data.messages import messages, notice

Item = TypeVar("Item")

_MOVED_EVERY = 0.2  # seconds between two looks of a bar
_LINE_EVERY = 30.0  # seconds between two lines, where standard error is no terminal


class Pace:
    """Counts items as they pass.

    Args:
        noun: What they are called, in the plural.
        total: How many there are.
        done: How many were there before.
    """

    def __init__(self, noun: str, total: int, done: int = 0) -> None:
        self._noun, self._total = noun, total
        self._before = self._count = done
        self._started = time.monotonic()

    @property
    def rate(self) -> float:
        """Items a second, since this began."""
        seconds = time.monotonic() - self._started
        return (self._count - self._before) / max(seconds, 1e-9)

    def shown(self, items: Iterable[Item]) -> Iterator[Item]:
        """Passes items on; shows a bar, or a line now and then where there is no terminal."""
        every = _MOVED_EVERY if messages.is_terminal else _LINE_EVERY
        with self._bar() if messages.is_terminal else nullcontext(self._line) as show:
            told = self._started
            for item in items:
                self._count += 1
                now = time.monotonic()
                if now - told >= every:
                    told = now
                    show()
                yield item

    def _line(self) -> None:
        done = f"{self._count:,} of {self._total:,} {self._noun}"
        notice(f"{done}, {self.rate:,.0f} a second")

    @contextmanager
    def _bar(self) -> Iterator[Callable[[], None]]:
        bar = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeRemainingColumn(),
            console=messages,
            transient=True,
        )
        with bar:
            task = bar.add_task(self._noun, total=self._total, completed=self._count)
            yield lambda: bar.update(
                task,
                completed=self._count,
                description=f"{self._noun}, {self.rate:,.0f} a second",
            )
