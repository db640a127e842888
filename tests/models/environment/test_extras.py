from __future__ import annotations

import sys
from pathlib import Path

import pytest

from models.card import read_card
from models.environment.extras import (
    PackageMissing,
    expect_installed,
    import_failure,
    missing_package,
)
from models.errors import RuntimeUnusable
from models.runtimes import RuntimeName, load_runner
from models.settings import ModelSettings
from tests.helpers.project import ROOT

ZOO = ROOT / "models" / "zoo"
MODEL = ZOO / "digits" / "1"


def test_a_package_that_is_not_there_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(PackageMissing, match=r"^sacreBLEU: pip install 'okazu\[train\]'$"):
        expect_installed("json", "sacrebleu")


def test_an_import_that_failed_for_another_reason_is_no_missing_package() -> None:
    assert missing_package(ModuleNotFoundError("No module named 'x'", name="x")) is None
    there = ImportError("cannot import name 'y' from 'keras'", name="keras")
    assert missing_package(there) is None


def test_the_reason_is_the_innermost_where_a_traceback_is_the_message() -> None:
    error = ImportError("Traceback (most recent call last):\n  File ...")
    error.__context__ = OSError("libcuda.so.1: cannot open shared object file")
    assert import_failure(error) == "libcuda.so.1: cannot open shared object file"


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is first on the path, for packages that raise."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize("runtime", ["openvino", "tensorflow"])
def test_a_broken_runtime_is_not_called_missing(
    broken: Path, runtime: RuntimeName, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == runtime]:
        monkeypatch.delitem(sys.modules, name)
    import models.runtimes.openvino as openvino_runtime

    openvino_runtime._core.cache_clear()
    (broken / f"{runtime}.py").write_text("raise RuntimeError('compiled for another NumPy')\n")
    expected = f"{runtime} is installed, but cannot be imported: compiled for another NumPy"
    with pytest.raises(RuntimeUnusable, match=expected):
        load_runner(runtime, MODEL, read_card(MODEL), ModelSettings())
