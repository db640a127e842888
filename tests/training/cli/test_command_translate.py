from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from models.artifact.loading import LoadedModel, load_model
from models.card import CARD_FILE, SentenceInput, read_card, write_card
from models.settings import ModelSettings
from models.tasks.translation.predict import translate
from tests.helpers.project import ROOT
from tests.helpers.running import Okazu
from training.cli import translate as translating

NAME = "translator-en-fr"
PARAGRAPHS = "\ufeffThe cat likes the dog.\r\n\r\n\tThe garden is old! See http://example.org/."


@pytest.fixture(autouse=True)
def _translators(_zoo: None, translator_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKAZU_ZOO", str(translator_zoo))


@pytest.fixture(scope="module")
def translator(translator_zoo: Path) -> LoadedModel:
    return load_model(translator_zoo / NAME / "1", ModelSettings())


@pytest.fixture
def several(translator_zoo: Path, tmp_path: Path) -> Path:
    """A repository with translators from English to French, two, and back; and a damaged model."""
    zoo = tmp_path / "several"
    for name, source, target in (("a", "en", "fr"), ("b", "en", "fr"), ("c", "fr", "en")):
        shutil.copytree(translator_zoo / NAME, zoo / name)
        card = read_card(zoo / name / "1")
        spec = card.expect_input(SentenceInput).model_copy(
            update={"source": source, "target": target}
        )
        write_card(zoo / name / "1", card.model_copy(update={"name": name, "input": spec}))
    (zoo / "broken" / "1").mkdir(parents=True)
    return zoo


def give(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Lets standard input hold something."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_each_text_gives_its_translation(okazu: Okazu, translator: LoadedModel) -> None:
    texts = ["The cat likes the dog.", "", "Write to me@example.org.", ":smile: [bold]\tHe!"]
    told = okazu("translate", *texts)
    assert (told.code, told.err) == (0, "")
    assert told.out == "".join(f"{answer.text}\n" for answer in translate(translator, texts))


def test_alternatives_are_indented(okazu: Okazu, translator: LoadedModel) -> None:
    text = "The old cat sees\n a small dog."
    [answer] = translate(translator, [text], alternatives=2)
    told = okazu("translate", text, "--alternatives", "2")
    lines = [f"    {line}" for other in answer.alternatives for line in other.text.splitlines()]
    assert lines
    assert told.out.splitlines() == [*answer.text.splitlines(), *lines]


def test_one_json_object_has_everything(okazu: Okazu, translator: LoadedModel) -> None:
    texts = ["The old cat sees a small dog.", ""]
    told = okazu("translate", *texts, "--alternatives", "3", "--json", "--runtime", "openvino")
    content = json.loads(told.out)
    [first, empty] = content.pop("results")
    assert content == {"model": NAME, "version": 1, "source": "en", "target": "fr"}
    [answer, _] = translate(translator, texts, alternatives=3)
    assert first["translation"] == answer.text
    assert first["score"] == pytest.approx(answer.score, abs=1e-4)
    said = [other["translation"] for other in first["alternatives"]]
    assert said == [other.text for other in answer.alternatives]
    assert empty == {"translation": "", "score": 0, "alternatives": []}


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input_is_one_text(
    okazu: Okazu, translator: LoadedModel, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    give(monkeypatch, PARAGRAPHS.encode())
    [answer] = translate(translator, [PARAGRAPHS[1:]])
    told = okazu("translate", *arguments)
    assert told.out == f"{answer.text}\n"
    assert "\r\n\r\n\t" in told.out
    assert told.out.endswith("http://example.org/.\n")


@pytest.mark.parametrize("content", [b"", b" \t\r\n\n"])
def test_nothing_gives_nothing(
    okazu: Okazu, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    give(monkeypatch, content)
    told = okazu("translate")
    assert (told.code, told.out, told.err) == (0, content.decode(), "")


@pytest.mark.slow
def test_a_translator_is_found_by_its_languages(okazu: Okazu, several: Path) -> None:
    told = okazu("translate", "--zoo", several, "--source", "FR", "--json", "The cat.")
    assert told.code == 0, told.err
    assert json.loads(told.out)["model"] == "c"
    told = okazu(
        "translate", "--model", several / "b" / "1", "--target", "fr", "--json", "The cat."
    )
    assert json.loads(told.out)["model"] == "b"


MISTAKES: dict[str, tuple[list[str], str]] = {
    "several": (["--source", "en"], "one of several translators: a (en to fr), b (en to fr)"),
    "a pair that none has": (
        ["--source", "de", "--target", "en"],
        "there is: a (en to fr), b (en to fr), c (fr to en); damaged: broken",
    ),
    "not its language": (
        ["--model", "a", "--target", "de"],
        "model a: expected en to fr; received any language to de",
    ),
    "no such model": (["--model", "d"], "no model 'd'"),
    "a damaged model": (["--model", "broken"], "expected a model card"),
    "too many alternatives": (["--model", "a", "--alternatives", "4"], "--alternatives"),
    "not UTF-8": (["--model", "a", "caf\udce9"], "TEXT 2: expected UTF-8"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_and_exit_code_2(okazu: Okazu, several: Path, mistake: str) -> None:
    arguments, message = MISTAKES[mistake]
    told = okazu("translate", "The cat.", *arguments, "--zoo", several)
    assert (told.code, told.out) == (2, "")
    assert message in told.err
    assert told.err.startswith("okazu: ")
    assert told.err.count("\n") == 1


def test_other_models_translate_nothing(okazu: Okazu, exported_zoo: Path, tmp_path: Path) -> None:
    told = okazu("translate", "The cat.", "--zoo", exported_zoo, "--model", "digits")
    assert told.code == 2
    assert "expected a translator, digits is for image classification" in told.err
    (tmp_path / "nothing").mkdir()
    for zoo in (exported_zoo, tmp_path / "nothing"):
        told = okazu("translate", "The cat.", "--zoo", zoo)
        assert told.code == 2
        assert f"no translator in {zoo} yet" in told.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"The cat.\ncaf\xe9\n", "standard input: line 2: expected UTF-8, found the byte 0xe9"),
        ("The cat.".encode("utf-16"), "standard input: line 1: expected UTF-8, found UTF-16"),
        (b"cat " * 30, "standard input: expected at most 100 bytes"),
    ],
)
def test_standard_input_may_be_unusable(
    okazu: Okazu, monkeypatch: pytest.MonkeyPatch, content: bytes, message: str
) -> None:
    monkeypatch.setattr(translating, "MOST_INPUT", 100)
    give(monkeypatch, content)
    told = okazu("translate")
    assert (told.code, told.out) == (2, "")
    assert message in told.err
    assert told.err.count("\n") == 1


def test_without_standard_input_texts_are_asked_for(
    okazu: Okazu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    told = okazu("translate")
    assert told.code == 2
    assert "expected texts, as arguments or on standard input" in told.err


def test_a_damaged_translator_says_so(okazu: Okazu, several: Path) -> None:
    card = several / "a" / "1" / CARD_FILE
    card.write_bytes(card.read_bytes().replace(b'"fr"', b'"de"'))
    told = okazu("translate", "The cat.", "--zoo", several, "--model", "a")
    assert told.code == 2
    assert "the card was changed" in told.err


# Translates as the command does, and then tells which packages it has in memory.
PROGRAM = """
import sys
from training.cli.app import main
sys.argv = ["okazu", "translate", "{é œ} http://example.org/œ", "--runtime", "openvino"]
try:
    main()
except SystemExit as end:
    assert end.code == 0, end.code
print(*{"tensorflow", "keras", "scipy", "sacrebleu"} & {*sys.modules}, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def translated(translator_zoo: Path) -> subprocess.CompletedProcess[bytes]:
    """What a process of its own says, whose output is for a terminal of Latin-1."""
    environment = {"OKAZU_ZOO": str(translator_zoo), "PYTHONIOENCODING": "latin-1"}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )


def test_tensorflow_is_not_started(translated: subprocess.CompletedProcess[bytes]) -> None:
    assert translated.stdout.count(b"\n") == 1
    assert translated.stderr.strip() == b""


@pytest.mark.slow
def test_what_a_terminal_cannot_show_is_a_question_mark(
    translated: subprocess.CompletedProcess[bytes],
) -> None:
    assert translated.stdout.endswith(b" http://example.org/?\n")
