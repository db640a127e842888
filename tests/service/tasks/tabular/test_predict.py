"""`POST /predict`: rows of a table in, a class or a number out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from models.artifact.golden import read_golden
from service.app import Okazu
from tests.helpers.table_models import FLAT, FLAT_COLUMNS, PASSENGER, PASSENGER_COLUMNS

Serve = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture(scope="module")
def tables(table_zoo: Path, serve: Serve) -> Iterator[TestClient]:
    """The service over the two models of tables."""
    with serve(table_zoo, max_rows=3000) as client:
        yield client


def ask(client: TestClient, model: str, *rows: Mapping[str, object]) -> list[Any]:
    answer = client.post("/predict", json={"model": model, "rows": rows})
    assert answer.status_code == 200, answer.json()
    results: list[Any] = answer.json()["results"]
    return results


def refused(client: TestClient, status: int, error_type: str, content: object) -> str:
    answer = client.post("/predict", json=content)
    assert (answer.status_code, answer.json()["error_type"]) == (status, error_type)
    error: str = answer.json()["error"]
    return error


def golden_rows(table: np.ndarray[Any, Any]) -> list[dict[str, object]]:
    """The golden questions of `passengers` as a client would write them."""
    return [
        {
            column.name: None
            if np.isnan(cell)
            else column.values[int(cell)]
            if column.values
            else float(cell)
            for column, cell in zip(PASSENGER_COLUMNS.columns, row, strict=True)
        }
        for row in table
    ]


def test_a_class_is_predicted_with_the_scores_of_all(tables: TestClient, table_zoo: Path) -> None:
    golden = read_golden(table_zoo / "passengers" / "1")
    probabilities = golden.outputs["probabilities"]
    rows = golden_rows(golden.inputs["table"])
    answer = tables.post("/predict", json={"model": "passengers", "rows": rows}).json()
    assert answer.keys() == {"model", "version", "target", "results"}
    assert (answer["model"], answer["version"], answer["target"]) == ("passengers", 1, "survived")
    for result, expected in zip(answer["results"], probabilities, strict=True):
        assert result["scores"] == pytest.approx(
            dict(zip(("no", "yes"), expected, strict=True)), abs=1e-4
        )
        assert result["label"] == max(result["scores"], key=result["scores"].get)
        assert result["score"] == result["scores"][result["label"]]


def test_a_number_is_predicted(tables: TestClient, table_zoo: Path) -> None:
    golden = read_golden(table_zoo / "rents" / "1")
    rows = [
        {"rooms": float(rooms), **({} if np.isnan(area) else {"area": float(area)})}
        for rooms, area in golden.inputs["table"]
    ]
    results = ask(tables, "rents", *rows)
    assert [result["value"] for result in results] == pytest.approx(
        golden.outputs["value"][:, 0].tolist(), rel=1e-3
    )
    assert all(result.keys() == {"value"} for result in results)


def test_one_row_is_a_list_too(tables: TestClient) -> None:
    assert len(ask(tables, "rents:1", FLAT)) == 1


def test_the_model_may_stand_in_the_url_but_once(tables: TestClient) -> None:
    assert tables.post("/predict?model=rents", json={"rows": [FLAT]}).status_code == 200
    twice = tables.post("/predict?model=rents", json={"model": "rents", "rows": [FLAT]})
    assert twice.status_code == 400


def test_of_several_models_one_must_be_named(tables: TestClient) -> None:
    error = refused(tables, 400, "malformed_request", {"rows": [FLAT]})
    assert "passengers, rents" in error


def test_an_only_model_need_not_be_named(table_zoo: Path, serve: Serve) -> None:
    with serve(table_zoo, models=("rents",)) as client:
        answer = client.post("/predict", json={"rows": [FLAT]})
        assert (answer.status_code, answer.json()["model"]) == (200, "rents")
        image = client.post("/classify", content=b"\x89PNG\r\n\x1a\n" + b"x" * 90)
        assert (image.status_code, "image_classification" in image.json()["error"]) == (503, True)


def test_a_default_answers_where_none_is_named(table_zoo: Path, serve: Serve) -> None:
    with serve(table_zoo, default_models=("rents",)) as client:
        assert client.post("/predict", json={"rows": [FLAT]}).json()["model"] == "rents"
        assert len(ask(client, "passengers", PASSENGER)) == 1


def test_a_model_of_images_takes_no_rows(serve: Serve, zoo: Path) -> None:
    with serve(zoo) as client:
        error = refused(client, 400, "malformed_request", {"model": "digits", "rows": [FLAT]})
        assert "digits:1 is not for tabular" in error
        refused(client, 503, "model_refused", {"rows": [FLAT]})


def test_the_order_of_keys_and_the_kind_of_number_do_not_matter(tables: TestClient) -> None:
    first, second, third = ask(
        tables,
        "passengers",
        PASSENGER,
        dict(reversed(PASSENGER.items())),
        {"age": 29.0, "fare": 7.25, "class": 3},
    )
    assert first == second == third


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"age": "29"}, "column 'age': expected a number, received '29'"),
        ({"age": None}, "column 'age': expected a number, received no value"),
        ({"age": True}, "expected a number, received true"),
        ({"age": [29]}, "expected a number, received list"),
        ({"fare": 1e39}, "from -3.4e+38 to 3.4e+38, received 1e+39"),
        ({"fare": 10**400}, "received 1000000"),
        ({"class": "4"}, "column 'class': expected one of '1', '2', '3', received '4'"),
        ({"class": 1.5}, "received 1.5"),
        ({"deck": False}, "received false"),
        ({"deck": {}}, "received dict"),
        ({"agee": 3}, "unknown column 'agee'; did you mean 'age'?"),
        ({"": 3}, "unknown column ''; expected 'age', 'fare', 'class', 'deck'"),
    ],
)
def test_a_bad_cell_is_named(tables: TestClient, change: dict[str, object], words: str) -> None:
    rows = [PASSENGER, PASSENGER | change]
    error = refused(tables, 422, "unusable_row", {"model": "passengers", "rows": rows})
    assert error.startswith("row 2")
    assert words in error


def test_a_key_may_be_left_out_where_a_value_may_be_missing(tables: TestClient) -> None:
    short = {name: PASSENGER[name] for name in ("age", "fare", "class")}
    assert ask(tables, "passengers", short) == ask(tables, "passengers", PASSENGER)
    content = {"model": "passengers", "rows": [{"fare": 1}]}
    assert "column 'age' is missing" in refused(tables, 422, "unusable_row", content)


def test_too_many_rows_are_413(tables: TestClient) -> None:
    content = {"model": "rents", "rows": [FLAT] * 3001}
    assert "at most 3000 rows" in refused(tables, 413, "too_many_rows", content)


def test_no_rows_are_422(tables: TestClient) -> None:
    refused(tables, 422, "empty_input", {"model": "rents", "rows": []})


def test_numbers_that_the_network_cannot_bear_are_their_senders_alone(
    tables: TestClient,
) -> None:
    huge = {"rooms": 3.4e38, "area": -3.4e38}
    error = refused(tables, 422, "unusable_row", {"model": "rents", "rows": [FLAT, huge]})
    assert error.startswith("row 2: its numbers are too large")


def test_many_rows_keep_their_order_and_share_the_models_calls(tables: TestClient) -> None:
    rows = [{"rooms": number % 7, "area": float(number)} for number in range(3000)]
    results = ask(tables, "rents", *rows)
    picked = [ask(tables, "rents", rows[number])[0]["value"] for number in (0, 255, 256, 2999)]
    assert [results[number]["value"] for number in (0, 255, 256, 2999)] == pytest.approx(
        picked, rel=1e-4
    )
    assert len({result["value"] for result in results}) > 2000


def test_a_short_request_comes_between_the_rows_of_a_long_one(
    table_zoo: Path, serve: Serve
) -> None:
    with serve(table_zoo, max_batch_size=1) as client, ThreadPoolExecutor() as pool:
        batcher: Any = Okazu.registry.lookup("rents").predictor._batcher  # type: ignore[union-attr]
        begun, go, run = threading.Event(), threading.Event(), batcher._run
        sizes: list[int] = []

        def hold(chunks: Any) -> Any:
            begun.set()
            assert go.wait(10)
            sizes.append(sum(map(len, chunks)))
            return run(chunks)

        batcher._run = hold
        content = {"model": "rents", "rows": [FLAT] * 1500}
        long = pool.submit(client.post, "/predict", json=content)
        assert begun.wait(10)
        short = pool.submit(client.post, "/predict", json={"model": "rents", "rows": [FLAT]})
        while not batcher.waiting and not short.done():
            client.get("/livez")
        go.set()
        assert (long.result().status_code, short.result().status_code) == (200, 200)
    assert sizes[1] == 1
    assert sum(sizes) == 1501


def test_metrics_count_rows(table_zoo: Path, serve: Serve) -> None:
    with serve(table_zoo) as client:
        name = 'okazu_batch_size_sum{model="rents:1"}'

        def rows() -> float:
            lines = client.get("/metrics").text.splitlines()
            return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

        before = rows()
        ask(client, "rents", *[FLAT] * 500)
        assert rows() - before == 500
        assert 'route="/predict",status="200"' in client.get("/metrics").text


def test_models_show_their_columns(tables: TestClient) -> None:
    card = tables.get("/models/rents").json()["card"]
    assert (card["task"], card["target"]) == ("tabular", {"name": "rent", "kind": "number"})
    assert card["input"] == FLAT_COLUMNS.model_dump(mode="json")
