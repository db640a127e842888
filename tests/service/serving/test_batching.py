"""The micro-batcher, with a function whose calls the test holds and lets go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from service.http.errors import Overloaded, Stopping
from service.serving.batching import Batcher

WAIT = 10  # seconds until a test that hangs fails


class Doubler:
    """Doubles numbers; each call waits until it is let go."""

    def __init__(self, *, held: bool = False) -> None:
        self.batches: list[list[int]] = []
        self.threads: set[int] = set()
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0 if held else 1000)

    def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        self.threads.add(threading.get_ident())
        self.begun.release()
        assert self.go.acquire(timeout=WAIT)
        if -1 in items:
            raise ValueError("cannot double -1")
        return [2 * item for item in items]

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.acquire, timeout=WAIT)


def make(
    run: Callable[[list[int]], Sequence[int]], size: int = 8, queue: int = 100, **options: Any
) -> Batcher[int, int]:
    return Batcher(run, name="test", max_batch_size=size, max_queue=queue, **options)


def run(main: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(WAIT):
            await main

    asyncio.run(limited())


def test_answers_come_back_in_order_and_to_their_callers() -> None:
    async def main() -> None:
        batcher = make(Doubler())
        answers = await asyncio.gather(*(batcher.submit([n, n + 1]) for n in range(50)))
        assert answers == [[2 * n, 2 * n + 2] for n in range(50)]
        await batcher.close()

    run(main())


def test_what_arrives_during_a_run_is_the_next_batch() -> None:
    async def main() -> None:
        doubler = Doubler(held=True)
        batcher = make(doubler)
        first = asyncio.create_task(batcher.submit([1]))
        await doubler.has_begun()
        others = [asyncio.create_task(batcher.submit([n])) for n in (2, 3, 4)]
        await asyncio.sleep(0)  # lets them queue
        doubler.go.release(2)
        assert await asyncio.gather(first, *others) == [[2], [4], [6], [8]]
        assert doubler.batches == [[1], [2, 3, 4]]
        assert len(doubler.threads) == 1
        await batcher.close()

    run(main())


def test_a_batch_is_never_larger_than_the_limit() -> None:
    async def main() -> None:
        doubler = Doubler()
        batcher = make(doubler, size=3)
        assert await batcher.submit(range(8)) == [0, 2, 4, 6, 8, 10, 12, 14]
        assert doubler.batches == [[0, 1, 2], [3, 4, 5], [6, 7]]
        await batcher.close()

    run(main())


def test_only_items_of_one_kind_share_a_batch_and_the_oldest_comes_first() -> None:
    async def main() -> None:
        doubler = Doubler(held=True)
        batcher = make(doubler, size=3, kind=lambda item: item % 10)
        first = asyncio.create_task(batcher.submit([0]))
        await doubler.has_begun()
        rest = asyncio.create_task(batcher.submit([1, 2, 11, 3, 12, 21, 31]))
        await asyncio.sleep(0)
        doubler.go.release(5)
        assert await first == [0]
        assert await rest == [2, 4, 22, 6, 24, 42, 62]
        assert doubler.batches == [[0], [1, 11, 21], [2, 12], [3], [31]]
        await batcher.close()

    run(main())


def test_a_full_queue_refuses_all_or_nothing() -> None:
    async def main() -> None:
        doubler = Doubler(held=True)
        batcher = make(doubler, queue=3)
        running = asyncio.create_task(batcher.submit([0]))
        await doubler.has_begun()
        waiting = asyncio.create_task(batcher.submit([1, 2]))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="the limit is 3"):
            await batcher.submit([3, 4])
        assert batcher.waiting == 2
        doubler.go.release(2)
        assert (await running, await waiting) == ([0], [2, 4])
        await batcher.close()

    run(main())


def test_who_leaves_makes_room_and_is_not_computed() -> None:
    async def main() -> None:
        doubler = Doubler(held=True)
        batcher = make(doubler, queue=2)
        running = asyncio.create_task(batcher.submit([0]))
        await doubler.has_begun()
        leaving = asyncio.create_task(batcher.submit([1, 2]))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        staying = asyncio.create_task(batcher.submit([3, 4]))
        await asyncio.sleep(0)
        doubler.go.release(2)
        assert (await running, await staying) == ([0], [6, 8])
        assert doubler.batches == [[0], [3, 4]]
        await batcher.close()

    run(main())


def test_who_leaves_during_the_run_harms_nobody() -> None:
    async def main() -> None:
        doubler = Doubler(held=True)
        batcher = make(doubler)
        leaving = asyncio.create_task(batcher.submit([1]))
        staying = asyncio.create_task(batcher.submit([2]))
        await doubler.has_begun()
        leaving.cancel()
        doubler.go.release(1)
        assert await staying == [4]
        await batcher.close()

    run(main())


def test_an_error_goes_to_its_batch_alone() -> None:
    async def main() -> None:
        doubler = Doubler(held=True)
        batcher = make(doubler)
        bad = [asyncio.create_task(batcher.submit([n])) for n in (1, -1)]
        await doubler.has_begun()
        good = asyncio.create_task(batcher.submit([5]))
        await asyncio.sleep(0)
        doubler.go.release(2)
        for one in bad:
            with pytest.raises(ValueError, match="cannot double"):
                await one
        assert await good == [10]
        await batcher.close()

    run(main())


def test_a_wrong_number_of_answers_is_an_error() -> None:
    async def main() -> None:
        batcher = make(lambda items: items[:-1])
        with pytest.raises(ValueError, match="2 items, but 1"):
            await batcher.submit([1, 2])
        await batcher.close()

    run(main())


def test_closing_lets_the_running_batch_finish_and_refuses_the_rest() -> None:
    async def main() -> None:
        doubler = Doubler(held=True)
        batcher = make(doubler)
        running = asyncio.create_task(batcher.submit([1]))
        await doubler.has_begun()
        waiting = asyncio.create_task(batcher.submit([2]))
        await asyncio.sleep(0)
        closing = asyncio.create_task(batcher.close())
        with pytest.raises(Stopping):
            await waiting
        with pytest.raises(Stopping):
            await batcher.submit([3])
        doubler.go.release(1)
        assert await running == [2]
        await closing

    run(main())


class Watched:
    """Doubles numbers, and notes which batches the event loop's thread computed."""

    def __init__(self) -> None:
        self.on_loop: list[list[int]] = []
        self.elsewhere: list[list[int]] = []

    def __call__(self, items: list[int]) -> list[int]:
        here = threading.current_thread() is threading.main_thread()
        (self.on_loop if here else self.elsewhere).append(items)
        if -1 in items:
            raise ValueError("cannot double -1")
        return [2 * item for item in items]


