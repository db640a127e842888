"""Blocking work in threads, so that nobody else waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def call(function: Callable[..., Result], *arguments: object, in_thread: bool) -> Result:
    """Calls a function, in one of asyncio's threads where it would hold up the event loop."""
    if in_thread:
        return await asyncio.to_thread(function, *arguments)
    return function(*arguments)


def call_in_thread(function: Callable[..., Result], *arguments: Any) -> asyncio.Future[Result]:
    """Calls a function in a thread of its own; the future gets its result or its exception.

    It never holds up the end of the process. The interpreter waits at exit for the threads of
    `concurrent.futures` and `asyncio.to_thread`, so a long model load would delay Ctrl-C.
    """
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
        result, error = None, None
        try:
            result = function(*arguments)
        except BaseException as raised:  # whatever it is, the caller is waiting for it
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name=function.__name__, daemon=True).start()
    return future
