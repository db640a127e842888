"""Which languages there are, and which translator answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from models.artifact.integrity import seal
from models.card import CARD_FILE, SentenceInput, read_card
from models.errors import InvalidSetting
from service.__main__ import check_models
from service.settings import ServiceSettings
from service.tasks.translation.languages import NAMES, language_name

Serve = Callable[..., AbstractContextManager[TestClient]]


def add_translator(
    zoo: Path, original: Path, name: str, source: str, target: str, version: int = 1
) -> Path:
    """Publishes a translator under another name, for other languages."""
    directory = zoo / name / str(version)
    shutil.copytree(original / "translator-en-fr" / "1", directory)
    card = read_card(directory)
    languages = card.expect_input(SentenceInput).model_copy(
        update={"source": source, "target": target}
    )
    seal(directory, card.model_copy(update={"name": name, "version": version, "input": languages}))
    return directory


@pytest.fixture(scope="module")
def zoo(translator_zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """English to French by two models, German to French, English to a language without a name."""
    zoo = tmp_path_factory.mktemp("languages")
    for name, source, target in [
        ("en-fr", "en", "fr"),
        ("new-en-fr", "en", "fr"),
        ("de-fr", "de", "fr"),
        ("en-xyz", "en", "xyz"),
    ]:
        add_translator(zoo, translator_zoo, name, source, target)
    return zoo


@pytest.fixture(scope="module")
def several(zoo: Path, serve: Serve) -> Iterator[TestClient]:
    with serve(zoo, default_models=("new-en-fr", "de-fr")) as client:
        yield client


def ask(client: TestClient, source: str, target: str, **fields: object) -> Any:
    return client.post(
        "/translate", json={"q": "a cat", "source": source, "target": target, **fields}
    )


def refused(answer: Any, status: int = 400, error_type: str = "malformed_request") -> str:
    assert (answer.status_code, answer.json()["error_type"]) == (status, error_type)
    error: str = answer.json()["error"]
    return error


def test_every_language_is_listed_with_what_it_is_translated_into(several: TestClient) -> None:
    assert several.get("/languages").json() == [
        {"code": "de", "name": "German", "targets": ["fr"]},
        {"code": "en", "name": "English", "targets": ["fr", "xyz"]},
        {"code": "fr", "name": "French", "targets": []},
        {"code": "xyz", "name": "xyz", "targets": []},
    ]


def test_without_translators_there_are_no_languages(client: TestClient) -> None:
    assert client.get("/languages").json() == []
    error = refused(ask(client, "en", "fr"), 503, "model_refused")
    assert error.startswith("no model for translation is served; there is: digits:1")
    assert (
        refused(ask(client, "en", "fr", model="digits")) == "model digits:1 is not for translation"
    )


def test_names_of_languages() -> None:
    assert len(NAMES) == 183
    assert all(len(code) == 2 and name[0].isupper() for code, name in NAMES.items())
    assert [language_name(code) for code in ("zu", "pt", "pt-BR")] == [
        "Zulu",
        "Portuguese",
        "pt-BR",
    ]


def test_the_languages_choose_the_model(several: TestClient) -> None:
    """Where two would do the default answers; each pair has its own."""
    for source, target, name in [
        ("de", "fr", "de-fr"),
        ("en", "xyz", "en-xyz"),
        ("en", "fr", "new-en-fr"),
    ]:
        assert ask(several, source, target).json()["model"] == name
    assert ask(several, "en", "fr", model="en-fr").json()["model"] == "en-fr"


@pytest.mark.slow
def test_of_two_models_for_a_pair_one_is_named(zoo: Path, serve: Serve) -> None:
    with serve(zoo, models=("en-fr", "new-en-fr")) as client:
        assert "one of en-fr, new-en-fr" in refused(ask(client, "en", "fr"))
        assert ask(client, "en", "fr", model="en-fr:1").status_code == 200


@pytest.mark.parametrize(
    "pair", [("fr", "en"), ("en", "en"), ("en", "de"), ("EN", "fr"), ("q", "z")]
)
def test_an_unknown_pair_is_refused_with_those_there_are(
    several: TestClient, pair: tuple[str, str]
) -> None:
    error = refused(ask(several, *pair))
    assert error.endswith(f"received '{pair[0]}' to '{pair[1]}'")
    assert "de to fr, en to fr, en to xyz" in error


def test_a_named_model_translates_its_own_languages_only(several: TestClient) -> None:
    error = refused(ask(several, "en", "fr", model="de-fr"))
    assert error == "expected one of the pairs of languages de to fr; received 'en' to 'fr'"
    refused(ask(several, "en", "fr", model="fr-en"), 404, "model_not_found")


def test_auto_is_the_only_language_there_is(several: TestClient) -> None:
    only = ask(several, "auto", "xyz").json()
    assert only["detectedLanguage"] == {"language": "en", "confidence": 100.0}
    assert ask(several, "en", "xyz").json() == {
        name: value for name, value in only.items() if name != "detectedLanguage"
    }
    named = ask(several, "auto", "fr", model="de-fr").json()
    assert named["detectedLanguage"]["language"] == "de"
    texts = several.post("/translate", json={"q": ["a", "b"], "source": "auto", "target": "xyz"})
    assert texts.json()["detectedLanguage"] == [only["detectedLanguage"]] * 2


def test_auto_that_may_mean_several_is_refused(several: TestClient) -> None:
    assert "expected one of de, en, as" in refused(ask(several, "auto", "fr"))
    assert "de to fr, en to fr" in refused(ask(several, "auto", "en"))


def test_a_refused_translator_is_for_no_language(
    translator_zoo: Path, tmp_path: Path, serve: Serve
) -> None:
    add_translator(tmp_path, translator_zoo, "en-fr", "en", "fr")
    broken = add_translator(tmp_path, translator_zoo, "de-fr", "de", "fr")
    (broken / "saved_model.pb").write_bytes(b"")
    with serve(tmp_path) as client:
        assert [one["code"] for one in client.get("/languages").json()] == ["en", "fr"]
        assert ask(client, "auto", "fr").json()["detectedLanguage"]["language"] == "en"
        refused(ask(client, "de", "fr"))
        error = refused(ask(client, "de", "fr", model="de-fr"), 503, "model_refused")
        assert error.startswith("model de-fr:1 was refused")
    (tmp_path / "en-fr" / "1" / CARD_FILE).write_text("{")
    with serve(tmp_path) as client:
        assert client.get("/languages").json() == []
        refused(ask(client, "en", "fr"), 503, "model_refused")


def test_one_default_for_each_pair(zoo: Path) -> None:
    check_models(ServiceSettings.read(zoo=zoo, default_models=("en-fr", "de-fr", "en-xyz")))
    with pytest.raises(InvalidSetting) as rivals:
        check_models(ServiceSettings.read(zoo=zoo, default_models=("en-fr", "new-en-fr")))
    assert str(rivals.value).endswith(
        "received 'en-fr' and 'new-en-fr', both for translation from en to fr"
    )
