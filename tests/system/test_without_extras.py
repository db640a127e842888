"""`pip install okazu`, without extras: what must work, and what says in one line what it needs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.helpers.live_server import free_port
from tests.helpers.programs import DIGIT, Environment, ask_for_a_digit, serving

pytestmark = pytest.mark.slow

TRAINING = "{} needs {}: pip install 'okazu[train]'\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a user's own, with small data of each kind."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "images" / "3").mkdir(parents=True)
    (folder / "images" / "3" / "three.png").write_bytes(DIGIT.read_bytes())
    (folder / "texts.csv").write_text("text,label\nA lovely film.,positive\nA bad film.,negative\n")
    (folder / "lines.txt").write_text("Hello.\n")
    (folder / "pairs.tsv").write_text("en\tfr\nHello.\tBonjour.\n")
    return folder


def test_training_packages_are_not_there(light: Environment, folder: Path) -> None:
    """What the other tests of this file stand on."""
    program = "import importlib.util as u; print([n for n in {} if u.find_spec(n)])".format(
        ["tensorflow", "keras", "keras_tuner", "sklearn", "scipy", "matplotlib", "sacrebleu", "jax"]
    )
    command = [str(light.python), "-P", "-c", program]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("--help", "predict"),
        ("recipes", "digits-cnn"),
        ("datasets", "cifar10"),
        ("models", "translator-en-fr"),
        ("verify digits", "passed"),
        (f"predict digits {DIGIT}", ": 3 "),
        ("predict digits images --json", '"label": "3"'),
        ("predict sentiment texts.csv", "positive"),
        ("predict sentiment texts.csv --output answers.csv", "wrote answers.csv"),
        ("predict translator-en-fr lines.txt", "Salut"),
        ("translate Hello.", "Salut"),
        ("evaluate digits --data images --json", '"macro_f1": 1.0'),
        ("evaluate sentiment --data texts.csv --json", '"accuracy": 1.0'),
        ("serve --help", "--port"),
    ],
)
def test_using_models_works(light: Environment, folder: Path, command: str, expected: str) -> None:
    done = light.okazu(*command.split(), cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert expected in done.stdout


@pytest.mark.parametrize("command", ["train", "resume", "tune", "report", "evaluate", "export"])
def test_every_command_has_help(light: Environment, folder: Path, command: str) -> None:
    done = light.okazu(command, "--help", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("command", "package"),
    [
        ("train digits-cnn", "TensorFlow"),
        ("train digits-cnn --json", "TensorFlow"),
        ("tune digits-cnn --trials 1", "TensorFlow"),
        ("augment digits-cnn", "TensorFlow"),
        ("resume a-run", "TensorFlow"),
        ("report a-run", "TensorFlow"),
        ("export a-run", "TensorFlow"),
        ("evaluate a-run", "TensorFlow"),
        ("models --architectures", "TensorFlow"),
        ("evaluate digits", "scikit-learn"),
        ("evaluate translator-en-fr --data pairs.tsv", "sacreBLEU"),
    ],
)
def test_the_rest_says_what_to_install(
    light: Environment, folder: Path, finished_run: Path, command: str, package: str
) -> None:
    words = [str(finished_run) if word == "a-run" else word for word in command.split()]
    done = light.okazu(*words, cwd=folder)
    expected = TRAINING.format(f"okazu {words[0]}", package)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


def test_another_backend_has_an_extra_of_its_own(light: Environment, folder: Path) -> None:
    variables = {"KERAS_BACKEND": "jax"}
    done = light.okazu("train", "digits-cnn", cwd=folder, variables=variables)
    assert done.returncode == 2
    assert done.stderr.startswith("okazu train needs TensorFlow: ")


def test_the_service_answers(light: Environment, folder: Path) -> None:
    command = [light.bin / "okazu", "serve", "--model", "digits"]
    with serving(command, free_port(), folder) as url:
        assert json.loads(ask_for_a_digit(url))["predictions"][0]["label"] == "3"
