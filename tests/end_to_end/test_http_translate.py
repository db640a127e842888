"""A server of a translator, asked by the clients that people have.

LibreTranslate's published Python client is libretranslatepy 2.1.4. What BentoML's client gets is
in `test_http_client`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import httpx
import pytest
from libretranslatepy import LibreTranslateAPI

from tests.helpers.live_server import Server, serving

pytestmark = pytest.mark.slow


TEXT = "The cat sees {{name}} & 3 dogs; 100 % of them!\n\nÀ bientôt: https://example.org/?a=b&c=d"


@pytest.fixture(scope="module")
def server(translator_zoo: Path) -> Iterator[Server]:
    with serving("--zoo", translator_zoo, "--no-shipped-models") as server:
        yield server
        assert server.stop() == (0, "")


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("key", [None, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"])
def test_libretranslates_own_client(server: Server, slash: str, key: str | None) -> None:
    client = LibreTranslateAPI(f"{server.url}{slash}", key)
    assert client.languages() == [
        {"code": "en", "name": "English", "targets": ["fr"]},
        {"code": "fr", "name": "French", "targets": []},
    ]
    content = {"q": TEXT, "source": "en", "target": "fr"}
    expected = httpx.post(f"{server.url}/translate", json=content).json()["translatedText"]
    for source in ("en", "auto"):
        assert client.translate(TEXT, source, "fr") == expected
    assert client.translate("", "en", "fr") == ""


def test_libretranslates_own_client_is_told_what_is_wrong(server: Server) -> None:
    client = LibreTranslateAPI(server.url)
    with pytest.raises(HTTPError) as refused:
        client.translate(TEXT, "en", "es")
    with refused.value as error:
        assert error.code == 400
        content = json.loads(error.read())
    assert content["error"] == (
        "expected one of the pairs of languages en to fr; received 'en' to 'es'"
    )
