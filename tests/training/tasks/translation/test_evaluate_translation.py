"""Sentence pairs through a translator: which of them count, and what the metrics are."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel, load_model
from models.card import read_card, write_card
from models.errors import InvalidSetting, OkazuError
from models.settings import ModelSettings
from models.tasks.translation.predict import ask_sentences
from models.texts.subwords import Ids
from tests.conftest import Finished
from tests.helpers.pairs import pairs, tabbed
from tests.helpers.subword_models import sentences, small_subwords
from tests.helpers.texts import write
from training.contract.files import Columns, Options
from training.contract.interface import Signature
from training.data.texts.text_rows import TextRows
from training.tasks.translation import files as translation
from training.tasks.translation.data.pair_dataset import PairDataset, PairSplit
from training.tasks.translation.files import FILES, LabelledPairs, best_translations
from training.tasks.translation.metrics import signatures, translation_metrics

Okazu = Callable[..., Finished]

SOURCES = [*sentences(24), "THE CAT", "The cat. A dog!"]
NAME = "translator-en-fr"


@pytest.fixture(autouse=True)
def _zoo(translator_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKAZU_ZOO", str(translator_zoo))


@pytest.fixture(scope="module")
def translator(translator_zoo: Path) -> LoadedModel:
    return load_model(translator_zoo / NAME / "1", ModelSettings())


@pytest.fixture(scope="module")
def said(translator: LoadedModel) -> list[str]:
    """What the model says for the sources, asked as they are."""
    return [answer[0].text for answer in ask_sentences(translator, SOURCES)]


def references(said: list[str]) -> list[str]:
    """Some right, some nearly, the others not."""
    return [text if n % 3 else f"{text[:-3]} chat" for n, text in enumerate(said)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["t.tsv", "t.jsonl", "t.csv"])
def test_a_file_is_measured(
    okazu: Okazu, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(translation, "WINDOW", 10)
    targets = references(said)
    rows = [("en", "fr"), *zip(SOURCES, targets, strict=True), ("The cat.", " ")]
    content = tabbed(rows)
    if name == "t.jsonl":
        content = "".join(json.dumps({"fr": fr, "en": en}) + "\n" for en, fr in rows[1:])
    elif name == "t.csv":
        content = "".join(f'"{en}","{fr.replace(chr(34), chr(34) * 2)}"\n' for en, fr in rows)
    path = write(tmp_path / name, content)
    finished = okazu("evaluate", NAME, "--data", path, "--json")
    assert finished.code == 0, finished.err
    told = json.loads(finished.out)
    assert told["data"] == f"{path}, {len(SOURCES)} texts"
    expected = [[target.strip()] for target in targets]
    assert told["metrics"] == pytest.approx(translation_metrics(said, expected))
    assert 0 < told["metrics"]["exact_match"] < 1
    assert told["signatures"] == signatures(expected)
    assert f"{path}: left out 1 pair with an empty side\n" in finished.err


def test_signatures_are_told(okazu: Okazu, tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", tabbed(pairs(3)))
    told = okazu("evaluate", NAME, "--data", path)
    assert "bleu_lowercased  nrefs:1|case:lc|eff:no|tok:13a|smooth:exp|version:" in told.out


REFUSED: dict[str, tuple[str | bytes, Columns, str]] = {
    "no translation": ("The cat.\n", Columns(), "line 1: expected a sentence, a tab and its trans"),
    "other languages": ("en\tde\nThe cat.\tDie Katze.\n", Columns(), "the languages en and de"),
    "nothing": ("", Columns(), "expected a sentence and its translation, it is empty"),
    "no side is whole": ("a\t\n\tb\n", Columns(), "a sentence and its translation, found none"),
    "latin-1": (b"caf\xe9\tcaf\xe9\n", Columns(), "line 1: expected UTF-8, found the byte 0xe9"),
    "labels": ("a\tb\n", Columns(label="fr"), "whose columns are named en and fr"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(translator: LoadedModel, tmp_path: Path, case: str) -> None:
    content, columns, message = REFUSED[case]
    path = write(tmp_path / "t.tsv", content)
    options = Options(ModelSettings(), columns=columns)
    with pytest.raises(InvalidSetting, match=message):
        FILES.labelled(path, Signature.of_model(translator), options)


def test_a_mistake_is_one_line_and_exit_code_2(okazu: Okazu, tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", "The cat.\n")
    finished = okazu("evaluate", NAME, "--data", path)
    assert (finished.code, finished.out) == (2, "")
    assert finished.err.startswith(f"okazu: {path}: line 1: expected a sentence, a tab")
    assert finished.err.count("\n") == 1


def test_a_model_is_measured_on_its_own_test_part(
    okazu: Okazu, tmp_path: Path, translator_zoo: Path
) -> None:
    path = write(tmp_path / "t.tsv", tabbed(pairs(60)))
    directory = tmp_path / "zoo" / NAME / "1"
    shutil.copytree(translator_zoo / NAME / "1", directory)
    recipe = {"task": "translation", "data": {"dataset": "pairs", "path": str(path)}}
    write_card(directory, read_card(directory).model_copy(update={"recipe": recipe}))
    told = okazu("evaluate", NAME, "--zoo", tmp_path / "zoo", "--json")
    assert told.code == 0, told.err
    assert json.loads(told.out)["data"] == "pairs, test part, 12 examples"
    assert {"bleu", "chrf", "bleu_lowercased"} <= json.loads(told.out)["metrics"].keys()


def dataset_of(references: list[list[str]], origins: list[int], target: str = "fr") -> PairDataset:
    part = PairSplit(
        TextRows.of(SOURCES),
        TextRows.of(its[0] for its in references),
        np.array(origins),
        tuple(tuple(its[1:]) for its in references),
    )
    return PairDataset("a+b", "en", target, "", "", part, part, part, ("a", "b"))


def test_each_set_of_a_test_part_has_its_metrics(translator: LoadedModel, said: list[str]) -> None:
    # The first set has a further translation of each sentence, which is right.
    count = len(SOURCES)
    its = [[text, said[n]] if n < 10 else [text] for n, text in enumerate(["le chat"] * count)]
    signature = Signature.of_model(translator)
    part = FILES.test_part(dataset_of(its, [0] * 10 + [1] * (count - 10)), signature)
    answers = part.answers(lambda ids: translator.runner({"sentence": ids})["tokens"])
    assert answers.tolist() == said
    metrics = FILES.metrics(answers, part, signature)
    assert metrics["chrf_a"] == pytest.approx(100)
    assert metrics["exact_match_a"] == 1
    assert metrics["chrf_b"] == pytest.approx(translation_metrics(said[10:], its[10:])["chrf"])
    assert metrics["bleu"] == pytest.approx(translation_metrics(said, its)["bleu"])
    told = FILES.metric_signatures(part)
    assert told.keys() == metrics.keys() - {"exact_match", "exact_match_a", "exact_match_b"}
    assert [told[name].split("|")[0] for name in ("bleu", "bleu_a", "chrf_b")] == [
        "nrefs:var",
        "nrefs:2",
        "nrefs:1",
    ]
    alone = FILES.test_part(dataset_of(its, [1] * count), signature)
    assert {name.rpartition("_")[2] for name in FILES.metric_signatures(alone)} == {
        "bleu",
        "chrf",
        "lowercased",
    }


def test_a_test_part_of_other_languages_is_refused(translator: LoadedModel) -> None:
    dataset = dataset_of([["le chat"]] * len(SOURCES), [0] * len(SOURCES), target="de")
    with pytest.raises(OkazuError, match="expected en to fr; received en to de"):
        FILES.test_part(dataset, Signature.of_model(translator))


def test_batches_are_of_like_length_and_answers_in_order() -> None:
    subwords = small_subwords()
    rows = [subwords.encode("the cat " * (1 + 7 * n % 20)) for n in range(90)]
    asked: list[Ids] = []

    def ask(ids: Ids) -> NDArray[Any]:
        asked.append(ids)
        others = np.zeros_like(ids)
        return np.stack([ids, others], axis=1)

    assert best_translations(subwords, rows, ask) == [subwords.decode(ids) for ids in rows]
    assert all(ids.dtype == np.int32 and len(ids) <= 32 for ids in asked)
    assert sum(ids.size for ids in asked) < 1.5 * sum(map(len, rows))


def test_a_sentence_that_is_too_long_counts_as_empty(capsys: pytest.CaptureFixture[str]) -> None:
    subwords = small_subwords()
    texts = ["the cat", "the cat " * subwords.longest, "a dog"]
    part = LabelledPairs(TextRows.of(texts), [["le chat"]] * 3, subwords)
    assert part.answers(lambda ids: ids[:, None]).tolist() == ["the cat", "", "a dog"]
    assert "1 sentence of more than 100 subwords not asked" in capsys.readouterr().err
