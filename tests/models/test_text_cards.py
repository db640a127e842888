"""Cards of models of texts, and such a model as a whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from models.artifact.golden import Golden, read_golden, write_golden
from models.artifact.integrity import seal
from models.artifact.loading import load_model
from models.artifact.verification import failures, verify_model
from models.card import CARD_FILE, ModelCard, TableInput, TextInput, read_card, write_card
from models.errors import InvalidSetting, ModelDamaged
from models.runtimes import RuntimeName
from models.settings import ModelSettings
from models.tasks.text_classification.predict import by_length, classify_texts, expect_tokenizer
from models.texts.tokenizers import read_tokenizer, write_tokenizer
from tests.helpers.project import ROOT
from tests.helpers.text_models import FEELINGS, NGRAMS, ODD_TEXTS, TOPICS, WORDS, publish_text_model

SHIPPED = ROOT / "models" / "zoo" / "digits" / "1"


@pytest.fixture
def card(text_zoo: Path) -> ModelCard:
    return read_card(text_zoo / "reviews" / "1")


@pytest.fixture
def reviews_copy(text_zoo: Path, tmp_path: Path) -> Path:
    path = tmp_path / "reviews" / "1"
    shutil.copytree(text_zoo / "reviews" / "1", path)
    return path


def test_a_card_of_texts_survives_writing_and_reading(card: ModelCard, tmp_path: Path) -> None:
    write_card(tmp_path, card)
    assert read_card(tmp_path) == card
    assert card.expect_input(TextInput).max_tokens == 40
    assert card.input.shape == (None,)
    with pytest.raises(InvalidSetting, match="of kind table, not text"):
        card.expect_input(TableInput)


@pytest.mark.parametrize(
    "change",
    [
        {"task": "tabular"},
        {"labels": ["positive"]},
        {"target": {"name": "x", "kind": "class"}},
        {"input": {"kind": "text", "max_tokens": 0}},
        {"input": {"kind": "text", "max_tokens": 9, "tokenizer": "../tokenizer.json"}},
    ],
)
def test_a_card_that_contradicts_itself_is_refused(card: ModelCard, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ModelCard.model_validate(card.model_dump() | change)


@pytest.mark.parametrize(
    ("labels", "tells"),
    [
        (["negative", "positive"], True),
        (["positive", "negative"], True),
        (["Negative", "Positive"], False),
        (["negative", "neutral", "positive"], False),
        (TOPICS, False),
    ],
)
def test_sentiment_is_negative_or_positive_and_nothing_else(
    card: ModelCard, labels: list[str], tells: bool
) -> None:
    assert card.model_copy(update={"labels": labels}).tells_sentiment == tells
    assert not read_card(SHIPPED).model_copy(update={"labels": labels}).tells_sentiment


@pytest.mark.parametrize("name", ["reviews", "topics"])
def test_a_model_of_texts_answers_the_same_in_every_runtime(text_zoo: Path, name: str) -> None:
    checks = verify_model(text_zoo / name / "1", ModelSettings.read(threads=1))
    assert failures(checks) == []
    assert [check.name for check in checks if check.outcome == "passed"] == [
        "files",
        "operations",
        "golden file",
        "tokenizer",
        "openvino",
        "tensorflow",
    ]


@pytest.mark.parametrize("runtime", ["openvino", "tensorflow"])
def test_an_answer_does_not_depend_on_other_texts(text_zoo: Path, runtime: RuntimeName) -> None:
    """Alone, among others and in another order; whatever padding that takes."""
    model = load_model(text_zoo / "reviews" / "1", ModelSettings.read(runtime=runtime, threads=1))
    texts = [*ODD_TEXTS.values()]
    together = classify_texts(model, texts, batch_size=7)
    assert [answer["truncated"] for answer in together].count(True) == 1
    tokenizer = expect_tokenizer(model)
    everything = model.runner({"text": tokenizer.batch(texts)})["probabilities"]
    for text, answer, padded in zip(texts, together, everything, strict=True):
        [alone] = classify_texts(model, [text])
        assert [*alone["scores"]] == FEELINGS
        assert alone["scores"] == pytest.approx(answer["scores"], abs=1e-5)
        assert [*alone["scores"].values()] == pytest.approx(padded.tolist(), abs=1e-5)
        assert alone["label"] == max(FEELINGS, key=alone["scores"].__getitem__)
    assert classify_texts(model, []) == []


def test_texts_of_one_length_share_batches() -> None:
    batches = by_length(NGRAMS, [20, 3, 16, 17, 600, 5, 24], 2)
    assert batches == [[1, 5], [2], [3, 0], [6], [4]]


@pytest.mark.keras
def test_a_model_that_takes_padding_for_words_is_refused(tmp_path: Path) -> None:
    publish_text_model(tmp_path, "unmasked", WORDS, FEELINGS, masked=False)
    with pytest.raises(ModelDamaged, match="asked alone: probabilities differs"):
        load_model(tmp_path / "unmasked" / "1", ModelSettings.read(runtime="openvino"))


def no_tokenizer(model: Path) -> None:
    (model / "assets.extra" / "tokenizer.json").unlink()


def broken_tokenizer(model: Path) -> None:
    (model / "assets.extra" / "tokenizer.json").write_text("{")


def other_rule(model: Path) -> None:
    write_tokenizer(model, WORDS.model_copy(update={"max_tokens": 50}))


def smaller_vocabulary(model: Path) -> None:
    write_tokenizer(model, WORDS.model_copy(update={"vocabulary": ("good", "bad")}))


def negative_ids(model: Path) -> None:
    golden = read_golden(model)
    write_golden(model, Golden({"text": -golden.inputs["text"]}, golden.outputs))


def wide_ids(model: Path) -> None:
    golden = read_golden(model)
    wide = golden.inputs["text"].astype(np.int64)
    write_golden(model, Golden({"text": wide}, golden.outputs))


def ids_of_three_axes(model: Path) -> None:
    golden = read_golden(model)
    write_golden(model, Golden({"text": golden.inputs["text"][..., None]}, golden.outputs))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (no_tokenizer, "tokenizer cannot be read"),
        (broken_tokenizer, "tokenizer: Invalid JSON"),
        (other_rule, "max_tokens 40, the tokenizer 50"),
        (smaller_vocabulary, "golden ids from 0 to 3"),
        (negative_ids, "golden ids from 0"),
        (wide_ids, "int64"),
        (ids_of_three_axes, "the golden file has"),
    ],
)
def test_a_model_whose_parts_do_not_fit_is_refused(
    reviews_copy: Path, damage: Callable[[Path], None], words: str
) -> None:
    damage(reviews_copy)
    seal(reviews_copy, read_card(reviews_copy))
    with pytest.raises(ModelDamaged, match=words):
        load_model(reviews_copy, ModelSettings.read(runtime="openvino"))
    problems = failures(verify_model(reviews_copy, ModelSettings.read(), ["openvino"]))
    assert words in "; ".join(problems)


def test_a_tokenizer_changed_behind_the_cards_back_is_refused(reviews_copy: Path) -> None:
    write_tokenizer(reviews_copy, WORDS.model_copy(update={"lowercase": False}))
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json was changed"):
        load_model(reviews_copy, ModelSettings.read())


def test_the_card_says_where_the_tokenizer_is(text_zoo: Path) -> None:
    model = text_zoo / "topics" / "1"
    spec = json.loads((model / CARD_FILE).read_bytes())["input"]
    assert spec == {"kind": "text", "tokenizer": "tokenizer.json", "max_tokens": 30}
    assert read_tokenizer(model).model_dump() == NGRAMS.model_dump()


def test_a_model_of_images_reads_no_texts() -> None:
    model = load_model(SHIPPED, ModelSettings.read(runtime="openvino", threads=1))
    with pytest.raises(InvalidSetting, match="of kind text, not image"):
        classify_texts(model, ["good"])
