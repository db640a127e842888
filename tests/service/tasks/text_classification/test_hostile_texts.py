"""Whatever is sent as a text, the answer is the envelope or an answer, and never a 500."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.helpers.envelopes import check_envelope, check_harmless
from tests.helpers.fuzzing import ANYTHING, FUZZ


@pytest.fixture(scope="module")
def reviews(
    text_zoo: Path, serve: Callable[..., AbstractContextManager[TestClient]]
) -> Iterator[TestClient]:
    with serve(text_zoo, max_texts=20) as client:
        yield client


def body(text: object, **options: object) -> bytes:
    return json.dumps({"text": text, **options}).encode()


JSON, PICKLE = "application/json", "application/vnd.bentoml+pickle"
DEEP = b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

HOSTILE: dict[str, tuple[bytes, str, int]] = {
    "nothing": (b"", JSON, 400),
    "no JSON": (b"{", JSON, 400),
    "the text itself": (b"a good film", "text/plain", 400),
    "a form": (b"text=good", "application/x-www-form-urlencoded", 400),
    "a list": (b'["good"]', JSON, 400),
    "bad UTF-8": (b'{"text": "\xff\xfe"}', JSON, 400),
    "too deep": (DEEP, JSON, 400),
    "lists in lists": (body([["good"]]), JSON, 422),
    "pickle": (pickle.dumps({"text": "good"}), PICKLE, 415),
    "no text": (b"{}", JSON, 400),
    "texts": (b'{"texts": ["good"]}', JSON, 400),
    "a key twice": (b'{"text": "good", "text": "bad"}', JSON, 400),
    "an unknown option": (body("good", top_k=3), JSON, 400),
    "NaN": (b'{"text": NaN}', JSON, 400),
    "model a number": (body("good", model=3), JSON, 400),
    "model unknown": (body("good", model="poems"), JSON, 404),
    "model a path": (body("good", model="../../etc"), JSON, 404),
    "null": (body(None), JSON, 422),
    "a number": (body(3), JSON, 422),
    "an object": (body({"text": "good"}), JSON, 422),
    "true": (body(True), JSON, 422),
    "a null among texts": (body(["good", None]), JSON, 422),
    "a number among texts": (body(["good", 3]), JSON, 422),
    "no texts": (body([]), JSON, 422),
    "empty": (body(""), JSON, 422),
    "blank": (body(" \n\t\u3000"), JSON, 422),
    "blank among texts": (body(["good", " "]), JSON, 422),
    "nothing to see": (body("\0\x01\u200b\ufeff\u202e"), JSON, 422),
    "half a surrogate": (b'{"text": "\\ud800"}', JSON, 422),
    "a megabyte of nothing": (body("\0" * 10**6), JSON, 422),
    "too many texts": (body(["good"] * 21), JSON, 413),
    "too many of anything": (body([None] * 21), JSON, 413),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("path", ["/sentiment", "/classify_text?model=topics"])
def test_a_hostile_body_is_refused(reviews: TestClient, path: str, case: str) -> None:
    content, media_type, status = HOSTILE[case]
    answer = reviews.post(path, content=content, headers={"content-type": media_type})
    check_envelope(answer)
    if "?" in path and case.startswith("model"):  # named twice
        status = 400
    assert answer.status_code == status, answer.json()["error"]
    assert len(answer.json()["error"]) < 500


def test_a_bad_text_is_named(reviews: TestClient) -> None:
    blank = reviews.post("/sentiment", content=body(["good", " "])).json()
    assert (blank["error_type"], blank["error"][:7]) == ("empty_input", "text 2:")
    number = reviews.post("/sentiment", content=body(["good", "bad", 3])).json()
    assert number["error_type"] == "unusable_text"
    assert number["error"] == "text 3: expected a text, received int"


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10**6,
        "a'" * 500_000,
        "<br " * 250_000,
        "a" + "\u0301\u0316" * 300_000,
        "\ufdfa" * 100_000,
        "😀" * 200_000,
        "word " * 200_000,
        " " * 10**6 + "good",
        "!?" * 500_000,
    ],
    ids=["a", "apostrophes", "breaks", "accents", "expanding", "emoji", "words", "space", "marks"],
)
@pytest.mark.parametrize("path", ["/sentiment", "/classify_text?model=topics"])
def test_a_huge_text_is_answered(reviews: TestClient, path: str, text: str) -> None:
    answer = reviews.post(path, content=body(text))
    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 1


def test_texts_are_taken_whatever_their_type_says(reviews: TestClient) -> None:
    for media_type in ("", "text/plain", "image/png", "x" * 1000):
        headers = {"content-type": media_type}
        answer = reviews.post("/sentiment", content=body("good"), headers=headers)
        assert answer.status_code == 200


_TEXTS = st.text() | st.text(alphabet="good bad\ud800\0\u0301<br>😀'", max_size=80)


@FUZZ
@given(content=ANYTHING | st.lists(_TEXTS | ANYTHING, max_size=3))
def test_any_json(reviews: TestClient, content: Any) -> None:
    check_harmless(reviews.post("/sentiment", content=body(content)))


@FUZZ
@given(texts=st.lists(_TEXTS, min_size=1, max_size=4))
@pytest.mark.parametrize("path", ["/sentiment", "/classify_text?model=topics"])
def test_any_texts(reviews: TestClient, path: str, texts: list[str]) -> None:
    answer = reviews.post(path, content=body(texts))
    check_harmless(answer)
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert len(answer.json()["results"]) == len(texts)
        for result in answer.json()["results"]:
            assert sum(result["scores"].values()) == pytest.approx(1, abs=1e-5)
