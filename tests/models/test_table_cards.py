"""Cards of models of tables, and such a model as a whole."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from models.artifact.golden import check_shapes, read_golden
from models.artifact.integrity import seal
from models.artifact.loading import load_model
from models.artifact.verification import failures, verify_model
from models.card import (
    ImageInput,
    ModelCard,
    TableColumn,
    TableInput,
    Target,
    read_card,
    write_card,
)
from models.errors import InvalidSetting, ModelDamaged, UnusableRow
from models.settings import ModelSettings
from models.tasks.tabular.predict import row_predictions, table_outputs
from tests.helpers.project import ROOT
from tests.helpers.table_models import PASSENGER_COLUMNS

SHIPPED = ROOT / "models" / "zoo" / "digits" / "1"


@pytest.fixture
def card(table_zoo: Path) -> ModelCard:
    return read_card(table_zoo / "passengers" / "1")


def test_a_card_of_a_table_survives_writing_and_reading(card: ModelCard, tmp_path: Path) -> None:
    write_card(tmp_path, card)
    assert read_card(tmp_path) == card
    assert card.input == PASSENGER_COLUMNS
    assert card.input.shape == (4,)
    assert card.target == Target(name="survived", kind="class")
    assert not card.predicts_number


def test_a_card_from_before_there_were_tables_is_valid() -> None:
    card = read_card(SHIPPED)
    assert card.expect_input(ImageInput).channels == 1
    assert card.target is None


def test_a_model_that_takes_something_else_is_told(card: ModelCard) -> None:
    assert card.expect_input(TableInput) is card.input
    with pytest.raises(InvalidSetting, match="of kind image, not table"):
        card.expect_input(ImageInput)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"target": None}, "has a target"),
        ({"task": "image_classification"}, "an input of kind image"),
        ({"labels": []}, "at least two labels"),
        ({"labels": ["yes", "yes"]}, "'yes' comes twice"),
        ({"target": {"name": "survived", "kind": "number"}}, "expected no labels"),
        ({"target": {"name": "age", "kind": "class"}}, "'age' comes twice"),
        ({"input": {"kind": "table", "columns": []}}, "at least 1 item"),
        ({"input": {"kind": "sound"}}, "image"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(
    card: ModelCard, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        ModelCard.model_validate(card.model_dump() | change)


@pytest.mark.parametrize(
    "column",
    [
        {"name": "", "type": "number"},
        {"name": "a", "type": "text"},
        {"name": "a", "type": "number", "values": ["x"]},
        {"name": "a", "type": "category"},
        {"name": "a", "type": "category", "values": ["x", "x"]},
        {"name": "a", "type": "category", "values": ["x"], "minimum": 0},
        {"name": "a", "type": "number", "minimum": 2, "maximum": 1},
        {"name": "a", "type": "number", "maximum": float("inf")},
    ],
)
def test_an_impossible_column_is_refused(column: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TableColumn.model_validate(column)


def test_columns_have_names_of_their_own() -> None:
    with pytest.raises(ValidationError, match="'a' comes twice"):
        TableInput(columns=[TableColumn(name="a", type="number")] * 2)


@pytest.mark.parametrize("name", ["passengers", "rents"])
def test_a_model_of_a_table_answers_the_same_in_every_runtime(table_zoo: Path, name: str) -> None:
    checks = verify_model(table_zoo / name / "1", ModelSettings.read(threads=1))
    assert failures(checks) == []
    assert [check.outcome for check in checks] == ["passed"] * 5


def test_outputs_that_do_not_fit_the_card_are_refused(table_zoo: Path, tmp_path: Path) -> None:
    model = tmp_path / "rents" / "1"
    shutil.copytree(table_zoo / "rents" / "1", model)
    card = read_card(model)
    as_classes = card.model_copy(
        update={"labels": ["low", "high"], "target": Target(name="rent", kind="class")}
    )
    seal(model, as_classes)
    with pytest.raises(ModelDamaged, match=r"2 labels for outputs of shape \[1\], expected \[2\]"):
        check_shapes(read_card(model), read_golden(model))


def test_a_row_that_the_network_cannot_bear_has_no_answer(table_zoo: Path) -> None:
    model = load_model(table_zoo / "rents" / "1", ModelSettings.read(threads=1))
    outputs = table_outputs(model, np.array([[3, 70], [3e38, 0]], np.float32))
    assert outputs.shape == (2, 1)
    assert len(row_predictions(model.card, outputs[:1])) == 1
    with pytest.raises(UnusableRow, match="row 12: its numbers are too large"):
        row_predictions(model.card, outputs, first_row=11)
