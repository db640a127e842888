"""The translator that comes with the project: what people will type into it first."""

from __future__ import annotations

import json

import pytest

from models.artifact.loading import LoadedModel, load_model
from models.runtimes import RUNTIMES
from models.settings import ModelSettings
from models.tasks.translation.predict import translate
from tests.helpers.project import ROOT

pytestmark = pytest.mark.slow


TRANSLATOR = ROOT / "models" / "zoo" / "translator-en-fr" / "1"
MOST_BYTES = 40_000_000
EVERYDAY = {
    "I am tired.": "Je suis fatigué.",
    "I want to go home.": "Je veux rentrer chez moi.",
    "Thank you!": "Merci !",
    "She bought 3 apples and 12 oranges.": "Elle a acheté 3 pommes et 12 oranges.",
    "I was born on May 3, 1985.": "Je suis né le 3 mai 1985.",
    "Two young girls are playing with a ball in the park.": (
        "Deux jeunes filles jouent avec une balle dans le parc."
    ),
}
LONG = (
    "I don't know where he lives, but I think that she knows, because they went to school together"
    " when they were children; "
) * 6


@pytest.fixture(scope="module")
def translator() -> LoadedModel:
    return load_model(TRANSLATOR, ModelSettings(runtime="openvino"))


def texts(model: LoadedModel, asked: list[str]) -> list[str]:
    return [answer.text for answer in translate(model, asked)]


def test_it_is_small_enough_to_come_along() -> None:
    files = [path for path in TRANSLATOR.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES


def test_everyday_sentences_are_right_in_both_runtimes() -> None:
    for runtime in RUNTIMES:
        model = load_model(TRANSLATOR, ModelSettings(runtime=runtime))
        assert dict(zip(EVERYDAY, texts(model, list(EVERYDAY)), strict=True)) == EVERYDAY


def test_the_readme_shows_its_answer(translator: LoadedModel) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    [shown] = [json.loads(line) for line in readme if line.startswith('{"translatedText"')]
    [asked] = [line for line in readme if "localhost:3000/translate -d" in line]
    question = json.loads(asked.partition(" -d '")[2].removesuffix("'"))
    [answer] = translate(translator, [question["q"]], question["alternatives"])
    assert answer.text == shown["translatedText"]
    assert [other.text for other in answer.alternatives] == shown["alternatives"]
    scores = [answer.score, *(other.score for other in answer.alternatives)]
    assert scores == pytest.approx(shown["scores"], abs=1e-4)


def test_capitals_and_missing_marks_are_no_obstacle(translator: LoadedModel) -> None:
    plain, loud, short = texts(translator, ["I want to go home.", "I WANT TO GO HOME.", "NO!"])
    assert loud == plain.upper()
    assert short == "NON !"
    asked, unmarked = texts(translator, ["How are you?", "How are you"])
    assert unmarked == asked.removesuffix("?").rstrip()
    assert texts(translator, ["i want to go home"]) == ["je veux rentrer chez moi"]


@pytest.mark.parametrize(
    "kept",
    ["{{name}}", "{0}", "%1$s", "%{count}", "-5", "$5", "50%", "+33 6 12 34 56 78", "a@b.org"],
)
def test_what_is_no_word_comes_through(translator: LoadedModel, kept: str) -> None:
    text = f"I saw {kept} yesterday.\n\n  <b>See</b> {kept}!\tThere were 3 cats."
    [answer] = texts(translator, [text])
    assert answer.count(kept) == 2
    assert "\n\n  <b>" in answer
    assert "\t" in answer
    assert "3" in answer


def test_nothing_goes_round_in_circles(translator: LoadedModel) -> None:
    for asked, answer in zip(
        words := ["banana", "OK", "I", "hmm", "ha ha ha ha ha ha", "very very very good"],
        texts(translator, words),
        strict=True,
    ):
        assert answer
        assert len(answer.split()) <= 2 * len(asked.split()) + 3


def test_nothing_of_a_very_long_sentence_is_left_out(translator: LoadedModel) -> None:
    [answer] = texts(translator, [LONG])
    assert answer.count("école") == LONG.count("school")
