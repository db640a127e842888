"""Runs that were cut short: at the very end, before the first epoch, and what lies beside them."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from rich.console import Console

from models.errors import OkazuError
from tests.helpers.fits import InterruptingProgress, copy_of, runs_in, silent
from training.fitting.interrupts import Interrupted
from training.fitting.progress import Progress
from training.jobs import train as jobs
from training.recipe import Recipe
from training.recipe.loading import load_recipe
from training.run.choice import finished_run, unfinished_run
from training.run.folder import RunFolder
from training.run.records import Summary


class Killed(BaseException):
    """The process ends here."""


def recipe(**changes: Any) -> Recipe:
    return load_recipe(
        "digits-mlp", {"model.hidden": [8], "fit.epochs": 3, "fit.batch_size": 256, **changes}
    )


@pytest.fixture(autouse=True)
def runs(tmp_path: Path) -> Iterator[Path]:
    with runs_in(tmp_path / "runs"):
        yield tmp_path / "runs"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    with runs_in(tmp_path_factory.mktemp("whole")):
        return jobs.train(recipe(), silent()).folder


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that Ctrl-C ended in its third epoch; copy it to go on with it."""
    with runs_in(tmp_path_factory.mktemp("part")):
        return jobs.train(recipe(), InterruptingProgress(2)).folder


def kill(patch: pytest.MonkeyPatch, owner: Any, name: str, *, after: bool) -> None:
    function = getattr(owner, name)

    def last(*arguments: Any, **options: Any) -> None:
        of_another = name == "write" and not isinstance(arguments[1], Summary)
        if after or of_another:
            function(*arguments, **options)
        if not of_another:
            raise Killed

    patch.setattr(owner, name, last)


