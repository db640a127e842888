"""`POST /translate`: texts in, translations out, as LibreTranslate takes and answers them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from models.artifact.loading import load_model
from models.settings import ModelSettings
from models.tasks.translation.documents import Translation
from models.tasks.translation.predict import translate
from service.app import Okazu

Serve = Callable[..., AbstractContextManager[TestClient]]

PAIR = {"source": "en", "target": "fr"}
SENTENCE = "The cat sees the small dog."


@pytest.fixture(scope="module")
def translator(translator_zoo: Path, serve: Serve) -> Iterator[TestClient]:
    """The service over the translator."""
    with serve(translator_zoo, max_texts=200) as client:
        yield client


@pytest.fixture(scope="module")
def offline(translator_zoo: Path) -> Callable[..., list[Translation]]:
    """The same translator without a service."""
    model = load_model(translator_zoo / "translator-en-fr" / "1", ModelSettings.read(threads=1))
    return lambda texts, alternatives=0: translate(model, texts, alternatives)


def ask(client: TestClient, text: object, **fields: object) -> dict[str, Any]:
    answer = client.post("/translate", json={"q": text, **PAIR, **fields})
    assert answer.status_code == 200, answer.json()
    content: dict[str, Any] = answer.json()
    return content


def test_one_text(translator: TestClient, offline: Callable[..., list[Translation]]) -> None:
    answer = ask(translator, SENTENCE)
    assert answer.keys() == {"translatedText", "scores", "model", "version"}
    assert (answer["model"], answer["version"]) == ("translator-en-fr", 1)
    [expected] = offline([SENTENCE])
    assert answer["translatedText"] == expected.text != SENTENCE
    assert answer["scores"] == pytest.approx([expected.score], abs=1e-4)


def test_a_list_is_answered_with_lists(translator: TestClient) -> None:
    texts = [SENTENCE, "", "A house.", SENTENCE]
    answer = ask(translator, texts)
    alone = [ask(translator, text) for text in texts]
    assert answer["translatedText"] == [one["translatedText"] for one in alone]
    assert answer["translatedText"][1] == ""
    for scores, one in zip(answer["scores"], alone, strict=True):
        assert scores == pytest.approx(one["scores"], abs=1e-4)
    assert ask(translator, ["A house."])["translatedText"] == answer["translatedText"][2:3]


def test_alternatives_with_their_scores(
    translator: TestClient, offline: Callable[..., list[Translation]]
) -> None:
    text = f"{SENTENCE}\n\nA house."
    answer = ask(translator, text, alternatives=3)
    [expected] = offline([text], 3)
    assert answer["alternatives"] == [other.text for other in expected.alternatives]
    assert len({answer["translatedText"], *answer["alternatives"]}) == 4
    assert len(answer["scores"]) == 4
    assert answer["scores"] == sorted(answer["scores"], reverse=True)
    assert ask(translator, text, alternatives=1)["alternatives"] == answer["alternatives"][:1]
    assert "alternatives" not in ask(translator, text, alternatives=0)


def test_alternatives_of_a_list_are_lists(translator: TestClient) -> None:
    answer = ask(translator, [SENTENCE, "", "7"], alternatives=2)
    assert [len(others) for others in answer["alternatives"]] == [2, 0, 0]
    assert [len(scores) for scores in answer["scores"]] == [3, 1, 1]
    assert answer["translatedText"][1:] == ["", "7"]


def test_line_breaks_and_spaces_come_back(translator: TestClient) -> None:
    text = f"\n  {SENTENCE}\r\n\r\n\tA house.  The dog!\n- not old\n\n"
    answer = ask(translator, text)["translatedText"]
    said = {part: ask(translator, part)["translatedText"] for part in (SENTENCE, "A house.")}
    assert answer.startswith(f"\n  {said[SENTENCE]}\r\n\r\n\t{said['A house.']}  ")
    assert answer.endswith("\n\n")
    assert [line[:2] for line in answer.split("\n")][4:] == ["- ", "", ""]


@pytest.mark.parametrize(
    "kept",
    [
        "{{name}}",
        "{0}",
        "%1$s",
        "<b>",
        "https://example.org/a?b=c&d",
        "someone@example.org",
        "1,234.5",
    ],
)
def test_what_is_no_language_comes_through(translator: TestClient, kept: str) -> None:
    answer = ask(translator, f"The cat sees {kept} in the garden.", alternatives=3)
    assert all(kept in text for text in [answer["translatedText"], *answer["alternatives"]])
    assert ask(translator, kept)["translatedText"] == kept


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\0", "\u200b", "!?", "12", "\ufffd"])
def test_what_has_no_words_is_its_own_translation(translator: TestClient, text: str) -> None:
    answer = ask(translator, text, alternatives=2)
    assert (answer["translatedText"], answer["alternatives"]) == (text, [])
    assert answer["scores"] == [0.0]


def test_half_a_surrogate_pair_is_replaced(translator: TestClient) -> None:
    content = (
        b'{"q": ["\\ud800", "a \\udc00 cat", "\\ud83d\\ude00"], "source": "en", "target": "fr"}'
    )
    texts = translator.post("/translate", content=content).json()["translatedText"]
    assert (texts[0], texts[2]) == ("\ufffd", "\N{GRINNING FACE}")


def test_service_and_library_translate_alike(
    translator: TestClient, offline: Callable[..., list[Translation]]
) -> None:
    """Sentences of every length, one of them longer than the model takes, in capitals and not."""
    words = "the cat sees a small house and the old dog likes the garden".split()
    sentences = [" ".join(words[: 1 + n % 13] * (1 + n % 4)).capitalize() + "." for n in range(120)]
    texts = ["\n".join(sentences), "THE OLD DOG", "the cat, " * 60, "no" * 300, *sentences[:9]]
    answer = ask(translator, texts)
    for text, scores, expected in zip(
        answer["translatedText"], answer["scores"], offline(texts), strict=True
    ):
        assert text == expected.text
        assert scores == pytest.approx([expected.score], abs=1e-4)


FORMS: dict[str, dict[str, Any]] = {
    "json": {"json": {"q": "a cat", **PAIR, "alternatives": 1}},
    "json, numbers as text": {"json": {"q": "a cat", **PAIR, "alternatives": "1"}},
    "json of no type": {"content": b'{"q":"a cat","source":"en","target":"fr","alternatives":1}'},
    "a form": {"data": {"q": "a cat", **PAIR, "alternatives": 1}},
    "a form in parts": {
        "files": {name: (None, text) for name, text in {**PAIR, "q": "a cat"}.items()},
        "params": {"alternatives": "1"},
    },
    "the address": {"params": {"q": "a cat", **PAIR, "alternatives": 1}},
    "some of each": {"params": PAIR, "json": {"q": "a cat", "alternatives": 1}},
    "all there is": {
        "json": {
            "q": "a cat",
            **PAIR,
            "alternatives": 1,
            "format": "text",
            "api_key": "xxxx-xxx",
            "secret": "",
            "model": "translator-en-fr:1",
        }
    },
    "nulls": {"json": {"q": "a cat", **PAIR, "alternatives": 1, "format": None, "api_key": None}},
    "json that curl calls a form": {
        "content": b'{"q": "a cat", "source": "en", "target": "fr", "alternatives": 1}',
        "headers": {"content-type": "application/x-www-form-urlencoded"},
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_however_it_is_asked(translator: TestClient, form: str) -> None:
    answer = translator.post("/translate", **FORMS[form])
    assert answer.status_code == 200, answer.json()
    assert answer.json() == ask(translator, "a cat", alternatives=1)


def test_what_a_form_has_stays_what_it_is(translator: TestClient) -> None:
    """No JSON is seen in it, and its escapes are read once."""
    for text in ("123", "null", '"a"', "%41+&=;", "a\r\nb\n", "\N{GRINNING FACE}é", ""):
        expected = ask(translator, text)
        parts = {name: (None, value) for name, value in {"q": text, **PAIR}.items()}
        assert translator.post("/translate", data={"q": text, **PAIR}).json() == expected
        assert translator.post("/translate", files=parts).json() == expected
        assert translator.post("/translate", params={"q": text, **PAIR}).json() == expected
    raw = "q=é&source=en&target=fr".encode()
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert translator.post("/translate", content=raw, headers=headers).json() == ask(
        translator, "é"
    )


@pytest.mark.slow
def test_as_many_texts_and_characters_as_the_settings_say(
    translator: TestClient, translator_zoo: Path, serve: Serve
) -> None:
    many = translator.post("/translate", json={"q": [""] * 201, **PAIR})
    assert (many.status_code, many.json()["error_type"]) == (413, "too_many_texts")
    assert "at most 200 texts, received 201" in many.json()["error"]
    with serve(translator_zoo, max_translated_characters=20) as client:
        assert ask(client, ["é" * 10, "b" * 10])["translatedText"]
        for text in ("a" * 21, ["a" * 20, "b"]):
            long = client.post("/translate", json={"q": text, **PAIR})
            assert (long.status_code, long.json()["error_type"]) == (413, "text_too_long")
            assert long.json()["error"] == "expected at most 20 characters, received 21"


@pytest.mark.slow
def test_more_sentences_than_may_wait_are_answered(translator_zoo: Path, serve: Serve) -> None:
    options: dict[str, Any] = {"max_queue": 2, "max_images": 1, "max_batch_size": 8}
    with serve(translator_zoo, **options) as client:
        text = "\n".join("cat " * (1 + number) for number in range(15))
        assert len(ask(client, text)["translatedText"].split("\n")) == 15


@pytest.mark.slow
def test_long_texts_are_cut_and_joined_in_threads(
    translator_zoo: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(translator_zoo) as client:
        predictor: Any = Okazu.registry.lookup("translator-en-fr").predictor
        threads: list[str] = []
        go_on = predictor._go_on

        def observed(*arguments: object) -> object:
            threads.append(threading.current_thread().name)
            return go_on(*arguments)

        monkeypatch.setattr(predictor, "_go_on", observed)
        ask(client, "a cat")
        [loop] = {*threads}
        threads.clear()
        ask(client, "a cat.\n" * 100)
        assert threads
        assert loop not in threads


def test_metrics_count_sentences(translator_zoo: Path, serve: Serve) -> None:
    with serve(translator_zoo) as client:
        name = 'okazu_batch_size_sum{model="translator-en-fr:1"}'

        def counted() -> float:
            lines = client.get("/metrics").text.splitlines()
            return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

        before = counted()
        ask(client, ["A cat. A dog.", "A cat.", "A house."])
        assert counted() - before == 3  # the same sentence is asked once
        assert 'route="/translate",status="200"' in client.get("/metrics").text
