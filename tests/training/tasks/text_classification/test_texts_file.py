"""Own tables of texts: what is read, what is refused and how clearly, and how rows are split."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import InvalidSetting
from tests.helpers.texts import load_file, load_texts, parts_of, sentence, write
from training.tasks.text_classification.data import text_file

LABELS = ("bad", "good", "so-so")


def rows(count: int = 60, classes: int = 2) -> list[tuple[str, str]]:
    return [(sentence(n), LABELS[n % classes]) for n in range(count)]


def delimited(pairs: Sequence[tuple[str, str]], delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(pair) for pair in [("text", "label"), *pairs]) + "\n"


def lined(pairs: Sequence[tuple[str, str]]) -> str:
    return "\n".join(json.dumps({"text": text, "label": label}) for text, label in pairs) + "\n"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    "name", ["t.csv", "t.tsv", "T.JSONL", "t.ndjson", "t.csv.gz", "t.jsonl.gz"]
)
def test_files_of_each_kind_are_one_set(tmp_path: Path, name: str, mark: str) -> None:
    content = lined(rows()) if "js" in name.lower() else delimited(rows(), ",\t"["tsv" in name])
    encoded = (mark + content.replace("\n", "\r\n")).encode()
    path = write(tmp_path / name, gzip.compress(encoded) if name.endswith("gz") else encoded)
    dataset = load_file(path)
    plain = load_file(write(tmp_path / "plain.csv", delimited(rows())))
    assert dataset.fingerprint == plain.fingerprint
    assert dataset.labels == ("bad", "good")
    assert dataset.source == f"own texts, {name}"
    assert [len(part) for part in parts_of(dataset)] == [44, 4, 12]
    assert dataset.test.labels.mean() == 0.5
    assert dict(zip(dataset.test.texts, dataset.test.labels, strict=True)).items() <= {
        (text, LABELS.index(label)) for text, label in rows()
    }


def test_texts_may_hold_anything(tmp_path: Path) -> None:
    odd = ["a\0b", 'with "quotes", commas\nand lines', "\U0001f600\u200d\u05e9", "x" * 200_000]
    lines = [*rows(), *((text, "good") for text in odd)]
    for name, content in {
        "t.jsonl": lined(lines),
        "t.csv": delimited([(f'"{t.replace(chr(34), 2 * chr(34))}"', label) for t, label in lines]),
    }.items():
        texts = [
            text for part in parts_of(load_file(write(tmp_path / name, content))) for text in part
        ]
        assert set(odd) < set(texts)
    halves = write(tmp_path / "h.jsonl", lined(rows()) + '{"text": "\\ud800 x", "label": "good"}')
    assert "? x" in [text for part in parts_of(load_file(halves)) for text in part]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ((1, 0), ("0", "1")),
        ((1.0, 1, 2), ("1", "2")),
        (("10", "9", "1.50"), ("1.5", "9", "10")),
        ((True, False), ("false", "true")),
        (("a", "b", "c"), ("a", "b", "c")),
        (("two  words ", "two words", "x"), ("two words", "x")),
    ],
)
def test_labels_are_texts_or_numbers(
    tmp_path: Path, values: tuple[Any, ...], labels: tuple[str, ...]
) -> None:
    lines = [json.dumps({"text": sentence(n), "label": values[n % len(values)]}) for n in range(90)]
    assert load_file(write(tmp_path / "t.jsonl", "\n".join(lines))).labels == labels


def test_rows_without_a_text_or_a_label_are_left_out_and_counted(tmp_path: Path) -> None:
    table = delimited([*rows(), ("", "good"), (" \t", "bad"), ("\0", "bad"), ("some text", "")])
    objects = lined(rows()) + "\n".join(
        ['{"text": null, "label": "bad"}', '{"label": "bad"}', "", '{"text": " ", "label": 1}']
    ).replace("1}", '"bad"}')
    for name, content, unlabelled in (("t.csv", table, 1), ("t.jsonl", objects, 0)):
        dataset = load_file(write(tmp_path / name, content))
        assert sum(map(len, parts_of(dataset))) == 60
        assert "left out 3 texts without content" in dataset.notes
        assert ("left out 1 row without a label" in dataset.notes) == bool(unlabelled)


def test_equal_texts_never_stand_on_two_sides(tmp_path: Path) -> None:
    lines = [(text.upper() + "!" * (n % 3), label) for n in range(3) for text, label in rows()]
    lines += [(sentence(0), "good")]
    dataset = load_file(write(tmp_path / "t.csv", delimited(lines)))
    train, validation, test = ({t.lower().rstrip("!") for t in part} for part in parts_of(dataset))
    assert not train & validation
    assert not train & test
    assert not validation & test
    assert "121 texts repeated, always on one side of the split" in dataset.notes
    assert "more than one class has the same text: 1 text" in dataset.notes


def test_uneven_classes_are_told(tmp_path: Path) -> None:
    lines = [(sentence(n), LABELS[n % 10 == 0]) for n in range(200)]
    dataset = load_file(write(tmp_path / "t.csv", delimited(lines)))
    assert dataset.notes == ("the classes are uneven: 14 training texts of 'good', 130 of 'bad'",)
    assert np.bincount(dataset.test.labels).tolist() == [36, 4]


def csv_of(*more: str) -> str:
    return delimited(rows()) + "".join(f"{line}\n" for line in more)


def jsonl_of(*more: str) -> str:
    return lined(rows()) + "".join(f"{line}\n" for line in more)


REFUSED: dict[str, tuple[str, str | bytes, dict[str, Any], str]] = {
    "no text column named": (
        "t.csv",
        csv_of(),
        {"text_column": None},
        r"data\.text_column: expected the column of the texts, one of: text, label",
    ),
    "no label column named": ("t.jsonl", jsonl_of(), {"label_column": None}, "one of: text, label"),
    "no such column": ("t.csv", csv_of(), {"text_column": "txt"}, "'txt'; did you mean 'text'"),
    "no such key": ("t.jsonl", jsonl_of(), {"label_column": "y"}, "no column 'y'; there are: text"),
    "one for both": ("t.csv", csv_of(), {"label_column": "text"}, "expected another column"),
    "another kind": ("t.xlsx", b"PK", {}, r"ends in \.csv, \.tsv or \.jsonl"),
    "an array": ("t.json", "[]", {}, r"ends in \.csv, \.tsv or \.jsonl"),
    "nothing": ("t.csv", "", {}, "the file is empty"),
    "no objects": ("t.jsonl", "\n\n", {}, "the file is empty"),
    "no rows": ("t.csv", "text,label\n", {}, "expected rows below the header"),
    "the same column twice": ("t.csv", "text,text,label\na,b,c\n", {}, "column 'text' twice"),
    "a ragged row": ("t.csv", csv_of("a, b, good"), {}, "row 61 has 3 cells, the header has 2"),
    "a quote in the middle": ("t.csv", csv_of('"a" b,good'), {}, "after row 60.*quotes"),
    "latin-1": (
        "t.csv",
        csv_of().encode() + "caf\u00e9,good\n".encode("latin-1"),
        {},
        "line 62: expected UTF-8, found the byte 0xe9; save the file as UTF-8",
    ),
    "latin-1 far below": (
        "t.jsonl",
        ("\n" * 2_000_000 + jsonl_of()).encode() + b'{"text": "\xe9"}\n',
        {},
        "line 2,000,061: expected UTF-8, found the byte 0xe9",
    ),
    "latin-1, gzipped": (
        "t.csv.gz",
        gzip.compress(b"text\n\xe9,b\n"),
        {},
        "line 2: expected UTF-8",
    ),
    "a file that ends early": ("t.csv", csv_of().encode() + b"a\xe2\x82", {}, "line 62.* 0xe2"),
    "UTF-16": ("t.csv", csv_of().encode("utf-16"), {}, "line 1: expected UTF-8, found UTF-16"),
    "not gzipped": ("t.csv.gz", csv_of(), {}, "damaged, or not gzipped"),
    "cut": ("t.jsonl.gz", gzip.compress(jsonl_of().encode())[:-20], {}, "damaged, or not gz"),
    "a list": ("t.jsonl", jsonl_of("[1]"), {}, r"line 61: expected an object.*'\[1\]'"),
    "a word": ("t.jsonl", jsonl_of("bare"), {}, r"line 61: .*received 'bare' \(Expecting value\)"),
    "too deep": ("t.jsonl", jsonl_of("[" * 100_000), {}, "line 61: expected an object"),
    "a long number": ("t.jsonl", jsonl_of('{"a": ' + "1" * 5000 + "}"), {}, "line 61: expected an"),
    "a number for a text": (
        "t.jsonl",
        jsonl_of('{"text": 5, "label": "good"}'),
        {},
        "line 61: expected a text in 'text', received int",
    ),
    "a list for a label": (
        "t.jsonl",
        jsonl_of('{"text": "a", "label": ["good"]}'),
        {},
        "line 61: expected a label in 'label'.* received list",
    ),
    "a single class": (
        "t.csv",
        delimited(rows(classes=1)),
        {},
        r"data\.label_column: 'label' is always 'bad'; expected at least two classes",
    ),
    "no labels": ("t.csv", delimited([("a", ""), ("b", "")]), {}, "'label' has no values"),
    "a class of few": (
        "t.csv",
        csv_of("one,rare", "two,rare", "Two!,rare"),
        {},
        "the class 'rare' has 2 different texts to learn from; expected 3 at least",
    ),
    "a class of empty texts": ("t.csv", csv_of(*[",rare"] * 5), {}, "'rare' has 0 different texts"),
    "texts for labels": (
        "t.csv",
        delimited([(f"a {n}", f"label {n}") for n in range(1200)]),
        {},
        "1,200 different values; expected at most 1,000",
    ),
    "a label with control characters": ("t.csv", csv_of(*["a,\0x"] * 4), {}, "readable characters"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_named(tmp_path: Path, case: str) -> None:
    name, content, options, message = REFUSED[case]
    with pytest.raises(InvalidSetting, match=message) as refused:
        load_file(write(tmp_path / name, content), **options)
    assert "\n" not in str(refused.value)
    assert "\0" not in str(refused.value)


def test_a_file_must_be_named_and_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"data\.path: text-csv is your own data"):
        load_texts("text-csv")
    with pytest.raises(InvalidSetting, match="there is no such file"):
        load_file(tmp_path / "no.jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(InvalidSetting, match="this is a folder"):
        load_file(tmp_path / "folder.jsonl")


def test_cells_and_lines_without_end_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_file, "LONGEST_TEXT", 1000)
    monkeypatch.setattr("training.data.files.json_lines.LONGEST_LINE", 1000)
    with pytest.raises(InvalidSetting, match=r"field larger than field limit \(1000\)"):
        load_file(write(tmp_path / "t.csv", csv_of("a" * 1001 + ",good")))
    with pytest.raises(InvalidSetting, match="line 61: expected at most 1,000 characters"):
        load_file(write(tmp_path / "t.jsonl", jsonl_of('{"text": "' + "a" * 1001)))


def test_many_rows_take_little_room(tmp_path: Path) -> None:
    lines = [(f"{sentence(n)} {sentence(n + 1)}", LABELS[n % 2]) for n in range(20_000)]
    path = write(tmp_path / "t.csv", delimited(lines))
    size = path.stat().st_size
    load_file(path)  # what is imported on the way is not counted
    tracemalloc.start()
    try:
        dataset = load_file(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(dataset.train) == 14_400
    assert peak < 3 * size
