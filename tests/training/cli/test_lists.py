"""What there is: help, recipes, data sets, models, architectures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.running import Okazu


def test_help_tells_what_there_is(okazu: Okazu) -> None:
    finished = okazu("--help")
    assert finished.code == 0
    commands = "train resume tune evaluate export verify predict translate serve bento"
    for command in commands.split():
        assert command in finished.out


@pytest.mark.parametrize(
    ("command", "expected"),
    [("recipes", "digits-cnn"), ("datasets", "1,797"), ("models", "digits")],
)
def test_lists(okazu: Okazu, command: str, expected: str) -> None:
    finished = okazu(command)
    assert finished.code == 0
    assert expected in finished.out
    assert finished.err == ""


def test_a_damaged_model_hides_no_other(okazu: Okazu, model_copy: Path) -> None:
    zoo = model_copy.parents[1]
    (zoo / "broken" / "1").mkdir(parents=True)
    listed = json.loads(okazu("models", "--json", "--zoo", zoo).out)["models"]
    assert [model["name"] for model in listed] == ["broken", "digits"]
    assert "expected a model card" in listed[0]["problem"]
    assert listed[1]["labels"] == [str(digit) for digit in range(10)]
    assert "damaged: " in okazu("models", "--zoo", zoo).out


@pytest.mark.slow
def test_architectures_are_listed_with_their_cost(okazu: Okazu) -> None:
    finished = okazu("models", "--architectures", "--input", "32x32x3", "--classes", "10", "--json")
    listed = {row["model"]: row for row in json.loads(finished.out)["architectures"]}
    assert {"mlp", "cnn", "alexnet", "vgg 16", "inception", "resnet 110"} <= set(listed)
    assert listed["resnet 20"]["parameters"] == 269_722
    assert listed["resnet 20"]["multiply_adds"] == pytest.approx(40.6e6, rel=0.01)
    assert okazu("models", "--architectures", "--input", "32x32").code == 2
