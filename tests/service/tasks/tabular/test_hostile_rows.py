"""Whatever is sent to `/predict`, the answer is the envelope or an answer, and never a 500."""

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
from tests.helpers.table_models import PASSENGER


@pytest.fixture(scope="module")
def passengers(
    table_zoo: Path, serve: Callable[..., AbstractContextManager[TestClient]]
) -> Iterator[TestClient]:
    with serve(table_zoo, models=("passengers",), max_rows=20) as client:
        yield client


def body(rows: object, **options: object) -> bytes:
    return json.dumps({"rows": rows, **options}).encode()


def cell(text: str) -> bytes:
    """A row whose age is written so."""
    return b'{"rows": [{"age": %s, "class": "1"}]}' % text.encode()


JSON, PICKLE = "application/json", "application/vnd.bentoml+pickle"
DEEP = b'{"rows": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

HOSTILE: dict[str, tuple[bytes, str, int]] = {
    "nothing": (b"", JSON, 400),
    "no JSON": (b"{", JSON, 400),
    "text": (b"age,class", "text/csv", 400),
    "a form": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 400),
    "a list": (body([PASSENGER])[9:-1], JSON, 400),
    "a number": (b"1", JSON, 400),
    "null": (b"null", JSON, 400),
    "not UTF-8": (b'{"rows": "\xff"}', JSON, 400),
    "too deep": (DEEP, JSON, 400),
    "rows too deep": (b'{"rows": [{"age": ' + b"[" * 900 + b"]" * 900 + b"}]}", JSON, 422),
    "pickle": (pickle.dumps({"rows": []}), PICKLE, 415),
    "no rows": (b"{}", JSON, 400),
    "rows null": (body(None), JSON, 400),
    "rows an object": (body(PASSENGER), JSON, 400),
    "rows text": (body("x"), JSON, 400),
    "rows empty": (body([]), JSON, 422),
    "too many rows": (body([PASSENGER] * 21), JSON, 413),
    "an unknown option": (body([PASSENGER], top_k=3), JSON, 400),
    "model a number": (body([PASSENGER], model=3), JSON, 400),
    "model unknown": (body([PASSENGER], model="ships"), JSON, 404),
    "model a path": (body([PASSENGER], model="../../etc"), JSON, 404),
    "a key twice": (b'{"rows": [{"age": 1, "age": 2, "class": "1"}]}', JSON, 400),
    "NaN": (cell("NaN"), JSON, 400),
    "infinity": (cell("-Infinity"), JSON, 400),
    "more than a float": (cell("1e400"), JSON, 422),
    "more than a float32": (cell("3.5e38"), JSON, 422),
    "an integer without end": (cell("9" * 5000), JSON, 400),
    "an integer beyond floats": (cell("9" * 4000), JSON, 422),
    "a list for a cell": (cell("[1]"), JSON, 422),
    "an object for a cell": (cell('{"$gt": 0}'), JSON, 422),
    "a row that is null": (body([None]), JSON, 422),
    "a row that is a list": (body([[29, 7.25, "3", None]]), JSON, 422),
    "a row that is text": (body(["age"]), JSON, 422),
    "a row of nothing": (body([{}]), JSON, 422),
    "a name without end": (body([PASSENGER | {"x" * 10**6: 1}]), JSON, 422),
    "many names": (body([dict.fromkeys(map(str, range(10**5)))]), JSON, 422),
    "a category without end": (body([PASSENGER | {"class": "1" * 10**6}]), JSON, 422),
    "half a surrogate": (body([PASSENGER | {"deck": "\ud800"}]), JSON, 422),
    "a name of half a surrogate": (body([PASSENGER | {"\udfff": 1}]), JSON, 422),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_body_is_refused(passengers: TestClient, case: str) -> None:
    content, media_type, status = HOSTILE[case]
    answer = passengers.post("/predict", content=content, headers={"content-type": media_type})
    check_envelope(answer)
    assert answer.status_code == status, answer.json()["error"]
    assert len(answer.json()["error"]) < 500


def test_rows_are_taken_whatever_their_type_says(passengers: TestClient) -> None:
    for media_type in ("", "text/plain", "image/png", "x" * 1000):
        headers = {"content-type": media_type}
        answer = passengers.post("/predict", content=body([PASSENGER]), headers=headers)
        assert answer.status_code == 200


_NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers()
_NEARLY = st.fixed_dictionaries(
    {"age": _NUMBERS, "class": st.sampled_from(["1", 2, 3.0, "4", None])},
    optional={"fare": _NUMBERS, "deck": st.sampled_from(["A", "C & D", "Z", None])},
)


@pytest.mark.slow
@FUZZ
@given(rows=ANYTHING | st.lists(st.dictionaries(st.text(max_size=5), ANYTHING), max_size=3))
def test_any_json(passengers: TestClient, rows: Any) -> None:
    check_harmless(passengers.post("/predict", content=body(rows)))
    check_harmless(passengers.post("/predict", content=json.dumps(rows).encode()))


@FUZZ
@given(
    rows=st.lists(_NEARLY | st.fixed_dictionaries({"age": ANYTHING, "class": ANYTHING}), max_size=4)
)
def test_rows_that_are_nearly_right(passengers: TestClient, rows: list[dict[str, Any]]) -> None:
    answer = passengers.post("/predict", content=body(rows))
    check_harmless(answer)
    if answer.status_code == 200:
        for result in answer.json()["results"]:
            assert sum(result["scores"].values()) == pytest.approx(1, abs=1e-5)
