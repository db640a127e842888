"""Bentos in an environment that has what they ask for and nothing else.

The development environment hides a package that a bento forgets, so its requirements are installed
into an empty one (this needs a package index), and every shipped model is asked over HTTP.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import venv
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from PIL import Image

from models.artifact.golden import read_golden
from models.artifact.integrity import seal
from models.artifact.repository import SHIPPED_ZOO
from models.card import read_card
from tests.helpers.live_server import bentoml_serving
from tests.helpers.project import ROOT

PATIENCE = 120  # seconds until a service is ready
INSTALLING = 900
IMAGE_MODELS = ("digits", "fashion-mnist", "cifar10")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bento(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bento of all models, built by `okazu bento` where there is no project."""
    folder = tmp_path_factory.mktemp("somewhere")
    command = [sys.executable, "-P", "-m", "training", "bento", "--output", "box", "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return Path(json.loads(done.stdout)["path"])


@pytest.fixture(scope="module")
def python(bento: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the bento's requirements alone."""
    environment = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    requirements = bento / "env" / "python" / "requirements.txt"
    command = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALLING)
    assert done.returncode == 0, done.stderr
    return python


def serving(
    python: Path, bento: Path, cwd: Path, **settings: str
) -> AbstractContextManager[httpx.Client]:
    """Serves a bento with an environment's own BentoML, and nothing of this process' settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment = {**kept, "BENTOML_HOME": str(cwd / "home"), "BENTOML_DO_NOT_TRACK": "True"}
    command = [str(python), "-P", "-m", "bentoml", "serve", str(bento)]
    return bentoml_serving(command, cwd, environment | settings)


def served(client: httpx.Client) -> dict[str, tuple[int, str, str, str | None]]:
    models = client.get("/models").json()["models"]
    return {m["name"]: (m["version"], m["zoo"], m["state"], m["reason"]) for m in models}


def check_images(client: httpx.Client, name: str) -> None:
    golden, labels = (
        read_golden(SHIPPED_ZOO / name / "1"),
        read_card(SHIPPED_ZOO / name / "1").labels,
    )
    picture = golden.inputs["image"][0]
    Image.fromarray(picture.squeeze()).save(data := io.BytesIO(), "PNG")
    answer = client.post(f"/classify?model={name}", content=data.getvalue())
    assert answer.status_code == 200, answer.text
    best = labels[int(golden.outputs["probabilities"][0].argmax())]
    assert answer.json()["predictions"][0]["label"] == best


def check_every_model(client: httpx.Client) -> None:
    for name in IMAGE_MODELS:
        check_images(client, name)
    answer = client.post(
        "/sentiment", json={"text": "What a lovely film, I smiled all the way home."}
    )
    assert answer.json()["results"][0]["label"] == "positive", answer.text
    question = {"q": "Where is the nearest train station?", "source": "en", "target": "fr"}
    answer = client.post("/translate", json=question)
    assert answer.json()["translatedText"] == "Où se trouve la gare la plus proche ?", answer.text


def own_digits(zoo: Path) -> None:
    """`digits:7`, a copy of the shipped model."""
    target = zoo / "digits" / "7"
    shutil.copytree(SHIPPED_ZOO / "digits" / "1", target)
    seal(target, read_card(target).model_copy(update={"version": 7}))


def test_every_shipped_model_answers(bento: Path, python: Path, tmp_path: Path) -> None:
    own_digits(tmp_path / "zoo")  # here and in the settings, but not in the bento
    with serving(python, bento, tmp_path, OKAZU_ZOO=str(tmp_path / "zoo")) as client:
        names = sorted((*IMAGE_MODELS, "sentiment", "translator-en-fr"))
        assert served(client) == dict.fromkeys(names, (1, "shipped", "ready", None))
        check_every_model(client)
    assert "the setting zoo is not read in a bento" in (tmp_path / "serve.log").read_text()


def test_bentoml_build_in_the_project_takes_own_models_in(python: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    for name in ("service", "models", "docs"):
        shutil.copytree(ROOT / name, clone / name)
    shutil.copy(ROOT / "bentofile.yaml", clone)
    own_digits(clone / "zoo")
    home = {**os.environ, "BENTOML_HOME": str(tmp_path / "home"), "BENTOML_DO_NOT_TRACK": "True"}
    command = [sys.executable, "-m", "bentoml", "build", str(clone)]
    subprocess.run(command, cwd=clone, env=home, check=True, capture_output=True, timeout=PATIENCE)
    [built] = (path for path in (tmp_path / "home" / "bentos" / "okazu").iterdir() if path.is_dir())
    shutil.rmtree(clone)
    with serving(python, built, tmp_path) as client:
        found = served(client)
        assert found["digits"] == (7, "own", "ready", None)
        assert {name for name in found if found[name][1:3] == ("shipped", "ready")} == {
            "cifar10",
            "fashion-mnist",
            "sentiment",
            "translator-en-fr",
        }
        check_every_model(client)
