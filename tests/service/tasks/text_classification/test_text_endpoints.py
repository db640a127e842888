"""`POST /sentiment` and `POST /classify_text`: texts in, labels with their scores out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from models.artifact.loading import load_model
from models.settings import ModelSettings
from models.tasks.text_classification.predict import classify_texts
from service.app import Okazu
from tests.helpers.text_models import FEELINGS, ODD_TEXTS, TOPICS, WORDS, publish_text_model

Serve = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture(scope="module")
def texts(text_zoo: Path, serve: Serve) -> Iterator[TestClient]:
    """The service over the two models of texts."""
    with serve(text_zoo, max_texts=1500) as client:
        yield client


def ask(client: TestClient, path: str, text: object, **options: object) -> list[Any]:
    answer = client.post(path, json={"text": text, **options})
    assert answer.status_code == 200, answer.json()
    results: list[Any] = answer.json()["results"]
    return results


def refused(client: TestClient, path: str, status: int, error_type: str, content: object) -> str:
    answer = client.post(path, json=content)
    assert (answer.status_code, answer.json()["error_type"]) == (status, error_type)
    error: str = answer.json()["error"]
    return error


def test_sentiment_of_one_text_is_a_list_too(texts: TestClient) -> None:
    answer = texts.post("/sentiment", json={"text": "A very good film!"}).json()
    assert answer.keys() == {"model", "version", "results"}
    assert (answer["model"], answer["version"]) == ("reviews", 1)
    [result] = answer["results"]
    assert result.keys() == {"label", "score", "scores", "truncated"}
    assert [*result["scores"]] == FEELINGS
    assert result["label"] == max(FEELINGS, key=result["scores"].get)
    assert result["score"] == result["scores"][result["label"]]
    assert sum(result["scores"].values()) == pytest.approx(1, abs=1e-5)
    assert result["truncated"] is False


@pytest.mark.parametrize(
    ("name", "path"), [("reviews", "/sentiment"), ("topics", "/classify_text")]
)
def test_service_and_library_read_odd_texts_alike(
    texts: TestClient, text_zoo: Path, name: str, path: str
) -> None:
    """Together, in one request for each, and offline."""
    model = load_model(text_zoo / name / "1", ModelSettings.read(threads=1))
    visible = [text for text in ODD_TEXTS.values() if "\ud800" not in text]
    together = ask(texts, path, visible, model=name)
    for text, answer, offline in zip(
        visible, together, classify_texts(model, visible), strict=True
    ):
        [alone] = ask(texts, path, text, model=name)
        for one in (alone, offline):
            assert (one["label"], one["truncated"]) == (answer["label"], answer["truncated"])
            assert one["scores"] == pytest.approx(answer["scores"], abs=1e-5)
    assert [*together[0]["scores"]] == (FEELINGS if name == "reviews" else TOPICS)


def test_half_a_surrogate_pair_is_a_text_too(texts: TestClient) -> None:
    answer = texts.post("/sentiment", content=b'{"text": "good \\ud800 film"}')
    assert answer.json()["results"] == ask(texts, "/sentiment", "good film")


def test_a_long_text_is_flagged_and_read_at_both_ends(texts: TestClient) -> None:
    middles = ["bad " * 100, "film " * 1000]
    first, second = (
        ask(texts, "/sentiment", "good " * 10 + middle + "very " * 30)[0] for middle in middles
    )
    assert first == second
    assert first["truncated"] is True
    assert ask(texts, "/sentiment", "good " * 40)[0]["truncated"] is False
    assert ask(texts, "/sentiment", "good " * 41)[0]["truncated"] is True


def test_any_text_classifier_answers_where_it_is_named(texts: TestClient) -> None:
    assert len(ask(texts, "/classify_text", "good", model="reviews:1")) == 1
    assert texts.post("/classify_text?model=topics", json={"text": "x"}).status_code == 200
    twice = texts.post("/classify_text?model=topics", json={"text": "x", "model": "topics"})
    assert twice.status_code == 400


def test_classify_text_needs_a_name_even_for_an_only_model(text_zoo: Path, serve: Serve) -> None:
    with serve(text_zoo, models=("topics",), default_models=("topics",)) as client:
        error = refused(client, "/classify_text", 400, "malformed_request", {"text": "x"})
        assert "expected the option model, one of topics" in error


def test_only_a_model_of_negative_and_positive_tells_sentiment(
    texts: TestClient, text_zoo: Path, serve: Serve
) -> None:
    content = {"text": "x", "model": "topics"}
    error = refused(texts, "/sentiment", 400, "malformed_request", content)
    assert error == "model topics:1 is not for sentiment"
    with serve(text_zoo, models=("topics",)) as client:
        error = refused(client, "/sentiment", 503, "model_refused", {"text": "x"})
        assert "no model for sentiment is served" in error


@pytest.mark.keras
def test_of_several_that_tell_sentiment_one_is_named_or_the_default(
    tmp_path: Path, serve: Serve
) -> None:
    for name in ("films", "books"):
        publish_text_model(tmp_path, name, WORDS, FEELINGS)
    with serve(tmp_path) as client:
        error = refused(client, "/sentiment", 400, "malformed_request", {"text": "x"})
        assert "books, films" in error
        assert client.post("/sentiment", json={"text": "x", "model": "films"}).status_code == 200
    with serve(tmp_path, default_models=("films",)) as client:
        assert client.post("/sentiment", json={"text": "x"}).json()["model"] == "films"


def test_other_endpoints_do_not_take_them(texts: TestClient, serve: Serve, zoo: Path) -> None:
    error = refused(texts, "/predict", 400, "malformed_request", {"rows": [{}], "model": "reviews"})
    assert "reviews:1 is not for tabular" in error
    with serve(zoo) as client:
        content = {"text": "x", "model": "digits"}
        error = refused(client, "/classify_text", 400, "malformed_request", content)
        assert "digits:1 is not for text_classification" in error
        refused(client, "/sentiment", 503, "model_refused", {"text": "x"})


def test_a_thousand_texts_keep_their_order(texts: TestClient) -> None:
    words = ["good", "bad", "not", "very", "film"]
    many = [" ".join(words[: 1 + number % 5] * (1 + number % 7)) for number in range(1000)]
    results = ask(texts, "/sentiment", many)
    for number in (0, 1, 34, 500, 999):
        [alone] = ask(texts, "/sentiment", many[number])
        assert results[number]["scores"] == pytest.approx(alone["scores"], abs=1e-5)
    assert len({result["score"] for result in results}) >= 5


def test_too_many_texts_are_413(texts: TestClient) -> None:
    error = refused(texts, "/sentiment", 413, "too_many_texts", {"text": ["x"] * 1501})
    assert "at most 1500 texts, received 1501" in error


def test_the_default_limit_refuses_a_hundred_thousand(text_zoo: Path, serve: Serve) -> None:
    with serve(text_zoo, models=("reviews",)) as client:
        refused(client, "/sentiment", 413, "too_many_texts", {"text": ["good film"] * 100_000})
        assert len(ask(client, "/sentiment", ["good film"] * 2000)) == 2000


def test_more_texts_than_may_wait_are_answered(text_zoo: Path, serve: Serve) -> None:
    options: dict[str, Any] = {"max_queue": 2, "max_images": 1, "max_batch_size": 8}
    with serve(text_zoo, **options) as client:
        assert len(ask(client, "/sentiment", [*ODD_TEXTS.values()][:7] * 5)) == 35


def test_a_short_text_waits_for_no_long_one(text_zoo: Path, serve: Serve) -> None:
    """Each batch holds texts of one length, and those who came first are first."""
    with serve(text_zoo, models=("reviews",)) as client, ThreadPoolExecutor(16) as pool:
        batcher: Any = Okazu.registry.lookup("reviews").predictor._batcher  # type: ignore[union-attr]
        begun, go, run = threading.Event(), threading.Event(), batcher._run
        batches: list[list[int]] = []

        def hold(rows: Any) -> Any:
            begun.set()
            assert go.wait(10)
            batches.append([len(row) for row in rows])
            return run(rows)

        batcher._run = hold
        batcher._quick_seconds = 0.0  # what is held may not be the event loop
        first = pool.submit(ask, client, "/sentiment", "good")
        assert begun.wait(10)
        lengths = [1, 40, 2, 30, 3, 39, 4]
        others = []
        for waiting, length in enumerate(lengths, 1):
            others.append(pool.submit(ask, client, "/sentiment", "good " * length))
            while batcher.waiting < waiting:
                client.get("/livez")
        go.set()
        assert all(len(one.result(10)) == 1 for one in (first, *others))
    assert batches == [[1], [1, 2, 3, 4], [40, 39], [30]]


def test_a_few_shorter_texts_share_the_call_of_many_longer(text_zoo: Path, serve: Serve) -> None:
    """Where that pads little; their answers are the same."""
    with serve(text_zoo, models=("reviews",)) as client:
        batcher: Any = Okazu.registry.lookup("reviews").predictor._batcher  # type: ignore[union-attr]
        run, sizes = batcher._run, []

        def note(rows: Any) -> Any:
            sizes.append(len(rows))
            return run(rows)

        batcher._run = note
        short, long = "not good " * 10, "very bad film " * 13
        together = ask(client, "/sentiment", [short, *[long] * 15])
        assert sizes == [16]
        for text, answer in ((short, together[0]), (long, together[1])):
            [alone] = ask(client, "/sentiment", text)
            assert answer["scores"] == pytest.approx(alone["scores"], abs=1e-5)
        sizes.clear()
        ask(client, "/sentiment", ["good", *[short] * 8, *[long] * 8])
        assert sorted(sizes) == [8, 9]


def test_metrics_count_texts(text_zoo: Path, serve: Serve) -> None:
    with serve(text_zoo) as client:
        name = 'okazu_batch_size_sum{model="topics:1"}'

        def counted() -> float:
            lines = client.get("/metrics").text.splitlines()
            return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

        before = counted()
        ask(client, "/classify_text", ["good"] * 70, model="topics")
        assert counted() - before == 70
        assert 'route="/classify_text",status="200"' in client.get("/metrics").text


def test_models_show_what_they_read(texts: TestClient) -> None:
    card = texts.get("/models/topics").json()["card"]
    assert (card["task"], card["labels"]) == ("text_classification", TOPICS)
    assert card["input"] == {"kind": "text", "tokenizer": "tokenizer.json", "max_tokens": 30}
