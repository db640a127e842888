"""Micro-batching: inputs that arrive while an inference runs form the next batch.

When the model is idle an input waits for nothing but the end of the event loop's present round,
so a lone request is as fast as without batching and a crowd shares the model's calls.
The thread takes its next batch itself: a round trip through the event loop, which may be busy
decoding, would leave the model idle meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from service.errors import Overloaded, Stopping

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class _Waiting(NamedTuple, Generic[Item, Answer]):
    item: Item
    future: asyncio.Future[Answer]


class Batcher(Generic[Item, Answer]):
    """Gathers single inputs into batches for a function that takes many at once.

    Attributes:
        name: Of the thread, and in messages.
        observe: Is told the size of each batch, in the batcher's thread.
    """

    observe: Callable[[int], object] | None = None

    def __init__(
        self,
        run: Callable[[list[Item]], Sequence[Answer]],
        *,
        name: str,
        max_batch_size: int,
        max_queue: int,
        kind: Callable[[Item], object] = type,
    ) -> None:
        """Starts the batcher's thread; to be called in the event loop that will submit.

        Args:
            run: Gives one answer for each item, in their order; called in one thread only.
            name: Of the thread, and in messages.
            max_batch_size: The most items that `run` is given at once.
            max_queue: The most items that wait while `run` is busy.
            kind: Only items of one kind share a batch: that of the item which waits longest.
        """
        self.name = name
        self._run = run
        self._max_batch_size = max_batch_size
        self._max_queue = max_queue
        self._kind = kind
        self._loop = asyncio.get_running_loop()
        # Guards the two below; held for microseconds.
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[_Waiting[Item, Answer]] = deque()
        self._stopping = False
        self._waking = False
        # A daemon: an inference that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._work, name=f"batcher-{name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many items wait for their turn, those of callers who left included."""
        return len(self._waiting)

    async def submit(self, items: Sequence[Item]) -> list[Answer]:
        """Queues items and waits for their answers.

        Raises:
            Overloaded: There is no room for all of them; none was queued.
            Stopping: The batcher was closed.
        """
        added = [_Waiting(item, self._loop.create_future()) for item in items]
        with self._changed:
            self._make_room(len(added))
            self._waiting.extend(added)
        if not self._waking:
            # At the end of this round, so that what else arrives in it shares the batch.
            self._waking = True
            self._loop.call_soon(self._wake)
        try:
            return [await one.future for one in added]
        except BaseException:
            _abandon(added)
            raise

    def _make_room(self, count: int) -> None:
        if self._stopping:
            raise Stopping(f"{self.name} is shutting down")
        if len(self._waiting) + count > self._max_queue:
            self._waiting = deque(one for one in self._waiting if not one.future.done())
        if len(self._waiting) + count > self._max_queue:
            raise Overloaded(
                f"{self.name} has {len(self._waiting)} inputs waiting, the limit is"
                f" {self._max_queue}; try again later"
            )

    def _wake(self) -> None:
        self._waking = False
        with self._changed:
            self._changed.notify()

    async def close(self, timeout: float = 5.0) -> None:
        """Refuses who still waits, lets the running batch finish, and ends the thread."""
        with self._changed:
            self._stopping = True
            refused, self._waiting = self._waiting, deque()
            self._changed.notify()
        _fail(refused, Stopping(f"{self.name} is shutting down"))
        await asyncio.to_thread(self._thread.join, timeout)

    def _work(self) -> None:
        while batch := self._next_batch():
            answers: Sequence[Answer] = ()
            error: Exception | None = None
            try:
                if self.observe is not None:
                    self.observe(len(batch))
                answers = self._run([one.item for one in batch])
                if len(answers) != len(batch):
                    raise ValueError(f"{len(batch)} items, but {len(answers)} answers")
            except Exception as raised:
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                self._loop.call_soon_threadsafe(_deliver, batch, answers, error)

    def _next_batch(self) -> list[_Waiting[Item, Answer]]:
        """Waits for items; none where the batcher is closed."""
        batch: list[_Waiting[Item, Answer]] = []
        with self._changed:
            while not batch and not self._stopping:
                batch = self._take_batch()
                if not batch:
                    self._changed.wait()
        return batch

    def _take_batch(self) -> list[_Waiting[Item, Answer]]:
        """Takes the item that waits longest and others of its kind; the rest keep their order."""
        batch: list[_Waiting[Item, Answer]] = []
        others: list[_Waiting[Item, Answer]] = []
        kind: object = None
        while self._waiting and len(batch) < self._max_batch_size:
            one = self._waiting.popleft()
            if one.future.done():  # its caller was cancelled or timed out
                continue
            if not batch:
                kind = self._kind(one.item)
            (batch if self._kind(one.item) == kind else others).append(one)
        self._waiting.extendleft(reversed(others))
        return batch


def _deliver(
    batch: Iterable[_Waiting[Item, Answer]], answers: Sequence[Answer], error: Exception | None
) -> None:
    if error is not None:
        _fail(batch, error)
        return
    for one, answer in zip(batch, answers, strict=True):
        if not one.future.done():
            one.future.set_result(answer)


def _fail(waiting: Iterable[_Waiting[Item, Answer]], error: Exception) -> None:
    for one in waiting:
        if not one.future.done():
            one.future.set_exception(error)


def _abandon(waiting: Iterable[_Waiting[Item, Answer]]) -> None:
    """Drops futures that nobody waits for any more, without asyncio's complaint about it."""
    for one in waiting:
        if not one.future.cancel() and not one.future.cancelled():
            one.future.exception()
