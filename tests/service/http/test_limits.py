"""Overload and deadlines: refused early, with a word on when to come back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from service.app import Okazu

Digit = tuple[bytes, str]


@contextmanager
def held_model() -> Iterator[threading.Event]:
    """Makes the model's inference wait; the event says that one has begun."""
    batcher: Any = Okazu.registry.lookup("digits").predictor._batcher  # type: ignore[union-attr]
    begun, go, run = threading.Event(), threading.Event(), batcher._run

    def wait_and_run(items: Any) -> Any:
        begun.set()
        assert go.wait(10)
        return run(items)

    batcher._run = wait_and_run
    try:
        yield begun
    finally:
        go.set()


def test_one_request_too_many_is_503(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    with serve(zoo, max_concurrency=1, retry_after=7) as client, ThreadPoolExecutor() as pool:
        with held_model() as begun:
            first = pool.submit(client.post, "/classify", content=digit[0])
            assert begun.wait(10)
            second = client.post("/classify", content=digit[0])
            assert (second.status_code, second.json()["error_type"]) == (503, "overloaded")
            assert second.headers["retry-after"] == "7"
            assert client.get("/readyz").status_code == 200  # health is never refused
        assert first.result().status_code == 200
        assert client.post("/classify", content=digit[0]).status_code == 200


def test_a_full_queue_is_503(zoo: Path, serve: Callable[..., TestClient], digit: Digit) -> None:
    pair = [("image", digit[0])] * 2
    with serve(zoo, max_queue=2, max_images=2) as client, ThreadPoolExecutor() as pool:
        with held_model() as begun:
            running = pool.submit(client.post, "/classify", content=digit[0])
            assert begun.wait(10)
            pairs = [pool.submit(client.post, "/classify", files=pair) for _ in range(2)]
            refused = next(as_completed(pairs, timeout=10)).result()
            assert (refused.status_code, refused.json()["error_type"]) == (503, "overloaded")
        assert running.result().status_code == 200
        assert sorted(one.result().status_code for one in pairs) == [200, 503]


def test_the_deadline_is_504_and_the_next_request_is_answered(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    with serve(zoo, request_timeout=0.05) as client:
        with held_model():
            late = client.post("/classify", content=digit[0])
            assert (late.status_code, late.json()["error_type"]) == (504, "deadline_exceeded")
        assert client.post("/classify", content=digit[0]).status_code == 200


def test_the_number_of_images_is_bounded(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    with serve(zoo, max_images=3) as client:
        assert client.post("/classify", files=[("image", digit[0])] * 3).status_code == 200
        asked = client.post("/classify", files=[("image", digit[0])] * 4)
        assert (asked.status_code, "at most 3" in asked.json()["error"]) == (400, True)


def test_the_pixel_limit_is_a_setting(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    with serve(zoo, max_image_pixels=63) as client:
        asked = client.post("/classify", content=digit[0])
        assert (asked.status_code, asked.json()["error_type"]) == (413, "image_too_large")
