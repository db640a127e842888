from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.card import CARD_FILE, ImageInput, read_card, write_card
from models.errors import ModelDamaged


def test_a_card_survives_writing_and_reading(model_copy: Path) -> None:
    card = read_card(model_copy)
    write_card(model_copy, card)
    assert read_card(model_copy) == card
    assert card.name == "digits"
    assert card.labels == [str(digit) for digit in range(10)]
    assert card.input == ImageInput(height=8, width=8, mode="L")


def test_a_changed_card_is_refused(model_copy: Path) -> None:
    path = model_copy / CARD_FILE
    content = json.loads(path.read_text())
    content["labels"][3] = "eight"
    path.write_text(json.dumps(content))
    with pytest.raises(ModelDamaged, match="changed after it was written"):
        read_card(model_copy)


@pytest.mark.parametrize("text", ["", "{", "[]", '"card"', "null", "\x00"])
def test_what_is_no_card_is_refused(model_copy: Path, text: str) -> None:
    (model_copy / CARD_FILE).write_text(text)
    with pytest.raises(ModelDamaged):
        read_card(model_copy)


def test_a_missing_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="expected a model card"):
        read_card(tmp_path)


@pytest.mark.parametrize("member", ["../secret", "/etc/passwd", "a/../b", "./a"])
def test_a_card_names_no_file_outside_the_model(model_copy: Path, member: str) -> None:
    card = read_card(model_copy)
    write_card(model_copy, card.model_copy(update={"files": {member: "0" * 64}}))
    with pytest.raises(ModelDamaged, match="files"):
        read_card(model_copy)


def test_an_unknown_field_means_a_card_of_another_version(model_copy: Path) -> None:
    card = read_card(model_copy)
    write_card(model_copy, card.model_copy(update={"schema_version": 2}))
    with pytest.raises(ModelDamaged, match="schema_version"):
        read_card(model_copy)
