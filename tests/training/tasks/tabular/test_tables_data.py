"""Tables: what is read as what, what is refused and how clearly, and how rows are split."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import InvalidSetting
from tests.helpers.tables import Rows, flats, flowers, load_table, write_table
from training.data.catalogue import load_dataset
from training.tasks.image_classification.recipe import ImageData
from training.tasks.tabular.data.table_dataset import TableDataset
from training.tasks.tabular.recipe import TableData


def everything(dataset: TableDataset) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    parts = (dataset.train, dataset.validation, dataset.test)
    rows = np.concatenate([part.rows for part in parts])
    return rows, np.concatenate([part.targets for part in parts])


def test_columns_are_what_their_cells_are(tmp_path: Path) -> None:
    dataset = load_table(write_table(tmp_path / "flats.csv", flats()), "rent")
    area, city, balcony = dataset.input.columns
    assert (area.name, area.type, area.missing) == ("area", "number", True)
    assert area.minimum is not None
    assert 20 <= area.minimum < 30
    assert (city.type, city.values, city.missing) == ("category", ["Lille", "Lyon", "Paris"], False)
    assert balcony.values == ["no", "yes"]
    assert (dataset.target.name, dataset.target.kind, dataset.labels) == ("rent", "number", ())
    rows, targets = everything(dataset)
    assert rows.dtype == np.float32
    assert targets.dtype == np.float64
    assert set(rows[:, 1]) == {0, 1, 2}
    assert np.isnan(rows[:, 0]).sum() == 24
    known = ~np.isnan(rows[:, 0])
    city_rents = np.array([0, 100, 500])[rows[known, 1].astype(int)]
    np.testing.assert_allclose(targets[known], 300 + 10 * rows[known, 0] + city_rents, atol=0.01)


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.TSV", "t.csv.gz", "t.tab.gz"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_files_of_each_kind_are_one_table(tmp_path: Path, name: str, mark: str) -> None:
    delimiter = "," if ".csv" in name else "\t"
    lines = [delimiter.join(map(str, row)) for row in flowers()]
    content = (mark + "\r\n".join(lines) + "\r\n\r\n").encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    plain = load_table(write_table(tmp_path / "plain.csv", flowers()), "kind")
    assert load_table(path, "kind").fingerprint == plain.fingerprint


def test_cells_may_be_quoted(tmp_path: Path) -> None:
    answers = ("no", "yes")
    lines = ['"a ""column""",x,y', *(f'"{n % 3},5\n",{n},{answers[n % 2]}' for n in range(60))]
    path = tmp_path / "quoted.csv"
    path.write_text("\n".join(lines))
    dataset = load_table(path)
    assert dataset.input.columns[0].name == 'a "column"'
    assert dataset.input.columns[0].values == ["0,5", "1,5", "2,5"]


@pytest.mark.parametrize(
    ("values", "kind", "labels"),
    [
        (["b", "a", "b"], "class", ("a", "b")),
        (["1", "0", "1.0"], "class", ("0", "1")),
        ([*map(str, range(20))], "class", tuple(map(str, range(20)))),
        ([*map(str, range(21))], "number", ()),
        (["1.5", "2"], "number", ()),
        (["10", "9", "x"], "class", ("10", "9", "x")),
        (["10", "9", "100"], "class", ("9", "10", "100")),
        (["1", "2", "NA"], "class", ("1", "2")),
    ],
)
def test_a_target_is_a_class_or_a_number(
    tmp_path: Path, values: list[str], kind: str, labels: tuple[str, ...]
) -> None:
    rows: Rows = [["x", "y"], *([n, values[n % len(values)]] for n in range(12 * len(values)))]
    dataset = load_table(write_table(tmp_path / "t.csv", rows))
    assert dataset.target.kind == kind
    assert dataset.labels == labels


