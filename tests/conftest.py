"""What all tests share: a small trained run and a model exported from it, made once."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from models.settings import CONFIG_FILE_VARIABLE, ENV_PREFIX
from tests.helpers.exports import run_or_check

if TYPE_CHECKING:
    from training.run.folder import RunFolder

# Small and quick, yet with every kind of layer in it.
TINY = {
    "model.filters": [8],
    "model.convolutions": 1,
    "model.hidden": [16],
    "fit.epochs": 3,
    "fit.batch_size": 128,
}


# Fixtures that make a model, for which Keras is loaded.
MADE_WITH_KERAS = {"trained_run", "exported_zoo", "table_zoo", "text_zoo", "translator_zoo"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a model to be made, so that `make test-quick` can leave it out."""
    for item in items:
        if MADE_WITH_KERAS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.keras)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests see no settings of the person who runs them, and leave nothing in the project."""
    import os

    for name in [*os.environ]:
        if name.startswith(ENV_PREFIX) or name == CONFIG_FILE_VARIABLE:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True, scope="session")
def _exports_are_checked_here() -> Iterator[None]:
    """See `tests.helpers.exports`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "run", run_or_check)
        yield


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def okazu(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Finished]:
    """Runs `okazu` in this process: `okazu("train", "digits-cnn")`."""

    def run(*arguments: object) -> Finished:
        from training.cli.app import main

        monkeypatch.setattr("sys.argv", ["okazu", *map(str, arguments)])
        monkeypatch.setenv("PYTHONSAFEPATH", "")  # `main` sets it; afterwards it is as before
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return Finished(code if isinstance(code, int) else 1, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run of a tiny CNN; read it, do not change it."""
    from rich.console import Console

    from training.fitting.backend import start_keras

    start_keras()
    from training.fitting.progress import Progress
    from training.jobs import train as jobs
    from training.recipe.loading import load_recipe

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OKAZU_RUNS", str(tmp_path_factory.mktemp("runs")))
        progress = Progress(Console(file=io.StringIO()))
        return jobs.train(load_recipe("digits-cnn", TINY), progress).folder


@pytest.fixture(scope="session")
def exported_zoo(trained_run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model repository with `digits` version 1, exported from the run; copy it to change it."""
    from training.jobs.export import export_run

    zoo = tmp_path_factory.mktemp("zoo")
    export_run(trained_run, zoo)
    return zoo


@pytest.fixture(scope="session")
def table_zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model repository with two models of tables, `passengers` and `rents`; do not change it."""
    from tests.helpers.table_models import publish_table_models

    zoo = tmp_path_factory.mktemp("table_zoo")
    publish_table_models(zoo)
    return zoo


@pytest.fixture(scope="session")
def text_zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model repository with two models of texts, `reviews` and `topics`; do not change it."""
    from tests.helpers.text_models import publish_text_models

    zoo = tmp_path_factory.mktemp("text_zoo")
    publish_text_models(zoo)
    return zoo


@pytest.fixture(scope="session")
def translator_zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model repository with the translator `translator-en-fr`; do not change it."""
    from tests.helpers.translation_models import publish_translator

    zoo = tmp_path_factory.mktemp("translator_zoo")
    publish_translator(zoo)
    return zoo


@pytest.fixture
def model_copy(exported_zoo: Path, tmp_path: Path) -> Path:
    """The directory of a model that a test may damage."""
    path = tmp_path / "zoo" / "digits" / "1"
    shutil.copytree(exported_zoo / "digits" / "1", path)
    return path
