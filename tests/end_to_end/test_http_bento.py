"""BentoML's own ways to serve: from the source, and from a built bento."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
import yaml
from PIL import Image

from tests.helpers.live_server import bentoml_serving, read_all
from tests.helpers.project import ROOT

BENTOML = [sys.executable, "-m", "bentoml"]
PATIENCE = 90  # seconds

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """BentoML with a home of its own, and no word to its makers."""
    home = tmp_path_factory.mktemp("bentoml")
    return {**os.environ, "BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"}


@pytest.fixture(scope="module")
def bento(environment: dict[str, str]) -> Path:
    """The directory of a freshly built bento."""
    command = [*BENTOML, "build", "--output", "tag", "."]
    subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=PATIENCE
    )
    store = Path(environment["BENTOML_HOME"]) / "bentos" / "okazu"
    return store / (store / "latest").read_text().strip()


def serving(
    target: str, cwd: Path, environment: dict[str, str]
) -> AbstractContextManager[httpx.Client]:
    return bentoml_serving([*BENTOML, "serve", target], cwd, environment)


def check_service(client: httpx.Client) -> None:
    Image.new("L", (8, 8), 200).save(data := io.BytesIO(), "PNG")
    answer = client.post("/classify?model=digits", content=data.getvalue())
    assert (answer.status_code, answer.json()["model"]) == (200, "digits")
    assert client.get("/nothing").json().keys() == {"error", "error_type", "request_id"}
    assert client.get("/classify").headers["allow"] == "POST"
    pickled = {"content-type": "application/vnd.bentoml+pickle"}
    assert client.post("/classify", content=b"x", headers=pickled).status_code == 415
    check_protocol(client)
    metrics = client.get("/metrics").text
    assert re.search(r'okazu_requests_total{.*route="/classify".*} 1', metrics)


def check_protocol(client: httpx.Client) -> None:
    """What is no HTTP, and what is too much of it, is answered as by `okazu serve`."""
    for start, status in ((b"hello\r\n\r\n", 400), (b"GET /" + b"a" * 80_000, 431)):
        with socket.create_connection(("127.0.0.1", client.base_url.port or 0)) as connection:
            connection.sendall(start)
            head, _, body = read_all(connection).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert json.loads(body)["request_id"].encode() in head


def test_a_bad_setting_ends_bentoml_serve_with_one_line(
    environment: dict[str, str], tmp_path: Path
) -> None:
    here = {**environment, "PYTHONPATH": str(ROOT), "OKAZU_THREADS": "x"}
    command = [*BENTOML, "serve", "service.app:Okazu", "--port", "0"]
    done = subprocess.run(
        command, cwd=tmp_path, env=here, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"okazu: setting threads \(OKAZU_THREADS\): .* received 'x'\n", done.stderr)


def test_bentoml_serve_from_the_source(environment: dict[str, str], tmp_path: Path) -> None:
    here = {**environment, "PYTHONPATH": str(ROOT)}
    with serving("service.app:Okazu", tmp_path, here) as client:
        check_service(client)


def test_a_bento_holds_the_service_and_the_models_and_no_tensorflow(bento: Path) -> None:
    source = bento / "src"
    folders = {path.name for path in source.iterdir() if path.is_dir()}
    assert folders - {"zoo"} == {"models", "service"}  # a person may have own models here
    assert (source / "service" / "web" / "index.html").is_file()
    assert list((source / "models" / "zoo" / "digits").glob("*/saved_model.pb"))
    requirements = (bento / "env" / "python" / "requirements.txt").read_text()
    assert "openvino==" in requirements
    assert not re.search("tensorflow|keras", requirements)


def test_a_bento_is_served_by_its_tag(
    bento: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    assert bento.is_dir()
    with serving("okazu:latest", tmp_path, environment) as client:
        check_service(client)


def test_the_bentos_versions_are_those_of_the_constraints() -> None:
    content = yaml.safe_load((ROOT / "bentofile.yaml").read_text("utf-8"))
    constraints = (ROOT / "constraints.txt").read_text("utf-8").lower().replace("_", "-")
    for package in content["python"]["packages"]:
        assert package.lower().replace("_", "-") in constraints.splitlines()
