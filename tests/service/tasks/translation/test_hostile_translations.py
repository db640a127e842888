"""Whatever is sent to be translated, the answer is the envelope or a translation, never a 500."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.helpers.envelopes import check_envelope, check_harmless
from tests.helpers.fuzzing import ANYTHING, FUZZ

pytestmark = pytest.mark.slow


PAIR = {"source": "en", "target": "fr"}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PARTS, PICKLE = "multipart/form-data; boundary=x", "application/vnd.bentoml+pickle"


@pytest.fixture(scope="module")
def translator(
    translator_zoo: Path, serve: Callable[..., AbstractContextManager[TestClient]]
) -> Iterator[TestClient]:
    with serve(translator_zoo, max_texts=20) as client:
        yield client


def body(q: object, **fields: object) -> bytes:
    return json.dumps({"q": q, **PAIR, **fields}).encode()


def parts(*fields: tuple[str, bytes], end: bytes = b"--x--\r\n") -> bytes:
    head = b"--x\r\nContent-Disposition: form-data; name=%s\r\n\r\n%s\r\n"
    return b"".join(head % (name.encode(), value) for name, value in fields) + end


DEEP = b'{"q": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
HOSTILE: dict[str, tuple[bytes, str, int]] = {
    "nothing": (b"", JSON, 400),
    "no JSON": (b"{", JSON, 400),
    "the text itself": (b"a cat", "text/plain", 400),
    "a list": (b'["a cat"]', JSON, 400),
    "bad UTF-8": (b'{"q": "\xff\xfe", "source": "en", "target": "fr"}', JSON, 400),
    "too deep": (DEEP, JSON, 400),
    "pickle": (pickle.dumps({"q": "a cat"}), PICKLE, 415),
    "NaN": (body(float("nan")), JSON, 400),
    "no text": (json.dumps(PAIR).encode(), JSON, 400),
    "no source": (b'{"q": "a cat", "target": "fr"}', JSON, 400),
    "no target": (b'{"q": "a cat", "source": "en"}', JSON, 400),
    "a key twice": (b'{"q": "a", "q": "b", "source": "en", "target": "fr"}', JSON, 400),
    "an unknown field": (body("a cat", alternative=1), JSON, 400),
    "source a number": (body("a cat", source=3), JSON, 400),
    "source empty": (body("a cat", source=""), JSON, 400),
    "source a list": (body("a cat", source=["en"]), JSON, 400),
    "source endless": (body("a cat", source="e" * 10**6), JSON, 400),
    "source half a surrogate": (body("a cat", source="\ud800"), JSON, 400),
    "target null": (body("a cat", target=None), JSON, 400),
    "target auto": (body("a cat", target="auto"), JSON, 400),
    "target unknown": (body("a cat", target="de"), JSON, 400),
    "html": (body("a cat", format="html"), JSON, 400),
    "another format": (body("a cat", format="rtf"), JSON, 400),
    "format a list": (body("a cat", format=["text"]), JSON, 400),
    "too many alternatives": (body("a cat", alternatives=4), JSON, 400),
    "fewer than none": (body("a cat", alternatives=-1), JSON, 400),
    "half an alternative": (body("a cat", alternatives=0.5), JSON, 400),
    "true alternatives": (body("a cat", alternatives=True), JSON, 400),
    "alternatives in words": (body("a cat", alternatives="two"), JSON, 400),
    "alternatives in other digits": (body("a cat", alternatives="\u0663"), JSON, 400),
    "endless alternatives": (body("a cat", alternatives=10**4000), JSON, 400),
    "model a number": (body("a cat", model=3), JSON, 400),
    "model unknown": (body("a cat", model="poems"), JSON, 404),
    "model a path": (body("a cat", model="../../etc"), JSON, 404),
    "null": (body(None), JSON, 422),
    "a number": (body(3), JSON, 422),
    "an object": (body({"q": "a cat"}), JSON, 422),
    "a null among texts": (body(["a cat", None]), JSON, 422),
    "lists in lists": (body([["a cat"]]), JSON, 422),
    "no texts": (body([]), JSON, 422),
    "too many texts": (body(["a cat"] * 21), JSON, 413),
    "too many of anything": (body([None] * 21), JSON, 413),
    "too long": (body("a" * 100_001), JSON, 413),
    "too long together": (body(["a" * 50_000, "b" * 50_001]), JSON, 413),
    "an empty form": (b"", FORM, 400),
    "a form without text": (b"source=en&target=fr", FORM, 400),
    "a form with a field twice": (b"q=a&q=b&source=en&target=fr", FORM, 400),
    "a form with an unknown field": (b"q=a&source=en&target=fr&a=b", FORM, 400),
    "a form of endless fields": (b"&".join([b"q=a"] * 10**5), FORM, 400),
    "a form of bad UTF-8": (b"q=\xff&source=en&target=fr", FORM, 400),
    "a form of bad escapes": (b"q=%ff&source=en&target=fr", FORM, 400),
    "a long form": (b"q=" + b"a" * 100_001 + b"&source=en&target=fr", FORM, 413),
    "no parts": (b"", PARTS, 400),
    "no boundary": (parts(("q", b"a")), "multipart/form-data", 400),
    "half the parts": (parts(("q", b"a"), end=b""), PARTS, 400),
    "a part twice": (parts(("q", b"a"), ("q", b"b")), PARTS, 400),
    "an unknown part": (parts(("text", b"a")), PARTS, 400),
    "endless parts": (parts(*[("q", b"a")] * 10_000), PARTS, 400),
    "a part of bad UTF-8": (parts(("q", b"\xff")), PARTS, 400),
    "a file": (parts(("q; filename=a", b"a")), PARTS, 400),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_body_is_refused(translator: TestClient, case: str) -> None:
    content, media_type, status = HOSTILE[case]
    answer = translator.post("/translate", content=content, headers={"content-type": media_type})
    check_envelope(answer)
    assert answer.status_code == status, answer.json()["error"]
    assert len(answer.json()["error"]) < 500


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (
            {"format": "html"},
            'format "html" is not supported; with "text" tags come through as they are',
        ),
        (
            {"alternatives": 4},
            'field "alternatives": expected a whole number from 0 to 3, received 4',
        ),
        (
            {"source": ""},
            'field "source": expected the code of a language, as GET /languages lists them;'
            " received ''",
        ),
        ({"q": ["a", 3]}, "text 2: expected a text, received int"),
        ({"q": 3}, 'field "q": expected a text or a list of texts, received int'),
    ],
)
def test_what_is_wrong_is_named(translator: TestClient, fields: dict[str, Any], error: str) -> None:
    answer = translator.post("/translate", json={"q": "a", **PAIR, **fields})
    assert answer.json()["error"] == error


@pytest.mark.parametrize(
    "query",
    ["q=%ff", "q=a&q=b", "a=b", "q=a&" * 30, "source=auto&source=en", "\xff", "q=a&model=3"],
)
def test_a_hostile_address_is_refused(translator: TestClient, query: str) -> None:
    answer = translator.post(f"/translate?{query}", json=PAIR)
    check_envelope(answer)
    assert answer.status_code in (400, 404)


LONG = {
    "a": "a" * 100_000,
    "lines": "a\n" * 50_000,
    "line breaks": "\r\n" * 50_000,
    "full stops": "." * 100_000,
    "sentences": "A cat. " * 14_000,
    "words": "word " * 20_000,
    "clauses": "the cat, " * 11_000,
    "accents": "a" + "\u0301\u0316" * 49_999,
    "emoji": "😀" * 100_000,
    "tags": "<b>" * 33_333,
    "open tags": "<b " * 33_333,
    "braces": "{{" * 50_000,
    "percents": "%1$s" * 25_000,
    "addresses": "http://a.b/ " * 8_333,
    "numbers": "1 " * 50_000,
    "quotes": "\"'" * 50_000,
    "capitals": "THE CAT " * 12_500,
    "nothing": "\0\u200b" * 50_000,
    "symbols": "\ue000" * 100_000,
}


@pytest.mark.parametrize("case", LONG)
def test_a_long_text_is_answered(translator: TestClient, case: str) -> None:
    answer = translator.post("/translate", content=body(LONG[case], alternatives=3))
    assert answer.status_code == 200, answer.json()
    assert answer.json()["translatedText"]


_TEXTS = st.text(max_size=30) | st.text(
    alphabet="cat .\n{}<b>%1$s3\ud800\0\u0301😀'\ue000", max_size=60
)


@FUZZ
@given(content=ANYTHING | st.dictionaries(st.sampled_from(["q", *PAIR, "alternatives"]), ANYTHING))
def test_any_json(translator: TestClient, content: Any) -> None:
    check_harmless(translator.post("/translate", content=json.dumps(content).encode()))


@FUZZ
@given(name=st.sampled_from(["q", *PAIR, "alternatives", "format", "model"]), value=ANYTHING)
def test_any_field(translator: TestClient, name: str, value: Any) -> None:
    check_harmless(
        translator.post(
            "/translate", content=json.dumps({"q": "a cat", **PAIR, name: value}).encode()
        )
    )


@FUZZ
@given(
    content=st.binary(max_size=60) | _TEXTS.map(lambda text: text.encode("utf-8", "replace")),
    media_type=st.sampled_from([FORM, PARTS]),
)
def test_any_form(translator: TestClient, media_type: str, content: bytes) -> None:
    headers = {"content-type": media_type}
    for sent in (content, b"source=en&target=fr&q=" + content, parts(("q", content))):
        check_harmless(translator.post("/translate", content=sent, headers=headers))


@FUZZ
@given(texts=st.lists(_TEXTS, min_size=1, max_size=3), alternatives=st.integers(0, 3))
def test_any_texts(translator: TestClient, texts: list[str], alternatives: int) -> None:
    answer = translator.post("/translate", content=body(texts, alternatives=alternatives))
    assert answer.status_code == 200, answer.json()
    content = answer.json()
    assert len(content["translatedText"]) == len(content["scores"]) == len(texts)
    for text, translation in zip(texts, content["translatedText"], strict=True):
        assert translation.count("\n") == text.count("\n")
