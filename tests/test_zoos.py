"""Own models in ./zoo and shipped ones: every command of a folder sees the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from models.artifact.integrity import seal
from models.artifact.repository import SHIPPED_ZOO
from models.card import read_card, write_card
from models.errors import ModelNotFound
from service.__main__ import check_models, main
from service.settings import ServiceSettings
from tests.conftest import Finished
from tests.helpers.project import ROOT

Okazu = Callable[..., Finished]


@pytest.fixture
def own_digits(tmp_path: Path) -> Path:
    """`digits:7`, a copy of the shipped model, in ./zoo."""
    target = tmp_path / "zoo" / "digits" / "7"
    shutil.copytree(SHIPPED_ZOO / "digits" / "1", target)
    seal(target, read_card(target).model_copy(update={"version": 7}))
    return target


def listed(okazu: Okazu, *arguments: object) -> dict[str, tuple[str, list[int]]]:
    told = okazu("models", "--json", *arguments)
    assert (told.code, told.err) == (0, "")
    return {row["name"]: (row["zoo"], row["versions"]) for row in json.loads(told.out)["models"]}


def test_lists_say_which_zoo_a_model_is_from(okazu: Okazu, own_digits: Path) -> None:
    assert own_digits.is_dir()
    rows = listed(okazu)
    assert rows["digits"] == ("own", [7])
    assert rows["sentiment"] == ("shipped", [1])
    table = okazu("models").out
    assert "zoo" in table.splitlines()[1]
    assert ["digits", "own", "7"] in [line.split()[:3] for line in table.splitlines()]


def test_predict_takes_the_own_model(okazu: Okazu, own_digits: Path) -> None:
    picture = ROOT / "docs" / "images" / "digit.png"
    assert json.loads(okazu("predict", "digits", picture, "--json").out)["version"] == 7
    shutil.rmtree(own_digits.parent)
    assert json.loads(okazu("predict", "digits", picture, "--json").out)["version"] == 1


@pytest.mark.parametrize("how", ["option", "environment", "file"])
def test_another_folder_can_be_the_own_zoo(
    okazu: Okazu, own_digits: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    own_digits.parents[1].rename("elsewhere")
    assert listed(okazu)["digits"] == ("shipped", [1])
    if how == "environment":
        monkeypatch.setenv("OKAZU_ZOO", "elsewhere")
    elif how == "file":
        Path("okazu.toml").write_text('zoo = "elsewhere"\n')
    rows = listed(okazu, *(("--zoo", "elsewhere") if how == "option" else ()))
    assert rows["digits"] == ("own", [7])
    assert rows["sentiment"] == ("shipped", [1])


def test_serving_finds_what_is_listed(own_digits: Path) -> None:
    assert own_digits.is_dir()
    check_models(ServiceSettings.read(models=["digits:7", "sentiment"]))
    check_models(ServiceSettings.read(default_models=["digits:7", "sentiment"]))
    with pytest.raises(ModelNotFound, match="no version 1; there is: 7"):  # the own one hides it
        check_models(ServiceSettings.read(models=["digits:1"]))


COMMANDS = [
    ["models"],
    ["verify", "digits"],
    ["predict", "digits", "x.png"],
    ["evaluate", "digits"],
    ["translate", "Hello."],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_file_as_the_own_zoo_is_one_line(okazu: Okazu, command: list[str]) -> None:
    Path("zoo").write_text("no folder")
    told = okazu(*command)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("okazu: zoo: expected a folder of models, received none")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("command", COMMANDS[1:], ids=lambda command: command[0])
def test_a_zoo_that_is_not_there_is_no_reason_to_ask_another(
    okazu: Okazu, command: list[str]
) -> None:
    told = okazu(*command, "--zoo", "typo")
    assert (told.code, told.out) == (2, "")
    assert told.err == "okazu: --zoo: expected a folder of models, there is no typo\n"


def test_serving_tells_both_mistakes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)  # this process keeps its own
    assert main(["--zoo", "typo"]) == 2
    Path("zoo").write_text("no folder")
    assert main([]) == 2
    typo, file = capsys.readouterr().err.splitlines()
    assert typo == "okazu serve: --zoo: expected a folder of models, there is no typo"
    assert file.startswith("okazu serve: zoo: expected a folder of models")


def test_your_own_translator_is_asked_before_a_shipped_one(
    okazu: Okazu, tmp_path: Path, translator_zoo: Path
) -> None:
    for name, languages in {"mine": ("en", "fr"), "other": ("de", "en")}.items():
        target = tmp_path / "zoo" / name / "1"
        shutil.copytree(translator_zoo / "translator-en-fr" / "1", target)
        card = read_card(target)
        spec = card.input.model_copy(update=dict(zip(("source", "target"), languages, strict=True)))
        write_card(target, card.model_copy(update={"name": name, "input": spec}))
    told = okazu("translate", "The cat.", "--source", "en", "--json")
    assert json.loads(told.out)["model"] == "mine"
    assert told.err == "okazu: your own mine (en to fr) translates; --model names another\n"
    told = okazu("translate", "The cat.")
    assert told.code == 2
    assert "expected --model with one of several translators: mine (en to fr), other" in told.err
