"""Files of texts through a translator: line for line, in order, whatever stands in them."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel, load_model
from models.runtimes import Tensors
from models.settings import ModelSettings
from models.tasks.translation.documents import Translation
from models.tasks.translation.predict import translate
from tests.conftest import Finished
from tests.helpers.subword_models import sentences
from tests.helpers.texts import write
from training.contract.files import Options, Prediction
from training.tasks.translation import files as translation
from training.tasks.translation.files import FILES, TranslationFiles

Okazu = Callable[..., Finished]

LINES = [
    "The cat likes the dog.",
    "",
    " \t ",
    "A house :smile: [red]\tis small. He sees it!",
    "http://example.org/?a=b",
    "THE GARDEN IS OLD",
    "The dog." * 30,
    *sentences(12),
    "",
]


@pytest.fixture(autouse=True)
def _zoo(translator_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKAZU_ZOO", str(translator_zoo))


@pytest.fixture(scope="module")
def translator(translator_zoo: Path) -> LoadedModel:
    return load_model(translator_zoo / "translator-en-fr" / "1", ModelSettings())


def predict(model: LoadedModel, *files: Path, start: int = 0) -> list[Prediction]:
    return list(FILES.predict(model, files, Options(ModelSettings()), start))


def translations(model: LoadedModel, texts: list[str]) -> list[str]:
    return [answer.text for answer in translate(model, texts)]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_plain_file_gives_plain_lines(
    okazu: Okazu, tmp_path: Path, translator: LoadedModel, end: str
) -> None:
    path = write(tmp_path / "t.txt", end.join(LINES) + end)
    told = okazu("predict", "translator-en-fr", path)
    assert (told.code, told.err) == (0, "")
    assert told.out == "".join(f"{line}\n" for line in translations(translator, LINES))


@pytest.mark.slow
def test_other_inputs_give_lines_with_their_place(
    okazu: Okazu, tmp_path: Path, translator: LoadedModel
) -> None:
    path = write(tmp_path / "t.txt", "The cat.\n\nThe dog.\n")
    table = write(tmp_path / "t.csv", 'text\n"The cat.\n\nThe dog."\n')
    [cat, dog] = translations(translator, ["The cat.", "The dog."])
    told = okazu("predict", "translator-en-fr", path, path)
    assert told.out == f"{path} row 1: {cat}\n{path} row 2: \n{path} row 3: {dog}\n" * 2
    assert okazu("predict", "translator-en-fr", table).out == f"{table} row 1: {cat} {dog}\n"


def test_a_line_stays_one_whatever_the_model_says(
    tmp_path: Path, translator: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [Translation("Le\r\n\nchat\u2028.", -1.0), Translation("Le chien.", -1.0)]
    monkeypatch.setattr(translation, "translate", lambda *_: said)
    path = write(tmp_path / "t.txt", "The cat.\nThe dog.\n")
    predictions = predict(translator, path)
    assert [one.line for one in predictions] == ["Le chat\u2028.", "Le chien."]
    assert [one.answers for one in predictions] == [[one.text, one.score] for one in said]


def test_tables_and_objects_are_translated(
    okazu: Okazu, tmp_path: Path, translator: LoadedModel
) -> None:
    values = ["The cat.", "", None, 5, "The dog.\n\nHe \ud800 sees."]
    content = "".join(json.dumps({"n": n, "text": v}) + "\n" for n, v in enumerate(values))
    path = write(tmp_path / "t.jsonl", content)
    told = okazu("predict", "translator-en-fr", path, "--json")
    assert told.code == 2
    assert "row 3: expected a text in 'text', received none" in told.err
    assert "2 of 5 inputs could not be read" in told.err
    results = json.loads(told.out)["results"]
    assert [result["row"] for result in results] == [1, 2, 3, 4, 5]
    assert results[0].keys() == {"input", "row", "translation", "score"}
    assert results[0]["translation"] == translations(translator, ["The cat."])[0]
    assert results[0]["score"] < 0
    assert (results[1]["translation"], results[1]["score"]) == ("", 0)
    assert results[2].keys() == {"input", "row", "error"}
    assert "\n\n" in results[4]["translation"]
    assert okazu("predict", "translator-en-fr", path, "--output", "out.csv").code == 2
    rows = read(Path("out.csv"))
    assert list(rows[0]) == ["n", "text", "translation", "score", "error"]
    assert [row["translation"] for row in rows] == [one.get("translation", "") for one in results]
    assert [bool(row["error"]) for row in rows] == [False, False, True, True, False]


@pytest.mark.slow
def test_the_column_is_named(okazu: Okazu, tmp_path: Path, translator: LoadedModel) -> None:
    path = write(tmp_path / "t.tsv", "id\tenglish\n1\tThe cat.\n")
    told = okazu("predict", "translator-en-fr", path)
    assert told.code == 2
    assert "expected --text-column with the column of the texts, one of: id, english" in told.err
    told = okazu("predict", "translator-en-fr", path, "--text-column", "english", "--json")
    [result] = json.loads(told.out)["results"]
    assert result["translation"] == translations(translator, ["The cat."])[0]


def test_answers_do_not_depend_on_where_one_starts(
    tmp_path: Path, translator: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TranslationFiles, "window", (6, 10**6))
    files = [
        write(tmp_path / "1.txt", "\n".join(LINES)),
        write(tmp_path / "2.csv", "text,\n" + "".join(f"{text},x\n" for text in sentences(10))),
    ]
    everything = predict(translator, *files)
    assert len(everything) == len(LINES) - 1 + 10
    for start in (1, 5, 6, len(LINES), len(everything)):
        assert predict(translator, *files, start=start) == everything[start:]


@pytest.mark.slow
def test_what_is_read_is_translated_before_the_end(
    tmp_path: Path, translator: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TranslationFiles, "window", (4, 10**6))
    path = write(tmp_path / "t.txt", b"The cat.\n" * 5000 + b"\xff\n")
    predictions = FILES.predict(translator, [path], Options(ModelSettings()))
    assert len({one.line for one in itertools.islice(predictions, 8)}) == 1
    with pytest.raises(Exception, match=r"line 5,001: expected UTF-8"):
        all(one.line for one in predictions)


def test_sentences_of_a_window_are_asked_by_length(tmp_path: Path, translator: LoadedModel) -> None:
    asked: list[tuple[int, ...]] = []

    def noted(batch: Tensors) -> dict[str, NDArray[Any]]:
        asked.append(batch["sentence"].shape)
        return translator.runner(batch)

    long = "The old cat sees the small green house and the garden, and not the dog"
    lines = [f"He is {n}!\n{long} and {n} cats.\n" for n in range(32)]
    path = write(tmp_path / "t.txt", "".join(lines))
    assert len(predict(replace(translator, runner=noted), path)) == 64
    [(short_rows, short), (long_rows, long_length), *_] = asked
    assert short_rows == long_rows == 32
    assert 2 * short < long_length