def test_a_lone_callers_quick_batch_is_computed_on_the_event_loop() -> None:
    async def main() -> None:
        watched = Watched()
        batcher = make(watched, size=2, kind=lambda item: item % 10, quick_seconds=WAIT)
        assert await batcher.submit([1]) == [2]  # nothing is known of its kind
        assert await batcher.submit([11]) == [22]
        assert await batcher.submit([1, 2, 21]) == [2, 4, 42]
        assert watched.on_loop == [[11]]
        assert watched.elsewhere == [[1], [1, 21], [2]]
        assert await batcher.submit([31, 2, 41]) == [62, 4, 82]
        assert watched.on_loop == [[11], [31, 41], [2]]
        assert batcher.waiting == 0
        await batcher.close()

    run(main())


def test_a_batch_that_is_not_quick_is_left_to_the_thread() -> None:
    async def main() -> None:
        watched = Watched()
        batcher = make(watched, size=3, kind=lambda item: item % 10, quick_seconds=1e-12)
        for _ in range(3):
            assert await batcher.submit([1, 2, 11]) == [2, 4, 22]
        assert watched.on_loop == []
        assert watched.elsewhere == [[1, 11], [2]] * 3
        await batcher.close()

    run(main())


def test_where_others_wait_too_the_thread_computes() -> None:
    async def main() -> None:
        watched = Watched()
        batcher = make(watched, quick_seconds=WAIT)
        for _ in range(3):
            both = await asyncio.gather(batcher.submit([1]), batcher.submit([2]))
            assert [*both] == [[2], [4]]
        assert watched.on_loop == []
        assert await batcher.submit([1, 2]) == [2, 4]
        assert watched.on_loop == [[1, 2]]
        await batcher.close()

    run(main())


def test_the_event_loop_computes_nothing_while_the_thread_does() -> None:
    async def main() -> None:
        doubler = Doubler(held=True)
        batcher = make(doubler, kind=lambda item: item, quick_seconds=WAIT)
        doubler.go.release(1)
        assert await batcher.submit([1]) == [2]
        await asyncio.to_thread(doubler.begun.acquire)
        leaving = asyncio.create_task(batcher.submit([2]))
        await doubler.has_begun()
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        staying = asyncio.create_task(batcher.submit([1]))
        for _ in range(3):
            await asyncio.sleep(0)
        assert doubler.batches == [[1], [2]]
        doubler.go.release(2)
        assert await staying == [2]
        assert len(doubler.threads) == 1
        await batcher.close()

    run(main())


def test_an_error_on_the_event_loop_is_its_callers_alone() -> None:
    async def main() -> None:
        watched = Watched()
        batcher = make(watched, quick_seconds=WAIT)
        await batcher.submit([1])
        with pytest.raises(ValueError, match="cannot double"):
            await batcher.submit([-1])
        assert await batcher.submit([2]) == [4]
        assert watched.on_loop == [[-1], [2]]
        await batcher.close()
        with pytest.raises(Stopping):
            await batcher.submit([3])

    run(main())
