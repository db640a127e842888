"""A search that was cut short, at whatever moment and however, goes on as if it had not been."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest
from rich.console import Console

from models.errors import OkazuError
from tests.helpers.searches import SPACE, recipe, trained_in_no_time
from training.data.catalogue import load_dataset
from training.fitting.fit import FitResult
from training.fitting.interrupts import Interrupted
from training.fitting.progress import Progress
from training.jobs import search_space as oracles
from training.jobs import trial_records, tune
from training.jobs.trials import TrialReport
from training.jobs.tune import SearchResult, search
from training.recipe import Recipe, TunerName
from training.recipe.loading import override
from training.tasks.image_classification.task import ImageTask

TUNERS: list[TunerName] = ["hyperband", "bayesian", "random"]
# Files of a search that may be damaged, beside each other.
STATE = ["oracle.json", "tuner0.json", "trial_*/trial.json"]


class Killed(BaseException):
    """The process ends here."""


class Search:
    """A search whose trainings take no time."""

    def __init__(self) -> None:
        self.trained = 0
        self.shown: list[TrialReport] = []
        self.console = io.StringIO()

    def fit(self, network: object, what: Recipe, *_: object, **__: object) -> FitResult:
        self.trained += 1
        return trained_in_no_time(network, what)

    def run(self, trials: int = 4, tuner: TunerName = "random", **changes: Any) -> SearchResult:
        progress = Progress(Console(file=self.console, width=1000))
        what = override(recipe(epochs=9), changes)
        return search(what, tuner=tuner, trials=trials, progress=progress, show=self.shown.append)

    @property
    def told(self) -> str:
        return self.console.getvalue()


@pytest.fixture(scope="module")
def digits() -> Any:
    return load_dataset(recipe().data)


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: Any) -> Path:
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path / "runs"))
    # Networks are not trained here, so they need not be built, nor their memory be given back.
    monkeypatch.setattr(ImageTask, "load", lambda *_: digits)
    monkeypatch.setattr(ImageTask, "build_network", lambda *_: None)
    monkeypatch.setattr(keras.backend, "clear_session", lambda: None)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    return tmp_path / "runs"


@pytest.fixture
def searching(monkeypatch: pytest.MonkeyPatch) -> Search:
    search = Search()
    monkeypatch.setattr(tune, "fit", search.fit)
    return search


def tried(reports: list[TrialReport]) -> list[tuple[dict[str, Any], int]]:
    return [(report.values, report.epochs) for report in reports]


@pytest.fixture
def whole(searching: Search, runs: Path) -> Callable[..., list[tuple[dict[str, Any], int]]]:
    """What a search that nothing cuts short tries; it leaves nothing behind."""

    def run(*arguments: Any, **changes: Any) -> list[tuple[dict[str, Any], int]]:
        searching.run(*arguments, **changes)
        shutil.rmtree(runs)
        searching.trained = 0
        trials = tried(searching.shown)
        searching.shown.clear()
        return trials

    return run


@pytest.fixture(scope="module")
def known() -> dict[str, list[tuple[dict[str, Any], int]]]:
    return {}


@pytest.fixture
def whole_once(whole: Any, known: Any) -> Callable[..., list[tuple[dict[str, Any], int]]]:
    """As above, of a search that another test may have made already."""

    def run(*arguments: Any) -> list[tuple[dict[str, Any], int]]:
        key = repr(arguments)
        if key not in known:
            known[key] = whole(*arguments)
        trials: list[tuple[dict[str, Any], int]] = known[key]
        return trials

    return run


@pytest.mark.parametrize("tuner", TUNERS)
def test_a_seed_of_zero_is_a_seed(whole: Any, tuner: TunerName) -> None:
    """Over two fields six trials are random, and a seventh follows from them."""
    space = {name: SPACE[name] for name in ("fit.optimizer.learning_rate", "fit.batch_size")}
    first, again = (whole(7, tuner, search=space) for _ in range(2))
    assert first == again
    assert first != whole(7, tuner, search=space, **{"fit.seed": 1})


def kill_at(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, count: int, after: bool
) -> None:
    """Ends the process at the n-th call of a function, before or after it."""
    function = getattr(module, name)
    calls = iter(range(1, 10_000))

    def call(*arguments: Any) -> Any:
        last = next(calls) == count
        if last and not after:
            raise Killed
        answer = function(*arguments)
        if last:
            raise Killed
        return answer

    monkeypatch.setattr(module, name, call)


@pytest.mark.parametrize("tuner", TUNERS)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("module", "count"),
    [
        (oracles, 1),  # before the first trial is trained
        (trial_records, 1),
        (trial_records, 3),
        (oracles, 6),
        (tune, 2),  # tuner0.json, after the second trial
    ],
)
def test_a_killed_search_ends_as_one_never_killed(
    searching: Search,
    whole_once: Any,
    tuner: TunerName,
    module: Any,
    count: int,
    after: bool,
) -> None:
    expected = whole_once(5, tuner)
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, module, "atomic_write_text", count, after)
        with pytest.raises(Killed):
            searching.run(5, tuner)
    found = searching.run(5, tuner)
    assert found.trials == 5
    assert searching.trained <= 6  # no more than the trial that was running is made again
    missing = [trial for trial in expected if trial not in tried(searching.shown)]
    assert len(missing) <= 1  # recorded, and killed before it was shown
    assert [report.number for report in searching.shown][-1] == 5


def test_a_kill_before_the_best_is_written_loses_nothing(searching: Search) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tune, "to_yaml", lambda _: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            searching.run()
    found = searching.run()
    assert found.recipe_file.is_file()
    assert searching.trained == 4


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def make_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def other_values(path: Path) -> None:
    content = json.loads(path.read_text())
    if "hyperparameters" in content and "values" in content["hyperparameters"]:
        content["hyperparameters"]["values"] = dict.fromkeys(SPACE, "x")
    path.write_text(json.dumps(content))


TEARS: dict[str, Callable[[Path], object]] = {
    "truncated": truncate,
    "empty": lambda path: path.write_bytes(b""),
    "not JSON": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "list": lambda path: path.write_text("[]"),
    "null": lambda path: path.write_text("null"),
    "nested": lambda path: path.write_text("[" * 100_000),
    "incomplete": lambda path: path.write_text('{"trial_id": "0"}'),
    "other values": other_values,
    "missing": Path.unlink,
}


@pytest.mark.parametrize(
    ("tuner", "state", "tear"),
    [
        *(("random", STATE[-1], tear) for tear in TEARS),
        *((tuner, state, "truncated") for tuner in TUNERS for state in STATE),
        *(("hyperband", state, tear) for state in STATE for tear in ("missing", "list")),
    ],
)
def test_what_is_whole_is_recovered(
    searching: Search, whole_once: Any, tuner: TunerName, state: str, tear: str
) -> None:
    expected = whole_once(5, tuner)
    directory = searching.run(3, tuner, **{"search": SPACE}).directory
    torn = sorted(directory.glob(state))[0]
    TEARS[tear](torn)
    found = searching.run(5, tuner)
    assert found.trials >= 5
    remade = int("trial_" in state)
    if tuner != "hyperband":  # whose rounds have other sizes with more trials
        assert searching.trained == 5 + remade
        assert [trial for trial in expected if trial not in tried(searching.shown)] == []
    damaged = f"{torn} is damaged (" in searching.told
    assert damaged == (bool(remade) and tear != "missing")
    # And once more there is nothing left to do.
    before = searching.trained
    assert searching.run(5, tuner).metrics == found.metrics
    assert searching.trained == before


def test_a_folder_in_the_way_is_one_line(searching: Search) -> None:
    directory = searching.run(1).directory
    (directory / "oracle.json").unlink()
    (directory / "oracle.json").mkdir()
    with pytest.raises(OkazuError, match=r"oracle\.json: Is a directory; .*same command goes on"):
        searching.run(2)


def test_a_shorter_search_keeps_the_best_of_the_longer(searching: Search) -> None:
    longer = searching.run(5)
    shorter = searching.run(2)
    assert (shorter.metrics, shorter.trials) == (longer.metrics, 5)
    assert searching.trained == 5


def test_trials_that_failed_are_made_again(
    searching: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> FitResult:
        raise MemoryError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(tune, "fit", fail)
        with pytest.raises(OkazuError, match=r"3 trials in a row failed \(MemoryError: out of mem"):
            searching.run()
    found = searching.run()
    assert found.trials == 4
    assert not [trial.failure for trial in searching.shown[-4:] if trial.failure]


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def press_in(patch: pytest.MonkeyPatch, module: Any, name: str, count: int = 1) -> None:
    function = getattr(module, name)
    calls = iter(range(1, 10_000))

    def call(*arguments: Any, **options: Any) -> Any:
        if next(calls) == count:
            press()
        return function(*arguments, **options)

    patch.setattr(module, name, call)


@pytest.mark.parametrize(
    ("module", "name", "count", "ended"),
    [
        ("training.jobs.tune", "prepare_training", 2, 1),  # between building networks
        ("training.jobs.tune", "fit", 3, 2),
        ("training.jobs.tune", "best_epoch", 3, 2),
        ("training.jobs.trial_records", "atomic_write_text", 2, 2),
        ("training.jobs.search_space", "atomic_write_text", 4, 1),
        ("training.jobs.tune", "atomic_write_text", 2, 1),
        ("training.jobs.trials.TrialReport", "__init__", 2, 2),  # while a line is shown
    ],
)
def test_ctrl_c_is_heard_at_any_moment(
    searching: Search, whole_once: Any, module: str, name: str, count: int, ended: int
) -> None:
    expected = whole_once()
    with pytest.MonkeyPatch.context() as patch:
        import importlib

        parent, _, last = module.rpartition(".")
        owner = (
            getattr(importlib.import_module(parent), last)
            if last[0].isupper()
            else importlib.import_module(module)
        )
        press_in(patch, owner, name, count)
        found = searching.run()
    assert found.interrupted
    assert found.trials == ended == len(searching.shown)
    assert found.recipe_file.is_file()
    assert not [trial.failure for trial in searching.shown if trial.failure]
    found = searching.run()
    assert (found.interrupted, found.trials) == (False, 4)
    assert tried(searching.shown) == expected


def test_ctrl_c_that_became_another_error_is_no_failed_trial(
    searching: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swallow(*_: object, **__: object) -> None:
        try:
            press()
        except KeyboardInterrupt:
            raise ValueError("a library took it for its own") from None

    with monkeypatch.context() as patch:
        patch.setattr(tune, "fit", swallow)
        with pytest.raises(Interrupted, match="before a trial ended; the same command goes on"):
            searching.run()
    assert searching.shown == []


def test_ctrl_c_while_the_best_is_written(searching: Search) -> None:
    with pytest.MonkeyPatch.context() as patch:
        press_in(patch, tune, "to_yaml", 2)  # the first is search.yaml
        found = searching.run()
    assert found.interrupted
    assert found.recipe_file.is_file()
    assert searching.trained == found.trials == 4
