"""Rows of a table to what a model takes."""

from __future__ import annotations

import csv
import io
import math
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.card import TableColumn, TableInput
from models.errors import UnusableRow
from models.tasks.tabular.rows import parse_text_rows, rows_to_array
from models.texts.missing import is_missing

SPEC = TableInput(
    columns=[
        TableColumn(name="age", type="number"),
        TableColumn(name="fare", type="number", missing=True),
        TableColumn(name="class", type="category", values=["1", "2", "3"]),
        TableColumn(name="deck", type="category", values=["A", "NA", "C & D"], missing=True),
    ]
)
ROW = {"age": 29, "fare": 7.25, "class": "3", "deck": "A"}
NAN = math.nan


def convert(*rows: dict[str, Any]) -> list[list[float]]:
    array = rows_to_array(rows, SPEC)
    assert array.dtype == np.float32
    assert array.shape == (len(rows), 4)
    return [[float(cell) for cell in row] for row in array]


def refused(row: Any) -> str:
    with pytest.raises(UnusableRow) as raised:
        rows_to_array([ROW, row], SPEC)
    return str(raised.value)


def test_columns_come_in_the_cards_order_and_categories_as_indices() -> None:
    turned = dict(reversed({**ROW, "class": "1", "deck": "C & D"}.items()))
    assert convert(ROW, turned) == [[29, 7.25, 2, 0], [29, 7.25, 0, 2]]


def test_what_is_missing_is_nan() -> None:
    (first,) = convert({"age": 1, "fare": None, "class": "1", "deck": None})
    (second,) = convert({"age": 1, "class": "1"})
    np.testing.assert_array_equal(first, [1, NAN, 0, NAN])
    np.testing.assert_array_equal(second, first)


def test_a_category_in_digits_takes_a_number() -> None:
    assert [row[2] for row in convert(ROW | {"class": 3}, ROW | {"class": 1.0})] == [2, 0]


def test_numbers_of_numpy_are_numbers() -> None:
    assert convert(ROW | {"age": np.float32(2), "fare": np.int64(3)})[0][:2] == [2, 3]


def test_no_rows_are_an_empty_table() -> None:
    assert convert() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"age": None}, "column 'age': expected a number, received no value"),
        ({"age": "29"}, "column 'age': expected a number, received '29'"),
        ({"age": False}, "received false"),
        ({"age": [1]}, "received list"),
        ({"age": 1j}, "received complex"),
        ({"age": NAN}, "expected a number from -3.4e+38 to 3.4e+38, received nan"),
        ({"fare": NAN}, "received nan"),  # a missing value is None
        ({"fare": -math.inf}, "received -inf"),
        ({"fare": 3.5e38}, "received 3.5e+38"),
        ({"fare": 10**5000}, "received a number too long to write"),
        ({"class": None}, "column 'class': expected one of '1', '2', '3', received no value"),
        ({"class": "4"}, "column 'class': expected one of '1', '2', '3', received '4'"),
        ({"class": " 1"}, "received ' 1'"),
        ({"class": 1.5}, "received 1.5"),
        ({"class": True}, "received true"),
        ({"deck": "x" * 1000}, "received '" + "x" * 60 + "...'"),
        ({"Age": 3}, "unknown column 'Age'; did you mean 'age'?"),
        ({"": 3}, "unknown column ''; expected 'age', 'fare', 'class', 'deck'"),
        ({None: ["x"]}, "unknown column null"),
    ],
)
def test_a_bad_cell_is_named_with_its_row(change: dict[Any, Any], words: str) -> None:
    message = refused({**ROW, **change})
    assert message.startswith("row 2")
    assert words in message


@pytest.mark.parametrize("row", [None, 3, "age", [29, 7.25, "3", "A"], [("age", 29)]])
def test_what_is_no_row_is_refused(row: object) -> None:
    assert refused(row).startswith("row 2: expected columns with values, received ")


def test_a_column_that_is_needed_is_asked_for() -> None:
    assert refused({"fare": 1.0, "class": "1"}) == "row 2: column 'age' is missing"


def test_rows_are_counted_from_where_the_caller_says() -> None:
    with pytest.raises(UnusableRow, match="row 1000"):
        rows_to_array([{"age": "x", "class": "1"}], SPEC, first_row=1000)


