"""Blocking work in threads, so that nobody else waits for it.

None of them holds up the end of the process: the interpreter waits at exit for the threads of
`concurrent.futures` and `asyncio.to_thread`, so one long decode would delay Ctrl-C.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from models.settings import available_cores

Result = TypeVar("Result")

_Job = Callable[[], None]


class DaemonThreads:
    """A few threads that share one queue of calls.

    Attributes:
        name: Of the threads.
    """

    def __init__(self, name: str, count: int) -> None:
        self.name = name
        self._count = count
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._started = False

    def call(self, function: Callable[..., Result], *arguments: Any) -> asyncio.Future[Result]:
        """Calls a function when a thread is free, unless its caller has left by then."""
        if not self._started:
            self._started = True
            for _ in range(self._count):
                threading.Thread(target=self._work, name=self.name, daemon=True).start()
        future, job = _job(function, arguments)
        self._jobs.put(job)
        return future

    def close(self) -> None:
        """Ends the threads after what they are doing; no call may follow."""
        if self._started:
            for _ in range(self._count):
                self._jobs.put(None)

    def _work(self) -> None:
        while job := self._jobs.get():
            job()


_WORKERS = DaemonThreads("worker", min(8, available_cores() + 4))


async def call(function: Callable[..., Result], *arguments: object, in_thread: bool) -> Result:
    """Calls a function, in a thread where it would hold up the event loop."""
    if in_thread:
        return await _WORKERS.call(function, *arguments)
    return function(*arguments)


def call_in_thread(function: Callable[..., Result], *arguments: Any) -> asyncio.Future[Result]:
    """Calls a function in a thread of its own; the future gets its result or its exception."""
    future, job = _job(function, arguments)
    threading.Thread(target=job, name=function.__name__, daemon=True).start()
    return future


def _job(
    function: Callable[..., Result], arguments: tuple[Any, ...]
) -> tuple[asyncio.Future[Result], _Job]:
    """A call to be made in another thread, and the future that gets what comes of it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if future.done():  # the caller gave up
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def work() -> None:
        if future.cancelled():
            return
        result, error = None, None
        try:
            result = function(*arguments)
        except BaseException as raised:  # whatever it is, the caller is waiting for it
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(settle, result, error)

    return future, work
