"""BentoML's own client gets from every endpoint what the endpoint answered, and nothing less."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.helpers.live_server import PATIENCE, ZOO, Server, serving
from tests.helpers.table_models import FLAT, PASSENGER

pytestmark = pytest.mark.slow


# Prints one line of JSON for each line `[endpoint, arguments, names of files]` that it reads, and
# one for the first image once more, opened by Pillow.
CLIENT = """
import json, pathlib, sys
import bentoml
from PIL import Image
with bentoml.SyncHTTPClient(sys.argv[1]) as client:
    for line in sys.stdin:
        endpoint, arguments, files = json.loads(line)
        paths = {name: [pathlib.Path(one) for one in given] if isinstance(given, list)
                 else pathlib.Path(given) for name, given in files.items()}
        print(json.dumps(getattr(client, endpoint)(**arguments, **paths)))
    print(json.dumps(client.classify(image=Image.open(sys.argv[2]), model="digits", top_k=3)))
"""
TO_FRENCH = {"source": "en", "target": "fr"}
TEXTS = ["A lovely film.", "I want my money back."]
TEMPLATE = (
    "The cat sees {{name}} & 3 dogs; 100 % of them!\n\nÀ bientôt: https://example.org/?a=b&c=d"
)

# Endpoint and JSON; `image` and `images` stand for the picture.
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "one image": ("classify", {"image": 1, "model": "digits", "top_k": 3}),
    "several images": ("classify", {"images": 2, "model": "digits"}),
    "rows, a class": ("predict", {"rows": [PASSENGER] * 2, "model": "passengers"}),
    "rows, a number": ("predict", {"rows": [FLAT] * 2, "model": "rents"}),
    "sentiment of one text": ("sentiment", {"text": TEXTS[0]}),
    "sentiment of several": ("sentiment", {"text": TEXTS}),
    "topic of one text": ("classify_text", {"text": TEXTS[0], "model": "topics"}),
    "topic of several": ("classify_text", {"text": TEXTS, "model": "topics"}),
    "one translation": ("translate", {"q": TEXTS[0], **TO_FRENCH}),
    "what is no language": ("translate", {"q": [TEMPLATE, ""], **TO_FRENCH}),
    "several translations": ("translate", {"q": TEXTS, **TO_FRENCH}),
    "alternatives": ("translate", {"q": TEXTS[0], "alternatives": 3, **TO_FRENCH}),
    "several with alternatives": ("translate", {"q": TEXTS, "alternatives": 2, **TO_FRENCH}),
    "a language found": ("translate", {"q": TEXTS[0], **TO_FRENCH, "source": "auto"}),
    "languages found": ("translate", {"q": TEXTS, **TO_FRENCH, "source": "auto"}),
}


@pytest.fixture(scope="module")
def server(
    table_zoo: Path,
    text_zoo: Path,
    translator_zoo: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    zoo = tmp_path_factory.mktemp("every_kind")
    for source in (table_zoo, text_zoo, translator_zoo):
        shutil.copytree(source, zoo, dirs_exist_ok=True)
    shutil.copytree(ZOO / "digits", zoo / "digits")
    with serving("--zoo", zoo) as server:
        yield server


def test_the_client_gets_every_answer_whole(server: Server, tmp_path: Path) -> None:
    Image.new("L", (8, 8), 200).save(data := io.BytesIO(), "PNG")
    picture = tmp_path / "eight.png"
    picture.write_bytes(data.getvalue())
    encoded = base64.b64encode(data.getvalue()).decode()
    asked, expected = [], []
    for endpoint, content in CASES.values():
        arguments, body = dict(content), dict(content)
        files: dict[str, str | list[str]] = {}
        if arguments.pop("image", 0):
            files, body = {"image": str(picture)}, {**body, "image": encoded}
        elif count := arguments.pop("images", 0):
            files, body = {"image": [str(picture)] * count}, {**body, "images": [encoded] * count}
        asked.append(json.dumps([endpoint, arguments, files]))
        answer = httpx.post(f"{server.url}/{endpoint}", json=body)
        assert answer.status_code == 200, answer.text
        expected.append(answer.json())
    command = [sys.executable, "-c", CLIENT, server.url, str(picture)]
    done = subprocess.run(
        command, input="\n".join(asked), capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    *received, pillow = [json.loads(line) for line in done.stdout.splitlines()]
    assert dict(zip(CASES, received, strict=True)) == dict(zip(CASES, expected, strict=True))
    assert pillow == expected[0]
