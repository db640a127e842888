"""Files of texts through an exported model: what is answered, kept, refused, and gone on with."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.artifact.loading import LoadedModel, load_model
from models.settings import ModelSettings
from models.tasks.text_classification.predict import classify_texts
from tests.conftest import Finished
from tests.helpers.text_models import ODD_TEXTS
from tests.helpers.texts import sentence, write
from training.contract.files import Columns, Options, Prediction
from training.data.texts import files_of_texts as text_files
from training.jobs.resumable_csv import PartialCsv
from training.tasks import files_of
from training.tasks.text_classification import files as texts

Okazu = Callable[..., Finished]

TEXTS = [*(f"{'not ' * (n % 3)}{('good', 'bad', '!')[n % 3]} {sentence(n)}" for n in range(40))]


@pytest.fixture(autouse=True)
def _zoo(text_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKAZU_ZOO", str(text_zoo))


@pytest.fixture(scope="module")
def reviews(text_zoo: Path) -> LoadedModel:
    return load_model(text_zoo / "reviews" / "1", ModelSettings.read())


def objects(*values: object) -> str:
    return "".join(f"{json.dumps(value)}\n" for value in values)


def table(rows: list[list[str]], path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def predict(
    model: LoadedModel, *files: Path, start: int = 0, **columns: str | None
) -> list[Prediction]:
    options = Options(ModelSettings.read(), columns=Columns(**columns))
    offline = files_of("text_classification")
    offline.expect_columns(options.columns)
    return list(offline.predict(model, files, options, start))


@pytest.mark.parametrize("name", ["t.csv", "T.TSV", "t.jsonl", "t.ndjson", "t.txt", "t.csv.gz"])
def test_files_of_each_kind_get_the_same_answers(
    okazu: Okazu, tmp_path: Path, reviews: LoadedModel, name: str
) -> None:
    mark = "\t" if "TSV" in name else ","
    content = "\ufefftext" + mark + "id\r\n"
    content += "".join(f'"{text}"{mark}{n}\r\n' for n, text in enumerate(TEXTS))
    if "json" in name:
        content = objects(*({"text": text, "id": n} for n, text in enumerate(TEXTS)))
    elif "txt" in name:
        content = "\r\n".join(TEXTS)
    data = content.encode()
    path = write(tmp_path / name, gzip.compress(data) if name.endswith("gz") else data)
    told = okazu("predict", "reviews", path, "--json")
    assert (told.code, told.err) == (0, "")
    results = json.loads(told.out)["results"]
    expected = classify_texts(reviews, TEXTS)
    for number, (result, answer) in enumerate(zip(results, expected, strict=True), start=1):
        assert result.keys() == {"input", "row", *answer}
        assert (result["input"], result["row"]) == (str(path), number)
        assert result["label"] == answer["label"]
        assert result["score"] == pytest.approx(answer["score"], abs=2e-6)
    assert okazu("predict", "reviews", path, "--output", "out.csv").code == 0
    rows = read(Path("out.csv"))
    assert [row["text"] for row in rows] == TEXTS
    assert [float(row["score"]) for row in rows] == [result["score"] for result in results]
    assert {row["truncated"] for row in rows} == {"false"}
    if "txt" not in name:
        assert [row["id"] for row in rows] == [str(n) for n in range(len(TEXTS))]
    lines = okazu("predict", "reviews", path).out.splitlines()
    assert len(lines) == len(TEXTS)
    assert lines[0].startswith(f"{path} row 1: {rows[0]['prediction']} ")
    assert lines[0].endswith(f"%: {TEXTS[0]}")


def test_odd_texts_are_kept_and_answered(
    okazu: Okazu, tmp_path: Path, reviews: LoadedModel
) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in ODD_TEXTS.values()]
    path = table([["a", "text"], *(["", text] for text in texts)], tmp_path / "t.csv")
    lined = write(
        tmp_path / "t.jsonl", objects(*({"a": None, "text": t} for t in ODD_TEXTS.values()))
    )
    for file, originals in ((path, texts), (lined, ODD_TEXTS.values())):
        okazu("predict", "reviews", file, "--output", "out.csv")
        rows = read(Path("out.csv"))
        assert [row["text"] for row in rows] == texts
        for row, text in zip(rows, originals, strict=True):
            if row["error"]:
                assert text == ODD_TEXTS["accents alone"]
                continue
            [answer] = classify_texts(reviews, [text])
            assert row["prediction"] == answer["label"]
            assert float(row["score"]) == pytest.approx(answer["score"], abs=2e-6)
            assert row["truncated"] == str(answer["truncated"]).lower()
        shown = okazu("predict", "reviews", file).out
        assert not set("\0\x1b\u202e\x7f\x9f") & set(shown)
        assert len(max(shown.splitlines(), key=len)) < 400
        assert okazu("predict", "reviews", file, "--json").out.count("\n") == 1


def test_a_row_without_a_text_is_its_own_matter(okazu: Okazu, tmp_path: Path) -> None:
    values = ["good", "", " \u200b\0", None, 5, ["a"], "bad"]
    lines = [*({"text": value, "n": [n]} for n, value in enumerate(values)), {"n": {"é": None}}]
    path = write(tmp_path / "t.jsonl", objects(*lines))
    finished = okazu("predict", "reviews", path, "--output", "out.csv")
    assert finished.code == 2
    assert "row 5: expected a text in 'text', received int" in finished.err
    assert "6 of 8 inputs could not be read" in finished.err
    rows = read(Path("out.csv"))
    blank = "expected a text to read, received a blank one"
    assert [row["error"] for row in rows] == [
        *("", blank, blank),
        *(f"expected a text in 'text', received {kind}" for kind in ("none", "int", "list")),
        "",
        "expected a text in 'text', received none",
    ]
    assert [bool(row["prediction"]) for row in rows] == [not row["error"] for row in rows]
    assert [row["n"] for row in rows[:2]] == ["[0]", "[1]"]
    assert [row["text"] for row in rows[3:6]] == ["", "5", '["a"]']
    assert rows[7]["n"] == '{"é": null}'
    # Lines of a plain file are counted as they stand.
    plain = write(tmp_path / "t.txt", "good\n\nbad\n")
    told = okazu("predict", "reviews", plain, "--json")
    results = json.loads(told.out)["results"]
    assert [(result["row"], "error" in result) for result in results] == [
        (1, False),
        (2, True),
        (3, False),
    ]


def test_many_errors_are_not_all_told(okazu: Okazu, tmp_path: Path) -> None:
    path = write(tmp_path / "t.txt", "good\n" + "\n" * 500)
    finished = okazu("predict", "reviews", path, "--output", "out.csv")
    assert finished.err.count("blank") == 20
    assert "more errors stand in the file\n" in finished.err
    assert finished.err.endswith("okazu: 500 of 501 inputs could not be read\n")


@pytest.mark.parametrize(
    ("header", "arguments", "taken"),
    [
        ("a,text,b", [], 1),
        ("a,text,b", ["--text-column", "b"], 2),
        ("a,,text", [], 2),
        ("only", [], 0),
    ],
)
def test_the_column_of_the_texts(
    okazu: Okazu,
    tmp_path: Path,
    reviews: LoadedModel,
    header: str,
    arguments: list[str],
    taken: int,
) -> None:
    cells = ["good good", "bad bad", "film !"][: header.count(",") + 1]
    path = write(tmp_path / "t.csv", f"{header}\n{','.join(cells)}\n")
    told = okazu("predict", "reviews", path, *arguments, "--json")
    [result] = json.loads(told.out)["results"]
    [answer] = classify_texts(reviews, [cells[taken]])
    assert result["scores"] == pytest.approx(answer["scores"], abs=2e-6)


def test_the_column_that_a_model_was_trained_on_is_taken(
    tmp_path: Path, reviews: LoadedModel
) -> None:
    path = write(tmp_path / "t.csv", "text,body\ngood,bad\n")
    offline = files_of("text_classification")
    usual = Columns.of_recipe({"data": {"text_column": "body", "label_column": "y"}})
    assert usual == Columns("body", "y")
    [by_recipe] = offline.predict(reviews, [path], Options(ModelSettings.read(), usual=usual))
    assert "bad" in by_recipe.line
    other = Columns(text="elsewhere")
    [by_name] = offline.predict(reviews, [path], Options(ModelSettings.read(), usual=other))
    assert "good" in by_name.line


@pytest.mark.parametrize("recipe", [{}, {"data": None}, {"data": []}, {"data": {"text_column": 5}}])
def test_a_recipe_may_name_no_columns(recipe: dict[str, Any]) -> None:
    assert Columns.of_recipe(recipe) == Columns()


def test_names_of_answers_are_free_ones(okazu: Okazu, tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", "text,prediction,error_\ngood,x,y\n")
    for _ in range(3):
        assert okazu("predict", "reviews", path, "--output", "out.csv").code == 0
        path = tmp_path / "in.csv"
        path.write_bytes(Path("out.csv").read_bytes())
    with path.open(newline="") as file:
        header, row = csv.reader(file)
    assert len(set(header)) == len(header) == 3 + 3 * 4
    assert header[3:7] == ["prediction_", "score", "truncated", "error"]
    assert row[:3] == ["good", "x", "y"]


def test_keys_that_come_late_are_kept(okazu: Okazu, tmp_path: Path) -> None:
    first = write(tmp_path / "1.jsonl", objects({"text": "good"}, {"b": 1, "text": "bad", "": 2}))
    second = write(tmp_path / "2.jsonl", objects({"": "x", "b": True, "text": "bad"}))
    assert okazu("predict", "reviews", first, second, "--output", "out.csv").code == 0
    rows = read(Path("out.csv"))
    assert [(row["text"], row["b"], row[""]) for row in rows] == [
        ("good", "", ""),
        ("bad", "1", "2"),
        ("bad", "true", "x"),
    ]


def test_what_is_read_is_answered_before_the_end(tmp_path: Path, reviews: LoadedModel) -> None:
    """A file of any size is read a part at a time: nobody looks at its end before."""
    lines = "".join(f"{text}\n" for text in TEXTS * 110)
    path = write(tmp_path / "t.txt", lines.encode() + b"\xff\n")
    options = Options(ModelSettings.read())
    predictions = files_of("text_classification").predict(reviews, [path], options)
    first = list(itertools.islice(predictions, texts.WINDOW))
    assert [prediction.error for prediction in first] == [None] * texts.WINDOW
    with pytest.raises(Exception, match=r"line 4,401: expected UTF-8"):
        next(predictions)


def test_long_texts_are_held_by_fewer(tmp_path: Path) -> None:
    path = write(tmp_path / "t.txt", "\n".join(["x" * 300] * 10 + ["y"] * 5000))
    rows = text_files.TextFile(path).rows("text")
    sizes = [len(window) for window in text_files.windows(rows, 4096, 1000)]
    assert sizes == [4, 4, 402, 1000, 1000, 1000, 1000, 600]


def test_answers_do_not_depend_on_where_one_starts(
    tmp_path: Path, reviews: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts.OfflineTextClasses, "window", (8, 10**6))
    files = [
        write(tmp_path / "1.txt", "\n".join(TEXTS[:21])),
        write(tmp_path / "2.txt", "\n\n".join(TEXTS[21:])),
    ]
    everything = predict(reviews, *files)
    assert len(everything) == 21 + 2 * 19 - 1
    for start in (1, 7, 8, 21, 22, 30, len(everything)):
        assert predict(reviews, *files, start=start) == everything[start:]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["texts", "tables", "translation"])
def test_what_was_interrupted_goes_on(
    okazu: Okazu,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    if kind == "translation":
        lines = objects(*({"text": text} for text in [*TEXTS, None, *TEXTS[:20]]))
        path = write(tmp_path / "in.jsonl", lines)
        zoo = request.getfixturevalue("translator_zoo")
        asked = ["predict", "translator-en-fr", path, "--zoo", zoo]
        monkeypatch.setattr("training.tasks.translation.files.TranslationFiles.window", (16, 10**6))
    elif kind == "texts":
        path = write(tmp_path / "in.csv", "text\n" + "\n".join([*TEXTS, '" "', *TEXTS]))
        asked = ["predict", "reviews", path]
        monkeypatch.setattr(texts.OfflineTextClasses, "window", (16, 10**6))
    else:
        rows = "".join(f"{n % 9},{n * 3.7:.1f}\n" for n in range(60)) + "x,1\n"
        path = write(tmp_path / "in.csv", "rooms,area\n" + rows + rows)
        asked = ["predict", "rents", path, "--zoo", request.getfixturevalue("table_zoo")]
        monkeypatch.setattr("training.tasks.tabular.files.BATCH", 16)
    whole = okazu(*asked, "--output", "whole.csv")
    assert whole.code == 2
    for stop in (5, 55):
        with monkeypatch.context() as patch:
            patch.setattr(PartialCsv, "add", interrupted_at(stop))
            finished = okazu(*asked, "--output", "out.csv")
        assert finished.code == 130
        assert f"out.csv.partial keeps {stop} rows; the same command goes on" in finished.err
        assert not Path("out.csv").exists()
    ended = okazu(*asked, "--output", "out.csv")
    assert "out.csv.partial: going on after 55 rows" in ended.err
    assert ended.code == whole.code
    assert ended.err.splitlines()[-1] == whole.err.splitlines()[-1]
    assert Path("out.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, "out.csv", "whole.csv"]


def interrupted_at(stop: int) -> Callable[..., None]:
    """In place of `PartialCsv.add`: presses Ctrl-C before it takes more rows than so many."""
    add = PartialCsv.add

    def adding(partial: PartialCsv, cells: list[object], *, failed: bool = False) -> None:
        if partial.rows == stop:
            raise KeyboardInterrupt
        add(partial, cells, failed=failed)

    return adding


def test_formulas_of_a_file_are_not_run_by_a_spreadsheet(okazu: Okazu, tmp_path: Path) -> None:
    content = "text,=name\n=1+1 film,@note\n-0.5,+\nplain,-0.5\n"
    path = write(tmp_path / "in.csv", content)
    assert okazu("predict", "reviews", path, "--text-column", "text", "--output", "o.csv").code == 0
    rows = list(csv.reader(Path("o.csv").read_text(encoding="utf-8").splitlines()))
    assert [row[:2] for row in rows] == [
        ["text", "'=name"],
        ["'=1+1 film", "'@note"],
        ["-0.5", "'+"],
        ["plain", "-0.5"],
    ]
    asked = ["predict", "reviews", path, "--output", "plain.csv", "--no-escape-formulas"]
    assert okazu(*asked).code == 0
    plain = list(csv.reader(Path("plain.csv").read_text(encoding="utf-8").splitlines()))
    assert [row[:2] for row in plain] == [line.split(",") for line in content.splitlines()]


def test_escaping_without_a_file_is_a_mistake(okazu: Okazu, tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", "text\nfilm\n")
    finished = okazu("predict", "reviews", path, "--no-escape-formulas")
    assert finished.code == 2
    assert finished.err == "okazu: --no-escape-formulas: expected --output with it\n"


@pytest.mark.parametrize("change", ["model", "inputs", "columns", "escaping of formulas"])
def test_another_job_does_not_go_on(
    okazu: Okazu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = write(tmp_path / "in.csv", "text,more\n" + "".join(f"{t},bad\n" for t in TEXTS))
    asked = ["predict", "reviews", path, "--output", "out.csv"]
    with monkeypatch.context() as patch:
        patch.setattr(PartialCsv, "add", interrupted_at(9))
        assert okazu(*asked).code == 130
    if change == "model":
        asked[1] = "topics"
    elif change == "inputs":
        write(path, path.read_text().replace("film", "play"))
    elif change == "escaping of formulas":
        asked.append("--no-escape-formulas")
    else:
        asked += ["--text-column", "more"]
    finished = okazu(*asked)
    assert finished.code == 0
    assert f"out.csv.partial: the {change} changed, starting anew" in finished.err
    again = [argument if argument != "out.csv" else "fresh.csv" for argument in asked]
    assert okazu(*again).code == 0
    assert Path("out.csv").read_bytes() == Path("fresh.csv").read_bytes()


REFUSED: dict[str, tuple[str, str | bytes, list[str], str]] = {
    "no column": (
        "t.csv",
        "a,b\n1,2\n",
        [],
        "t.csv: expected --text-column with the column of the",
    ),
    "no such column": (
        "t.csv",
        "text,b\n1,2\n",
        ["--text-column", "txt"],
        "t.csv: --text-column: there is no column 'txt'; did you mean 'text'",
    ),
    "no such key": ("t.jsonl", '{"a": "x", "b": "y"}', [], "expected --text-column"),
    "another kind": ("t.png", b"\x89PNG", [], "ends in .csv, .tsv, .jsonl or .txt"),
    "binary": ("t.txt", bytes(range(256)), [], "expected UTF-8, found the byte 0x80"),
    "binary, a table": ("t.csv", bytes(range(128, 256)), [], "expected UTF-8, found the byte"),
    "UTF-16": ("t.txt", "good".encode("utf-16"), [], "line 1: expected UTF-8, found UTF-16"),
    "latin-1": (
        "t.csv",
        b"text\ngood\ncaf\xe9\n",
        [],
        "line 3: expected UTF-8, found the byte 0xe9",
    ),
    "nothing": ("t.csv", "", [], "the file is empty"),
    "nothing, plain": ("t.txt", "", [], "expected a text on each line, the file is empty"),
    "nothing, gzipped": ("t.jsonl.gz", gzip.compress(b""), [], "the file is empty"),
    "not gzipped": ("t.txt.gz", "good", [], "damaged, or not gzipped"),
    "cut": ("t.txt.gz", gzip.compress(b"good\n" * 50)[:-9], [], "damaged, or not gzipped"),
    "no object": ("t.jsonl", '{"text": "a"}\n[1]\n', [], "line 2: expected an object, {...}, on"),
    "a ragged row": ("t.csv", "text,b\na,b\na,b,c\n", [], "row 2 has 3 cells, the header has 2"),
    "two without a name": ("t.csv", "text,,\na,b,c\n", [], "expected a name above every column"),
    "keys without end": (
        "t.jsonl",
        objects(*({"text": "a", f"k{n}": 1} for n in range(1001))),
        [],
        "with the same keys, of which there are at most 1,000",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_is_one_line_and_exit_code_2(okazu: Okazu, tmp_path: Path, case: str) -> None:
    name, content, arguments, message = REFUSED[case]
    path = write(tmp_path / name, content)
    finished = okazu("predict", "reviews", path, *arguments, "--output", "out.csv")
    assert finished.code == 2
    assert finished.out == ""
    assert finished.err.startswith(f"okazu: {tmp_path}")
    assert message in finished.err
    assert finished.err.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no.csv"], "no.csv: there is no such file"),
        (["no.txt"], "no.txt: there is no such file"),
        (["folder.csv"], "folder.csv: expected a file, this is a folder"),
        (["."], "expected a name that ends in .csv"),
        (["a.csv", "b.csv", "--output", "o.csv"], "b.csv: expected the columns of a.csv"),
        (["a.csv", "--output", "folder.csv"], "folder.csv: expected the name of a file to write"),
    ],
)
def test_bad_paths_are_one_line_and_exit_code_2(
    okazu: Okazu, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    write(tmp_path / "a.csv", "text,x\ngood,1\n")
    write(tmp_path / "b.csv", "text,y\ngood,1\n")
    finished = okazu("predict", "reviews", *arguments)
    assert finished.code == 2
    assert message in finished.err
    assert finished.err.count("\n") == 1
    assert not (tmp_path / "o.csv").exists()


def test_texts_and_lines_without_end_are_refused(
    okazu: Okazu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_files, "LONGEST_TEXT", 1000)
    monkeypatch.setattr("training.data.files.json_lines.LONGEST_LINE", 1000)
    for name, content, message in (
        ("t.csv", "text,b\n" + "a" * 1001 + ",b\n", "field larger than field limit (1000)"),
        ("t.txt", "good\n" + "a" * 1001, "line 2: expected at most 1,000 characters"),
        ("t.jsonl", '{"text": "good"}\n{"text": "' + "a" * 1000, "line 2: expected at most 1,000"),
    ):
        finished = okazu("predict", "reviews", write(tmp_path / name, content))
        assert finished.code == 2
        assert message in finished.err


def test_only_models_of_texts_have_columns(okazu: Okazu, tmp_path: Path, table_zoo: Path) -> None:
    path = write(tmp_path / "t.csv", "rooms,area\n1,2\n")
    asked = ["rents", path, "--text-column", "area", "--zoo", table_zoo]
    for command in (["predict", *asked], ["evaluate", asked[0], "--data", *asked[1:]]):
        finished = okazu(*command)
        assert finished.code == 2
        assert "--text-column: expected a model of texts, this one takes rows" in finished.err