def test_the_kind_of_a_target_can_be_said(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.csv", [["x", "y"], *([n, n % 5] for n in range(60))])
    assert load_table(path).target.kind == "class"
    assert load_table(path, target="number").target.kind == "number"
    halves = write_table(tmp_path / "h.csv", [["x", "y"], *([n, n % 5 / 2] for n in range(60))])
    assert load_table(halves).target.kind == "number"
    assert load_table(halves, target="class").labels == ("0", "0.5", "1", "1.5", "2")


def test_types_of_columns_can_be_said(tmp_path: Path) -> None:
    path = write_table(
        tmp_path / "t.csv", [["zip", "x", "y"], *([n % 7, n, "ab"[n % 2]] for n in range(70))]
    )
    assert load_table(path).input.columns[0].type == "number"
    dataset = load_table(path, column_types={"zip": "category"})
    assert dataset.input.columns[0].values == [str(n) for n in range(7)]


def test_rows_without_a_target_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = flowers()
    for row in rows[1:11]:
        row[2] = "NaN"
    dataset = load_table(write_table(tmp_path / "t.csv", rows), "kind")
    assert len(everything(dataset)[0]) == 140
    assert "left out 10 rows without a value of 'kind'" in dataset.notes


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("same", "it always has the same value"),
        ("7", "it always has the same value"),
        ("", "it has no values"),
        ("a review of {0} words", "more than 100 different texts"),
        ("name {1}", "different texts in 108 training rows"),
        ("{0};5", "the first that is no number is '0;5' in row 1"),
    ],
)
def test_columns_that_teach_nothing_are_left_out_and_named(
    tmp_path: Path, cell: str, reason: str
) -> None:
    rows = flowers()
    cells = [cell.format(number, number % 90) for number in range(len(rows))]
    table = [
        ["more", *rows[0]],
        *([more, *row] for more, row in zip(cells, rows[1:], strict=False)),
    ]
    path = write_table(tmp_path / "t.csv", table)
    dataset = load_table(path, "kind")
    assert [column.name for column in dataset.input.columns] == ["petal", "colour"]
    [note] = dataset.notes
    assert note.startswith("left out the column 'more': ")
    assert reason in note
    with pytest.raises(InvalidSetting, match="no column to predict from is left"):
        load_table(path, "kind", columns=["more"])


def test_a_category_of_many_values_is_kept_where_the_recipe_says_so(tmp_path: Path) -> None:
    table: Rows = [["name", "x", "y"], *([f"n{n % 90}", n, "ab"[n % 2]] for n in range(150))]
    path = write_table(tmp_path / "t.csv", table)
    dataset = load_table(path, column_types={"name": "category"})
    assert len(dataset.input.columns[0].values) > 50


def test_columns_without_a_name_are_left_alone(tmp_path: Path) -> None:
    rows = flowers()
    table: Rows = [["", *rows[0]], *([n, *row] for n, row in enumerate(rows[1:]))]
    dataset = load_table(write_table(tmp_path / "t.csv", table), "kind")
    assert [column.name for column in dataset.input.columns] == ["petal", "colour"]


