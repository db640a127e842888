"""Micro-batching: inputs that arrive while an inference runs form the next batch.

When the model is idle an input waits for nothing but the end of the event loop's present round,
so a lone request is as fast as without batching and a crowd shares the model's calls.
A lone caller's batch that is known to be quick is computed on the event loop, since the way to the
thread and back would take as long; where others wait too, the thread computes while the loop reads.
The thread takes its next batch itself: a round trip through the event loop, which may be busy
decoding, would leave the model idle meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from service.http.errors import Overloaded, Stopping
from service.threads import call_in_thread

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class _Waiting(NamedTuple, Generic[Item, Answer]):
    item: Item
    future: asyncio.Future[Answer]


class Batcher(Generic[Item, Answer]):
    """Gathers single inputs into batches for a function that takes many at once.

    Attributes:
        name: Of the thread, and in messages.
        observe: Is told the size of each batch, in the thread that computes it.
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
        quick_seconds: float = 0.0,
    ) -> None:
        """Starts the batcher's thread; to be called in the event loop that will submit.

        Args:
            run: Gives one answer for each item, in their order; called in one thread at a time,
                the batcher's or the event loop's.
            name: Of the thread, and in messages.
            max_batch_size: The most items that `run` is given at once.
            max_queue: The most items that wait while `run` is busy.
            kind: Only items of one kind share a batch: that of the item which waits longest.
            quick_seconds: A lone caller's batch is computed on the event loop if those of its kind
                and about its size took less lately; 0 leaves all to the thread. The items of a
                kind should cost about the same.
        """
        self.name = name
        self._run = run
        self._max_batch_size = max_batch_size
        self._max_queue = max_queue
        self._kind = kind
        self._loop = asyncio.get_running_loop()
        # Guards the three below; held for microseconds.
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[_Waiting[Item, Answer]] = deque()
        self._stopping = False
        self._busy = False
        self._waking = False
        self._callers = 0
        self._quick_seconds = quick_seconds
        # What batches took, by kind and size; the last ones weigh most.
        self._seconds: dict[tuple[object, int], float] = {}
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
        self._wake_soon()
        self._callers += 1
        try:
            return [await one.future for one in added]
        except BaseException:
            _abandon(added)
            raise
        finally:
            self._callers -= 1

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

    def _wake_soon(self) -> None:
        """At the end of this round, so that what else arrives in it shares the batch."""
        if not self._waking:
            self._waking = True
            self._loop.call_soon(self._wake)

    def _wake(self) -> None:
        self._waking = False
        with self._changed:
            batch = self._take_quick_batch()
            if not batch:
                self._changed.notify()
                return
        _deliver(batch, *self._answer(batch))
        if self._waiting:
            self._wake_soon()

    def _take_quick_batch(self) -> list[_Waiting[Item, Answer]]:
        """Takes the next batch where the event loop should compute it; else none."""
        if self._busy or self._callers != 1 or not self._quick_seconds:
            return []
        batch = self._take_batch()
        if batch and self._seconds.get(self._size(batch), math.inf) > self._quick_seconds:
            self._waiting.extendleft(reversed(batch))
            return []
        self._busy = bool(batch)
        return batch

    def _size(self, batch: list[_Waiting[Item, Answer]]) -> tuple[object, int]:
        """What batches must have in common to take about as long: the kind, and a power of two."""
        return self._kind(batch[0].item), len(batch).bit_length()

    async def close(self, timeout: float = 5.0) -> None:
        """Refuses who still waits, lets the running batch finish, and ends the thread."""
        with self._changed:
            self._stopping = True
            refused, self._waiting = self._waiting, deque()
            self._changed.notify()
        _fail(refused, Stopping(f"{self.name} is shutting down"))
        await call_in_thread(self._thread.join, timeout)

    def _work(self) -> None:
        while batch := self._next_batch():
            answers, error = self._answer(batch)
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                self._loop.call_soon_threadsafe(_deliver, batch, answers, error)

    def _answer(
        self, batch: list[_Waiting[Item, Answer]]
    ) -> tuple[Sequence[Answer], Exception | None]:
        began = time.perf_counter()
        try:
            if self.observe is not None:
                self.observe(len(batch))
            answers = self._run([one.item for one in batch])
            if len(answers) != len(batch):
                raise ValueError(f"{len(batch)} items, but {len(answers)} answers")
        except Exception as error:
            return (), error
        else:
            size = self._size(batch)
            now = time.perf_counter() - began
            self._seconds[size] = (self._seconds.get(size, now) + now) / 2
            return answers, None
        finally:
            with self._changed:  # before its callers can ask again
                self._busy = False

    def _next_batch(self) -> list[_Waiting[Item, Answer]]:
        """Waits for items; none where the batcher is closed."""
        batch: list[_Waiting[Item, Answer]] = []
        with self._changed:
            while not batch and not self._stopping:
                if not self._busy:  # else the event loop computes
                    batch = self._take_batch()
                if not batch:
                    self._changed.wait()
            if batch:
                self._busy = True
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
