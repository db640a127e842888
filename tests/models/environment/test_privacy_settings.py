from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.environment.privacy import no_traces_of_keras, temporary_home
from tests.helpers.project import ROOT

pytestmark = pytest.mark.slow


PROGRAM = """
import sys
import models
from bentoml._internal.utils.analytics import usage_stats
assert usage_stats.do_not_track()
import openvino.tools.ovc.telemetry_utils as utils
print(utils.tm.__name__)
"""


def test_openvino_and_bentoml_report_nothing() -> None:
    """OpenVINO has a stub for where its telemetry package is missing."""
    environment = {n: v for n, v in os.environ.items() if n != "BENTOML_DO_NOT_TRACK"}
    root = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.stdout == "openvino.tools.ovc.telemetry_stub\n", done.stderr


def test_bentoml_is_told_though_it_asked_before() -> None:
    """As `bentoml serve` does, which imports the service later."""
    program = (
        "from bentoml._internal.utils.analytics.usage_stats import do_not_track\n"
        "assert not do_not_track()\n"
        "import service\n"
        "assert do_not_track()\n"
    )
    environment = {n: v for n, v in os.environ.items() if n != "BENTOML_DO_NOT_TRACK"}
    root = str(ROOT)
    subprocess.run([sys.executable, "-c", program], cwd=root, env=environment, check=True)


def test_a_temporary_home_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_HOME", raising=False)
    with temporary_home("SOME_HOME"):
        place = Path(os.environ["SOME_HOME"])
        (place / "settings.json").write_text("{}")
    assert not place.exists()
    assert "SOME_HOME" not in os.environ


def test_a_home_that_the_user_chose_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOME_HOME", str(tmp_path))
    with temporary_home("SOME_HOME"):
        assert os.environ["SOME_HOME"] == str(tmp_path)
    assert tmp_path.is_dir()


def test_a_list_of_fonts_that_is_there_is_not_made_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.delitem(sys.modules, "keras.src.backend.config", raising=False)
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with no_traces_of_keras():
        assert Path(os.environ["MPLCONFIGDIR"]).is_dir()
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "fontlist-v390.json").write_text("{}")
    with no_traces_of_keras():
        assert "MPLCONFIGDIR" not in os.environ


def test_keras_finds_downloaded_weights_in_the_usual_place() -> None:
    program = (
        "from training.fitting.backend import start_keras\n"
        "start_keras()\n"
        "from keras.src.backend.config import keras_home\n"
        "print(keras_home())\n"
    )
    root = ROOT
    environment = {n: v for n, v in os.environ.items() if n not in ("KERAS_HOME", "KERAS_BACKEND")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env={**environment, "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "/nonexistent/.keras\n"