def lines(*head: str, row: str = "{n},{n}", count: int = 60) -> str:
    return "\n".join([*head, *(row.format(n=n, k="ab"[n % 2]) for n in range(count))]) + "\n"


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "no rows": ("x,y\n", {}, "expected rows below the header"),
    "nothing": ("", {}, "the file is empty"),
    "no such target": (lines("x,z"), {}, "no column 'y'; there are: x, z"),
    "a target misspelt": (lines("x,yy"), {}, "did you mean 'yy'"),
    "no such column": (lines("x,y"), {"columns": ["x", "w"]}, "data.columns: there is no .*'w'"),
    "no such type": (
        lines("x,y"),
        {"column_types": {"w": "number"}},
        "data.column_types: there is no column 'w'; there are: x",
    ),
    "the target twice": (lines("x,y"), {"columns": ["x", "y"]}, "'y' is the target"),
    "a column twice": (lines("x,y"), {"columns": ["x", "x"]}, "'x' comes twice"),
    "two columns of a name": (lines("x,x,y", row="1,2,{n}"), {}, "has the column 'x' twice"),
    "a short row": (lines("x,y") + "5\n", {}, "row 61 has 1 cells, the header has 2"),
    "a long row": (lines("x,y") + "5,6,7\n", {}, "row 61 has 3 cells.*quote cells with a comma"),
    "an open quote": (lines("x,y") + '"5,6\n', {}, "after row 60: unexpected end of data"),
    "semicolons": (lines("x;y", row="{n};{n}"), {}, "expected a comma .* found a semicolon"),
    "an infinite number": (lines("x,y") + "inf,3\n", {}, "'x': .*received inf in row 61"),
    "too large a number": (lines("x,y") + "1e39,3\n", {}, "up to 3.4e.38, received 1e39 in row 61"),
    "a word for a number": (
        lines("x,y") + "many,3\n",
        {"column_types": {"x": "number"}},
        "'x': expected numbers, received 'many' in row 61",
    ),
    "a word in the target": (
        lines("x,y") + "5,many\n",
        {"target": "number"},
        "'y': expected numbers, received 'many' in row 61",
    ),
    "an infinite target": (lines("x,y") + "5,-inf\n", {}, "'y': .*received -inf in row 61"),
    "a constant target": (lines("x,y", row="{n},1.5"), {}, "'y' is always 1.5"),
    "a single class": (lines("x,y", row="{n},cat"), {}, "'y' is always 'cat'"),
    "an empty target": (lines("x,y", row="{n},"), {}, "'y' has no values"),
    "a class of one row": (
        lines("x,y", row="{n},{k}") + "1,c\n",
        {},
        "the class 'c' has 1 different row; expected 3 at least",
    ),
    "a class of equal rows": (
        lines("x,y", row="{n},{k}") + "1,c\n" * 9,
        {},
        "the class 'c' has 1 different row",
    ),
    "names for classes": (
        lines("x,y", row="{n},name {n}", count=1200),
        {},
        "1,200 different values; expected at most 1,000",
    ),
    "nothing but the target": (lines("y", row="{k}"), {}, "no column to predict from is left"),
    "too few rows": ("x,y\n1,1.5\n2,2.5\n", {}, "no rows are left for the"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_named(tmp_path: Path, case: str) -> None:
    text, options, message = REFUSED[case]
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(InvalidSetting, match=message) as refused:
        load_table(path, **options)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "x,y\nä,1\n".encode("latin-1"), "expected UTF-8, found the byte 0xe4"),
        ("t.csv", "x,y\n1,2\n".encode("utf-16"), "expected UTF-8"),
        ("t.csv.gz", b"x,y\n1,2\n", "damaged, or not gzipped"),
        ("t.csv.gz", gzip.compress(b"x,y\n1,2\n" * 999, mtime=0)[:-20], "damaged, or not gzipped"),
        ("t.xlsx", b"PK", "expected a name that ends in .csv or .tsv"),
        ("t.csv", b"x,y\n" + b"1" * 200_000 + b",2\n", "field larger than field limit"),
    ],
)
def test_files_that_are_no_tables_are_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidSetting, match=message):
        load_table(tmp_path / name)


def test_where_there_is_no_file_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InvalidSetting, match="there is no such file"):
        load_table(tmp_path / "no.csv")
    with pytest.raises(InvalidSetting, match="this is a folder"):
        load_table(tmp_path / "folder.csv")
    with pytest.raises(InvalidSetting, match="csv is your own data"):
        load_dataset(TableData(dataset="csv"))
    path = write_table(tmp_path / "t.csv", flowers())
    with pytest.raises(InvalidSetting, match="expected the column to predict, one of: petal, col"):
        load_dataset(TableData(dataset="csv", path=path))


def test_equal_rows_never_stand_on_two_sides(tmp_path: Path) -> None:
    table: Rows = [["a", "b", "y"]]
    table += [[n % 10, "pq"[n % 3 % 2], "no yes".split()[n % 2]] for n in range(400)]
    dataset = load_table(write_table(tmp_path / "t.csv", table))
    seen: set[bytes] = set()
    for part in (dataset.train, dataset.validation, dataset.test):
        rows = {
            row.tobytes() + bytes([int(target)])
            for row, target in zip(part.rows, part.targets, strict=True)
        }
        assert len(part)
        assert not rows & seen
        seen |= rows


@pytest.mark.parametrize("target", ["class", "number"])
def test_splits_are_as_large_as_said_and_the_seed_decides(tmp_path: Path, target: str) -> None:
    path = write_table(tmp_path / "t.csv", [["x", "y"], *([n, n % 2] for n in range(1000))])
    first, again = (load_table(path, target=target) for _ in range(2))
    other = load_table(path, target=target, split_seed=1)
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert [len(p) for p in (first.train, first.validation, first.test)] == [720, 80, 200]
    if target == "class":
        assert first.test.targets.mean() == 0.5


def test_values_that_training_never_saw_are_missing(tmp_path: Path) -> None:
    # Each value of the category stands in a single row, so some stand in the test part alone.
    table: Rows = [["name", "x", "y"], *([f"n{n}", n, "ab"[n % 2]] for n in range(60))]
    path = write_table(tmp_path / "t.csv", table)
    dataset = load_table(path, column_types={"name": "category"})
    name = dataset.input.columns[0]
    assert len(name.values) == len(dataset.train)
    assert not name.missing
    assert np.isnan(dataset.test.rows[:, 0]).all()


