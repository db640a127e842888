"""Cards of translators, and golden answers that are ids."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from models.artifact.golden import Golden, check_golden, read_golden, write_golden
from models.artifact.integrity import seal
from models.artifact.loading import load_model
from models.artifact.verification import failures, verify_model
from models.card import ModelCard, SentenceInput, TextInput, read_card, write_card
from models.errors import InvalidSetting, ModelDamaged
from models.runtimes import Tensors
from models.settings import ModelSettings
from models.texts.subwords import SUBWORDS_FILE

SPEC = SentenceInput(source="en", target="fr", max_tokens=16)
# Three sentences, the last of which has a single hypothesis.
GOLDEN = Golden(
    {"sentence": np.array([[7, 8, 9, 3], [7, 8, 3, 0], [3, 0, 0, 0]], np.int32)},
    {
        "tokens": np.array(
            [[[5, 6, 7, 3], [5, 3, 0, 0]], [[5, 6, 3, 0], [6, 3, 0, 0]], [[3, 0, 0, 0], [0] * 4]],
            np.int32,
        ),
        "scores": np.array([[-0.5, -1], [-0.25, -2], [-0.125, -np.inf]], np.float32),
    },
)


@pytest.fixture
def card(translator_zoo: Path) -> ModelCard:
    return read_card(translator_zoo / "translator-en-fr" / "1")


@pytest.fixture
def translator_copy(translator_zoo: Path, tmp_path: Path) -> Path:
    path = tmp_path / "translator-en-fr" / "1"
    shutil.copytree(translator_zoo / "translator-en-fr" / "1", path)
    return path


def test_a_card_of_a_translator_survives_writing_and_reading(
    card: ModelCard, tmp_path: Path
) -> None:
    write_card(tmp_path, card)
    assert read_card(tmp_path) == card
    assert not card.has_labels
    assert not card.predicts_number
    spec = card.expect_input(SentenceInput)
    assert (spec.source, spec.target, spec.shape, spec.dtype) == ("en", "fr", (None,), "int32")
    with pytest.raises(InvalidSetting, match="of kind text, not sentence"):
        card.expect_input(TextInput)


def outputs(*kinds: tuple[str, list[int | None]]) -> dict[str, Any]:
    names = ("tokens", "scores", "attention")
    return {
        "outputs": [
            {"name": name, "dtype": dtype, "shape": shape}
            for name, (dtype, shape) in zip(names, kinds, strict=False)
        ]
    }


@pytest.mark.parametrize(
    "change",
    [
        {"task": "text_classification"},
        {"labels": ["yes", "no"]},
        {"target": {"name": "x", "kind": "class"}},
        {"input": {"kind": "text", "max_tokens": 40}},
        {"input": {**SPEC.model_dump(), "max_tokens": 15}},
        {"input": {**SPEC.model_dump(), "subwords": "../tokenizer.model"}},
        {"input": {**SPEC.model_dump(), "source": "English"}},
        {"input": {**SPEC.model_dump(), "target": "<b>"}},
        outputs(("int32", [4, None])),
        outputs(("float32", [4]), ("int32", [4, None])),
        outputs(("int32", [4, None]), ("float32", [3])),
        outputs(("int32", [4, 9]), ("float32", [4])),
        outputs(("int32", [None, None]), ("float32", [None])),
        outputs(("int32", []), ("float32", [])),
        outputs(("int64", [4, None]), ("float32", [4])),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(card: ModelCard, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ModelCard.model_validate(card.model_dump() | change)


def said(**changes: Any) -> Any:
    """A runner that gives the golden answers, cut to their length as the graph does, but for..."""

    def answer(inputs: Tensors) -> Tensors:
        [asked] = inputs.values()
        rows = [
            next(
                place
                for place, row in enumerate(GOLDEN.inputs["sentence"])
                if row[row != 0].tolist() == question[question != 0].tolist()
            )
            for question in asked
        ]
        answers = {name: changes.get(name, array)[rows] for name, array in GOLDEN.outputs.items()}
        length = int((answers["tokens"] != 0).sum(axis=-1).max())
        return {**answers, "tokens": answers["tokens"][..., : max(length, 1)]}

    return answer


def check(runner: Any) -> float:
    return check_golden(runner, GOLDEN, SPEC, "f32", "it")


def test_what_is_asked_alone_has_less_padding() -> None:
    assert check(said()) == 0
    assert said()({"sentence": np.array([[3]], np.int32)})["tokens"].shape == (1, 2, 1)
    scores = GOLDEN.outputs["scores"] + np.float32(1e-5)
    assert check(said(scores=scores)) == pytest.approx(1e-5, rel=0.1)


def changed(name: str, place: tuple[int, ...], value: float) -> Any:
    array = GOLDEN.outputs[name].copy()
    array[place] = value
    return {name: array}


@pytest.mark.parametrize(
    "changes",
    [
        changed("tokens", (0, 0, 1), 9),
        changed("tokens", (1, 0, 3), 9),  # where there was padding
        changed("scores", (0, 0), -0.6),
        changed("scores", (0, 0), np.nan),
        changed("scores", (0, 1), -np.inf),  # a hypothesis is missing
        changed("scores", (2, 1), -3),  # there is one too many
        changed("scores", (2, 1), np.inf),
        changed("scores", (2, 1), np.nan),
        {"tokens": GOLDEN.outputs["tokens"].astype(np.int64)},
        {"tokens": np.pad(GOLDEN.outputs["tokens"], [(0, 0), (0, 0), (0, 1)], constant_values=3)},
    ],
)
def test_other_answers_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ModelDamaged, match="golden answer"):
        check(said(**changes))


def damage_ids(model: Path) -> None:
    golden = read_golden(model)
    ids = {name: np.full_like(array, 100_000) for name, array in golden.inputs.items()}
    write_golden(model, Golden(ids, golden.outputs))


def damage_answers(model: Path) -> None:
    golden = read_golden(model)
    swapped = {name: array[:, ::-1].copy() for name, array in golden.outputs.items()}
    write_golden(model, Golden(golden.inputs, swapped))


def damage_subwords(model: Path) -> None:
    (model / "assets.extra" / SUBWORDS_FILE).write_bytes(b"\x08\x96\x01 no vocabulary")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (damage_ids, "expected golden ids from 0 to"),
        (damage_answers, "differs from the golden answer"),
        (damage_subwords, "no subwords of ours"),
    ],
)
def test_damage_is_told_and_refused(translator_copy: Path, damage: Any, told: str) -> None:
    damage(translator_copy)
    seal(translator_copy, read_card(translator_copy))
    problems = failures(verify_model(translator_copy, ModelSettings(), ["openvino"]))
    assert len(problems) == 1
    assert told in problems[0]
    with pytest.raises(ModelDamaged, match=told):
        load_model(translator_copy, ModelSettings(runtime="openvino"))