ENDS: dict[str, tuple[Any, str]] = {
    "samples.npz": (np, "savez_compressed"),
    "model.keras": (jobs, "save_network"),
    "metrics.json": (RunFolder, "write"),
    "report.html": (jobs, "write_report"),
}


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run killed when its last epoch had ended; copy it to go on with it."""
    with runs_in(tmp_path_factory.mktemp("unfinished")), pytest.MonkeyPatch.context() as patch:
        kill(patch, *ENDS["samples.npz"], after=False)
        with pytest.raises(Killed):
            jobs.train(recipe(), silent())
        return RunFolder.open("digits-mlp")


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("end", ENDS)
def test_a_run_killed_while_it_finishes_is_finished(
    unfinished: RunFolder, tmp_path: Path, whole: RunFolder, end: str, after: bool
) -> None:
    folder = copy_of(unfinished, tmp_path / "killed")
    with pytest.MonkeyPatch.context() as patch:
        kill(patch, *ENDS[end], after=after)
        with pytest.raises(Killed):
            jobs.resume(folder, silent())
    if (end, after) != ("report.html", True):
        resumed = jobs.resume(folder, silent())
        assert not resumed.interrupted
        assert resumed.metrics == whole.read(Summary).metrics
    assert folder.read(Summary).metrics == whole.read(Summary).metrics
    for name in ("samples.npz", "model.keras", "metrics.json", "report.html"):
        assert (folder.path / name).is_file()
    assert not [path for path in folder.path.iterdir() if path.name.startswith(".")]
    with pytest.raises(OkazuError, match="this run has ended, there is nothing to resume"):
        jobs.resume(folder, silent())


@pytest.mark.slow
def test_what_an_interrupted_part_left_is_not_taken_for_the_end(
    part: RunFolder, tmp_path: Path, whole: RunFolder
) -> None:
    folder = copy_of(part, tmp_path / "part")
    assert "was interrupted" in folder.report.read_text(encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        kill(patch, jobs, "write_report", after=False)
        with pytest.raises(Killed):
            jobs.resume(folder, silent())
    assert not folder.report.exists()
    assert jobs.resume(folder, silent()).metrics == whole.read(Summary).metrics
    assert "was interrupted" not in folder.report.read_text(encoding="utf-8")


@pytest.mark.slow
def test_resume_says_that_a_checkpoint_was_damaged(
    part: RunFolder, tmp_path: Path, whole: RunFolder
) -> None:
    folder = copy_of(part, tmp_path / "part")
    newest = sorted(folder.checkpoints.iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    console = io.StringIO()
    resumed = jobs.resume(folder, Progress(Console(file=console, width=1000)))
    assert f"checkpoint {newest} is damaged" in console.getvalue()
    assert "going on from epoch-00001.npz" in console.getvalue()
    assert resumed.metrics == whole.read(Summary).metrics


class Pressing(Progress):
    """Presses Ctrl-C where a step of the first epoch begins."""

    def callback(self, steps_per_epoch: int) -> keras.callbacks.Callback:
        del steps_per_epoch
        press = keras.callbacks.LambdaCallback
        return press(on_train_batch_begin=lambda *_, **__: os.kill(os.getpid(), signal.SIGINT))


def raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    "error", [ValueError("no such network"), MemoryError(), KeyboardInterrupt(), Killed()]
)
@pytest.mark.parametrize("name", ["prepare_training", "fit", "describe"])
def test_a_run_that_failed_before_its_first_epoch_leaves_no_folder(
    monkeypatch: pytest.MonkeyPatch, runs: Path, error: BaseException, name: str
) -> None:
    monkeypatch.setattr(jobs, name, raising(error))
    expected = Interrupted if isinstance(error, KeyboardInterrupt) else type(error)
    with pytest.raises(expected):
        jobs.train(recipe(), silent())
    assert list(runs.rglob("*")) == []


def test_ctrl_c_in_the_first_epoch_leaves_no_folder(runs: Path) -> None:
    progress = Pressing(Console(file=io.StringIO()))
    with pytest.raises(Interrupted, match="nothing was kept"):
        jobs.train(recipe(), progress)
    assert list(runs.rglob("*")) == []


def test_what_is_of_value_is_not_deleted(monkeypatch: pytest.MonkeyPatch, runs: Path) -> None:
    def note_and_fail(*_: object, **__: object) -> None:
        (RunFolder.open("digits-mlp").path / "notes.txt").write_text("mine")
        raise ValueError("no")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "fit", note_and_fail)
        with pytest.raises(ValueError, match="no"):
            jobs.train(recipe(), silent())
    assert len(list(runs.glob("*/*/notes.txt"))) == 1
    shutil.rmtree(runs)
    resumed = RunFolder.create(recipe())
    monkeypatch.setattr(jobs, "fit", raising(KeyboardInterrupt()))
    with pytest.raises(Interrupted, match=f"`okazu resume {resumed.path}` goes on"):
        jobs.resume(resumed, silent())
    assert resumed.path.is_dir()


@pytest.fixture
def three(whole: RunFolder, runs: Path) -> tuple[Path, Path, Path]:
    """A finished run, then one that was interrupted, then one that failed."""
    names = ("20260101-000000", "20260101-000000-2", "20260101-000000-10")
    finished, interrupted, failed = paths = [runs / "digits-mlp" / name for name in names]
    for path in paths:
        shutil.copytree(whole.path, path)
    summary = whole.read(Summary)
    RunFolder(interrupted).write(summary.model_copy(update={"interrupted": True}))
    (failed / "metrics.json").unlink()
    return finished, interrupted, failed


def test_a_recipe_names_its_last_finished_or_unfinished_run(
    three: tuple[Path, Path, Path],
) -> None:
    finished, interrupted, failed = three
    told: list[str] = []
    assert finished_run("digits-mlp", told.append).path == finished
    assert told == [f"{finished}: the last finished run; 2 newer did not"]
    assert unfinished_run("digits-mlp", told.append).path == failed
    assert told[1:] == [f"{failed}: the last unfinished run"]
    # By its path any is taken.
    for path in three:
        assert finished_run(str(path), told.append).path == path
        assert unfinished_run(f"digits-mlp/{path.name}", told.append).path == path
    assert told[2:] == [f"{interrupted} was interrupted: this is what there was then"]


def test_without_a_finished_run_there_is_a_way_out(three: tuple[Path, Path, Path]) -> None:
    finished, interrupted, failed = three
    shutil.rmtree(finished)
    with pytest.raises(OkazuError) as caught:
        finished_run("digits-mlp", print)
    assert f"`okazu resume {failed}` goes on, or name {interrupted} to take it" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_run_without_its_report_can_be_resumed_and_used(three: tuple[Path, Path, Path]) -> None:
    finished, interrupted, failed = three
    for path in (interrupted, failed):
        shutil.rmtree(path)
    (finished / "report.html").unlink()
    assert unfinished_run("digits-mlp", print).path == finished
    assert finished_run("digits-mlp", print).path == finished


def test_a_run_whose_network_is_gone_hides_no_finished_one_and_can_be_resumed(
    three: tuple[Path, Path, Path],
) -> None:
    finished, interrupted, failed = three
    shutil.copy(finished / "metrics.json", failed)
    (failed / "model.keras").unlink()
    assert finished_run("digits-mlp", print).path == finished
    shutil.rmtree(interrupted)
    assert unfinished_run("digits-mlp", print).path == failed
    jobs.resume(RunFolder(failed), silent())
    assert (failed / "model.keras").read_bytes()


def test_commands_take_the_finished_run_and_say_so(
    okazu: Any, three: tuple[Path, Path, Path]
) -> None:
    finished, _, failed = three
    evaluated = okazu("evaluate", "digits-mlp", "--json")
    assert evaluated.code == 0, evaluated.err
    assert json.loads(evaluated.out)["metrics"].keys() >= {"accuracy", "loss"}
    assert f"{finished}: the last finished run" in evaluated.err
    (finished / "report.html").unlink()
    assert okazu("report", "digits-mlp").out == f"wrote {finished / 'report.html'}\n"
    resumed = okazu("resume", "digits-mlp", "--json")
    assert resumed.code == 0, resumed.err
    assert json.loads(resumed.out)["run"] == str(failed)
    assert f"{failed}: the last unfinished run" in resumed.err


def test_export_takes_the_finished_run(
    okazu: Any, three: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    exported = okazu("export", "digits-mlp", "--zoo", tmp_path / "zoo", "--json")
    assert exported.code == 0, exported.err
    assert json.loads(exported.out)["version"] == 1
    assert f"{three[0]}: the last finished run; 2 newer did not" in exported.err