def rows_of_parts(path: Path) -> tuple[list[int], list[int]]:
    """The rows of the training part and those of the others, by the number in a column `n`."""
    dataset = load_table(path, "y", columns=["n"])
    others = np.concatenate([dataset.validation.rows, dataset.test.rows])
    return dataset.train.rows[:, 0].astype(int).tolist(), others[:, 0].astype(int).tolist()


def with_column(path: Path, cells: dict[int, str], default: str) -> Path:
    table: Rows = [["n", "x", "y"]]
    table += [[n, cells.get(n, default.format(n)), "ab"[n % 2]] for n in range(100)]
    return write_table(path, table)


def test_what_a_column_is_the_training_part_alone_says(tmp_path: Path) -> None:
    """A word makes a category of a column of numbers only where it is learned from."""
    path = tmp_path / "t.csv"
    train, others = rows_of_parts(with_column(path, {}, "{0}.5"))
    dataset = load_table(with_column(path, {others[0]: "many", others[1]: "few"}, "{0}.5"))
    assert [(c.name, c.type, c.missing) for c in dataset.input.columns] == [
        ("n", "number", False),
        ("x", "number", False),
    ]
    unknown = np.concatenate([dataset.validation.rows, dataset.test.rows])
    assert sorted(unknown[np.isnan(unknown[:, 1]), 0]) == sorted(others[:2])
    first = min(others[:2])
    word = "many" if first == others[0] else "few"
    assert dataset.notes == (
        "column 'x': read 2 cells of the validation and test parts as missing, the first is"
        f" '{word}' in row {first + 1}: no number, as the training part's are",
    )
    learned = load_table(with_column(path, {train[0]: "many"}, "{0}.5"))
    assert [column.name for column in learned.input.columns] == ["n"]
    assert "100 different texts in" not in learned.notes[0]
    assert "72 different texts in 72 training rows" in learned.notes[0]


def test_a_column_that_only_varies_outside_of_the_training_part_is_left_out(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.csv"
    _, others = rows_of_parts(with_column(path, {}, "{0}"))
    dataset = load_table(with_column(path, {others[0]: "8"}, "7"))
    assert [column.name for column in dataset.input.columns] == ["n"]
    assert dataset.notes == ("left out the column 'x': it always has the same value",)


def test_categories_of_other_parts_are_unknown_and_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    _, others = rows_of_parts(with_column(path, {}, "{0}"))
    table: Rows = [["n", "x", "y"]]
    table += [[n, "new" if n == others[0] else "pq"[n % 3 % 2], "ab"[n % 2]] for n in range(100)]
    dataset = load_table(write_table(path, table))
    assert dataset.input.columns[1].values == ["p", "q"]
    assert dataset.notes == (
        "column 'x': read 1 cell of the validation and test parts as missing, the first is"
        f" 'new' in row {others[0] + 1}: not in the training part",
    )


@pytest.mark.parametrize(
    ("name", "examples", "columns", "labels"),
    [
        ("diabetes", 442, 10, ()),
        ("breast-cancer", 569, 30, ("benign", "malignant")),
        ("wine", 178, 13, ("class_0", "class_1", "class_2")),
    ],
)
def test_the_tables_of_scikit_learn(
    name: str, examples: int, columns: int, labels: tuple[str, ...]
) -> None:
    dataset = load_dataset(TableData(dataset=name))
    rows, _ = everything(dataset)
    assert rows.shape == (examples, columns)
    assert dataset.labels == labels
    assert not any(column.missing for column in dataset.input.columns)
    with pytest.raises(InvalidSetting, match=f"{name} comes with scikit-learn"):
        load_dataset(TableData(dataset=name, path=Path("t.csv")))
    with pytest.raises(InvalidSetting, match="received 'x'"):
        load_dataset(TableData(dataset=name, target_column="x"))


def test_a_data_set_of_another_task_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"one of: digits.*'wine', which is for task tabular"):
        load_dataset(ImageData(dataset="wine"))
    with pytest.raises(InvalidSetting, match=r"one of: diabetes, breast-cancer, wine, csv; rec"):
        load_dataset(TableData(dataset="digits"))
