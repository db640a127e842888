"""Ctrl-C: heard at any moment of a long job, without leaving anything half done."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

from models.errors import OkazuError


class Interrupted(OkazuError):
    """Ctrl-C ended a command before it had a result; the message says how to go on."""


class Interrupts:
    """Takes Ctrl-C where nothing is half done: at once there, elsewhere when that comes next.

    Code between may swallow an exception, as keras-tuner takes one in a trial for the trial's; what
    was heard stays heard. A second Ctrl-C is as ever: it ends whatever is running.

    Attributes:
        heard: Whether Ctrl-C was pressed.
    """

    def __init__(self, announce: Callable[[], None] = lambda: None) -> None:
        self.heard = False
        self._announce = announce
        self._may_raise = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Takes over SIGINT for the block; elsewhere than in the main thread it leaves it alone."""
        try:
            previous = signal.signal(signal.SIGINT, self._handle)
        except ValueError:
            yield
            return
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Lets Ctrl-C end the block wherever it is.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed, before the block or in it, whatever became of the
                exception on its way.
        """
        self._may_raise = True
        try:
            self.check()
            yield
        except Exception:
            self.check()
            raise
        finally:
            self._may_raise = False
        self.check()

    def check(self) -> None:
        """Raises KeyboardInterrupt if Ctrl-C was pressed."""
        if self.heard:
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        again, self.heard = self.heard, True
        if again or self._may_raise:
            signal.default_int_handler(number, frame)
        self._announce()
