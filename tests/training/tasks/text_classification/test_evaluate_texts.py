"""Labelled texts through an exported model: which of them count, and what the metrics are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel, load_model
from models.errors import OkazuError
from models.settings import ModelSettings
from models.tasks.text_classification.predict import MOST_IDS, classify_texts
from models.texts.tokenizers import Ids
from tests.conftest import Finished
from tests.helpers.text_models import FEELINGS, WORDS, publish_text_model
from tests.helpers.texts import load_texts, sentence, write
from training.classification.metrics import classification_metrics
from training.contract.interface import Signature
from training.data.texts.text_rows import TextDataset, TextRows, TextSplit
from training.tasks.text_classification import files as module
from training.tasks.text_classification.files import FILES, LabelledTexts

Okazu = Callable[..., Finished]

TEXTS = [
    f"{('good', 'bad', 'film !')[n % 3]} {sentence(n)} {'very ' * (n % 50)}" for n in range(90)
]
TRUTH = [FEELINGS[n % 2] for n in range(90)]


@pytest.fixture(autouse=True)
def _zoo(text_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKAZU_ZOO", str(text_zoo))


@pytest.fixture(scope="module")
def reviews(text_zoo: Path) -> LoadedModel:
    return load_model(text_zoo / "reviews" / "1", ModelSettings.read())


def table(path: Path, *more: str, header: str = "text,label") -> Path:
    rows = (f"{text},{label}\n" for text, label in zip(TEXTS, TRUTH, strict=True))
    return write(path, f"{header}\n" + "".join(rows) + "".join(f"{line}\n" for line in more))


def expected_metrics(model: LoadedModel) -> dict[str, float]:
    answers = classify_texts(model, TEXTS)
    probabilities = np.array([[answer["scores"][name] for name in FEELINGS] for answer in answers])
    return classification_metrics(probabilities, np.arange(90) % 2)


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_a_file_is_measured(
    okazu: Okazu, tmp_path: Path, reviews: LoadedModel, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(module, "WINDOW", 32)
    path = table(tmp_path / name, ",positive", "good,NA", " \0,negative")
    if name == "t.jsonl":
        pairs = [*zip(TEXTS, TRUTH, strict=True), ("", "positive"), ("good", None), (None, "x")]
        write(path, "".join(json.dumps({"text": t, "label": label}) + "\n" for t, label in pairs))
    finished = okazu("evaluate", "reviews", "--data", path, "--json")
    assert finished.code == 0, finished.err
    told = json.loads(finished.out)
    assert told["data"] == f"{path}, 90 texts"
    assert told["metrics"] == pytest.approx(expected_metrics(reviews), abs=1e-4)
    assert f"{path}: left out 1 row without a label\n" in finished.err
    assert f"{path}: left out 2 rows without a text\n" in finished.err


def test_columns_are_named(okazu: Okazu, tmp_path: Path, reviews: LoadedModel) -> None:
    path = table(tmp_path / "t.csv", header="body,feeling")
    named = ("--text-column", "body", "--label-column", "feeling")
    told = okazu("evaluate", "reviews", "--data", path, *named, "--json")
    metrics = json.loads(told.out)["metrics"]
    assert metrics == pytest.approx(expected_metrics(reviews), abs=1e-4)


def test_labels_may_be_written_as_in_training(
    okazu: Okazu, tmp_path: Path, reviews: LoadedModel
) -> None:
    publish_text_model(tmp_path / "zoo", "stars", WORDS, ["0", "1"])
    path = write(
        tmp_path / "t.jsonl",
        "".join(f'{{"text": "good", "label": {label}}}\n' for label in ("1", "1.0", '" 1 "', "0")),
    )
    told = okazu("evaluate", "stars", "--data", path, "--json", "--zoo", tmp_path / "zoo")
    [answer] = classify_texts(reviews, ["good"])
    right = 0.75 if answer["label"] == "positive" else 0.25
    assert json.loads(told.out)["metrics"]["accuracy"] == right


REFUSED: dict[str, tuple[str, str, list[str], str]] = {
    "an unknown label": (
        "t.csv",
        "text,label\ngood,positive\nbad,Negative\n",
        [],
        "t.csv: row 2: expected a label, one of: negative, positive; received 'Negative'",
    ),
    "no labels": ("t.csv", "text,stars\ngood,positive\n", [], "expected --label-column with the"),
    "no texts": ("t.csv", "a,label\ngood,positive\n", [], "expected --text-column with the column"),
    "one for both": (
        "t.csv",
        "text,label\ngood,positive\n",
        ["--label-column", "text"],
        "--label-column: expected another column than that of the texts, 'text'",
    ),
    "no such column": (
        "t.csv",
        "text,label\ngood,positive\n",
        ["--label-column", "lable"],
        "there is no column 'lable'; did you mean 'label'",
    ),
    "nothing to measure": ("t.csv", "text,label\n,positive\n", [], "expected texts with a label"),
    "plain": ("t.txt", "good\n", [], "ends in .csv, .tsv or .jsonl"),
    "a number": ("t.jsonl", '{"text": 1, "label": "positive"}', [], "expected a text in 'text'"),
    "a list": ("t.jsonl", '{"text": "a", "label": []}', [], "expected a label in 'label'"),
    "no object": ("t.jsonl", "5", [], "line 1: expected an object"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_one_line(okazu: Okazu, tmp_path: Path, case: str) -> None:
    name, content, arguments, message = REFUSED[case]
    path = write(tmp_path / name, content)
    finished = okazu("evaluate", "reviews", "--data", path, *arguments)
    assert finished.code == 2
    assert message in finished.err
    assert finished.err.count("\n") == 1


def test_columns_are_those_of_data(okazu: Okazu) -> None:
    finished = okazu("evaluate", "reviews", "--text-column", "text")
    assert finished.code == 2
    assert "expected --data" in finished.err


def test_a_card_without_data_needs_some(okazu: Okazu) -> None:
    assert "measure it on some of your choice with --data" in okazu("evaluate", "reviews").err


def dataset_of(origins: list[int]) -> TextDataset:
    part = TextSplit(TextRows.of(TEXTS), np.arange(90) % 2, np.array(origins))
    return TextDataset("a+b", tuple(FEELINGS), "", "", part, part, part, ("a", "b"))


def answers_and_metrics(
    model: LoadedModel, dataset: TextDataset
) -> tuple[NDArray[np.float32], dict[str, float]]:
    signature = Signature.of_model(model)
    part = FILES.test_part(dataset, signature)
    answers = part.answers(lambda ids: model.runner({"text": ids})["probabilities"])
    return answers, FILES.metrics(answers, part, signature)


def test_each_set_of_a_test_part_has_its_accuracy(reviews: LoadedModel) -> None:
    answers, metrics = answers_and_metrics(reviews, dataset_of([0] * 30 + [1] * 60))
    right = answers.argmax(axis=1) == np.arange(90) % 2
    assert metrics["accuracy_a"] == right[:30].mean()
    assert metrics["accuracy_b"] == right[30:].mean()
    assert metrics["accuracy"] == right.mean()
    _, alone = answers_and_metrics(reviews, dataset_of([1] * 90))
    assert not [name for name in alone if name.startswith("accuracy_")]


def test_a_test_part_of_other_classes_is_refused(reviews: LoadedModel) -> None:
    dataset = load_texts("reviews", examples=200)
    assert dataset.labels == tuple(FEELINGS)
    assert len(FILES.test_part(dataset, Signature.of_model(reviews))) == len(dataset.test)
    other = Signature(reviews.card.input, tuple(reviews.card.outputs), ("bad", "good"))
    with pytest.raises(OkazuError, match="reviews: the data changed since training: expected the"):
        FILES.test_part(dataset, other)


def test_batches_are_of_like_length_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2**16)
    tokenizer = WORDS.model_copy(update={"max_tokens": 2000})
    tokenizer.model_post_init(None)
    texts = ["good " * (1 + 97 * n % 1900) for n in range(300)]
    asked: list[Ids] = []

    def ask(ids: Ids) -> NDArray[np.int64]:
        asked.append(ids)
        return np.count_nonzero(ids, axis=1, keepdims=True)

    labelled = LabelledTexts(TextRows.of(texts), np.zeros(300, np.int64), tokenizer)
    answers = labelled.answers(ask)
    assert answers[:, 0].tolist() == [1 + 97 * n % 1900 for n in range(300)]
    assert all(ids.dtype == np.int32 and ids.size <= MOST_IDS for ids in asked)
    assert {ids.shape[1] for ids in asked} <= set(tokenizer.lengths)
    assert sum(ids.size for ids in asked) < 1.5 * answers.sum()