def test_of_many_values_a_few_are_listed() -> None:
    values = [f"v{number}" for number in range(1000)]
    spec = TableInput(columns=[TableColumn(name="c", type="category", values=values)])
    with pytest.raises(UnusableRow) as raised:
        rows_to_array([{"c": "w"}], spec)
    assert "one of 'v0', 'v1', 'v2', 'v3', 'v4' and 995 more, received 'w'" in str(raised.value)


def test_ten_thousand_rows_of_thirty_columns_take_less_than_a_second() -> None:
    names = [f"n{number}" for number in range(30)]
    spec = TableInput(
        columns=[TableColumn(name=name, type="number", missing=True) for name in names]
    )
    rows: list[dict[str, object]] = [
        dict.fromkeys(names, None if number % 5 == 0 else number * 0.5) for number in range(10_000)
    ]
    began = time.process_time()
    assert rows_to_array(rows, spec).shape == (10_000, 30)
    assert time.process_time() - began < 1


def parse(text: str) -> list[dict[str, object]]:
    return parse_text_rows(list(csv.DictReader(io.StringIO(text))), SPEC)


def test_cells_of_a_file_become_values() -> None:
    rows = parse("age,fare,class,deck\n29,7.25,3,C & D\n 1e2 , ,1,?\n-3,null,2, A\n")
    assert rows == [
        {"age": 29.0, "fare": 7.25, "class": "3", "deck": "C & D"},
        {"age": 100.0, "fare": None, "class": "1", "deck": None},
        {"age": -3.0, "fare": None, "class": "2", "deck": "A"},
    ]
    assert rows_to_array(rows, SPEC).shape == (3, 4)


def test_a_value_that_reads_like_a_missing_one_is_a_value() -> None:
    (row,) = parse("age,class,deck\n1,1,NA\n")
    assert row["deck"] == "NA"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age,class\nyoung,1\n", "column 'age': expected a number, received 'young'"),
        ("age,class\n1_000,1\n", "expected a number, received '1_000'"),
        ('age,class\n"1,5",1\n', "expected a number, received '1,5'"),
        ("age,class\ninf,1\n", "received inf"),
        ("age,class\n1,\n", "column 'class': expected one of '1', '2', '3', received no value"),
        ("age,class\n1\n", "column 'class': expected one of '1', '2', '3', received no value"),
        ("age,class\n1,1,1\n", "unknown column null"),
        ("age,class,ticket\n1,1,x\n", "unknown column 'ticket'"),
        ("age,class\n1,4\n", "expected one of '1', '2', '3', received '4'"),
    ],
)
def test_a_cell_that_does_not_fit_is_left_to_be_refused(text: str, words: str) -> None:
    with pytest.raises(UnusableRow) as raised:
        rows_to_array(parse(text), SPEC)
    assert words in str(raised.value)


@pytest.mark.parametrize("text", ["", "  ", "NA", "n/a", "NaN", "null", "None", "?", None])
def test_what_stands_for_a_missing_value(text: str | None) -> None:
    assert is_missing(text)


_CELLS: Any = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
_NAMES = st.sampled_from(["age", "fare", "class", "deck", "Age", ""])


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(rows=st.lists(st.dictionaries(_NAMES, _CELLS, max_size=5) | _CELLS, max_size=4))
def test_any_rows_are_an_array_or_refused(rows: list[Any]) -> None:
    try:
        array = rows_to_array(rows, SPEC)
    except UnusableRow:
        return
    assert array.shape == (len(rows), 4)
    assert not np.isinf(array).any()
    assert not np.isnan(array[:, [0, 2]]).any()  # where nothing may be missing


_FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
_GOOD = st.fixed_dictionaries(
    {"age": _FLOATS, "class": st.sampled_from(["1", "2", "3"])},
    optional={"fare": _FLOATS | st.none(), "deck": st.sampled_from(["A", "NA", "C & D", None])},
)


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(rows=st.lists(_GOOD, max_size=5))
def test_a_file_and_json_give_the_same_array(rows: list[dict[str, Any]]) -> None:
    cells = [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in rows
    ]
    array = rows_to_array(rows, SPEC)
    np.testing.assert_array_equal(rows_to_array(parse_text_rows(cells, SPEC), SPEC), array)
    for row, numbers in zip(rows, array.tolist(), strict=True):
        assert numbers[0] == row["age"]
        assert SPEC.columns[2].values[int(numbers[2])] == row["class"]
