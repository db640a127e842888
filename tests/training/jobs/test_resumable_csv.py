"""A file that takes hours: cut short anywhere it goes on, and ends as if it never had been."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from models.errors import OkazuError
from training.jobs import resumable_csv as module
from training.jobs.resumable_csv import PartialCsv, partial_csv

JOB = {"model": "a:1", "inputs": "0f"}
ROWS = [[str(n), 'with "quotes", commas\r\nand lines \0 é', n % 7 == 0] for n in range(50)]
WHOLE = "number,text,failed\r\n" + "".join(
    f'{n},"with ""quotes"", commas\r\nand lines \0 é",{failed}\r\n' for n, _, failed in ROWS
)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "new" / "out.csv"


def opened(output: Path, job: dict[str, str] = JOB) -> AbstractContextManager[PartialCsv]:
    return partial_csv(output, ["number", "text", "failed"], job)


def write(output: Path, *, stop: int = len(ROWS), error: BaseException | None = None) -> int:
    """Writes the rows that are not there; returns the number of the first."""
    with opened(output) as partial:
        first = partial.rows
        assert partial.failed == sum(bool(row[2]) for row in ROWS[:first])
        for row in ROWS[first:stop]:
            partial.add(row, failed=bool(row[2]))
        if error:
            raise error
    return first


def test_a_file_appears_whole_and_nothing_else_stays(output: Path) -> None:
    with opened(output) as partial:
        for row in ROWS:
            partial.add(row)
        assert not output.exists()
    assert output.read_bytes().decode() == WHOLE
    assert [path.name for path in output.parent.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("every", [0.0, 1e9])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError(), OSError(errno.EIO, "")])
def test_what_is_cut_short_goes_on(
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    every: float,
) -> None:
    monkeypatch.setattr(module, "KEPT_EVERY", every)
    for stop in (13, 14, 40):
        with pytest.raises((type(error), OkazuError)):
            write(output, stop=stop, error=error)
        assert not output.exists()
    told = capsys.readouterr().err
    assert "out.csv.partial: going on after 14 rows" in told
    assert ("out.csv.partial keeps 40 rows; the same command goes on there" in told) == (
        not isinstance(error, ValueError)
    )
    assert write(output) == 40
    assert output.read_bytes().decode() == WHOLE
    assert not output.with_name("out.csv.partial").exists()


def test_what_is_killed_goes_on(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every moment what lies on the disk is enough, with half a row behind it too."""
    monkeypatch.setattr(module, "KEPT_EVERY", 0.0)
    copies = output.parent / "copies"
    with opened(output) as partial:
        for number, row in enumerate(ROWS[:7]):
            partial.add(row, failed=bool(row[2]))
            shutil.copytree(partial.folder, copies / f"{number}.csv.partial")
    for number in range(7):
        copy = copies / f"{number}.csv"
        with (copies / f"{number}.csv.partial" / "rows.csv").open("ab") as file:
            file.write(b'7,"half a ro' * (number % 3))
        assert write(copy) == number + 1
        assert copy.read_bytes().decode() == WHOLE


@pytest.mark.parametrize("writes", [18, 19, 20])
def test_a_full_disk_loses_nothing(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], writes: int
) -> None:
    """Whether it is full when rows are written or when it is written that they count."""
    monkeypatch.setattr(module, "KEPT_EVERY", 0.0)
    fsync, left = os.fsync, [writes]

    def full(descriptor: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OkazuError, match=r"out\.csv: No space left on device"):
            write(output)
    assert "keeps 5 rows" in capsys.readouterr().err
    assert write(output) in (5, 6)
    assert output.read_bytes().decode() == WHOLE


def _shorten(folder: Path) -> None:
    os.truncate(folder / "rows.csv", 100)


def _change(folder: Path) -> None:
    content = (folder / "rows.csv").read_bytes()
    (folder / "rows.csv").write_bytes(content.replace(b"commas", b"COMMAS", 1))


def _garble(folder: Path) -> None:
    (folder / "progress.json").write_bytes(b'{"format": 1, \xff')


def _other_format(folder: Path) -> None:
    (folder / "progress.json").write_text('{"format": 2, "job": {}}')


@pytest.mark.parametrize("damage", [_shorten, _change, _garble, _other_format])
def test_what_is_damaged_is_made_anew(
    output: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(output, stop=30, error=KeyboardInterrupt())
    damage(output.with_name("out.csv.partial"))
    assert write(output) == 0
    assert output.read_bytes().decode() == WHOLE
    assert "out.csv.partial: damaged, starting anew\n" in capsys.readouterr().err


def test_rows_that_are_gone_are_made_anew(output: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(output, stop=30, error=KeyboardInterrupt())
    (output.parent / "out.csv.partial" / "rows.csv").unlink()
    assert write(output) == 0
    assert output.read_bytes().decode() == WHOLE


@pytest.mark.parametrize(
    ("job", "told"),
    [
        ({**JOB, "model": "a:2"}, "the model changed, starting anew"),
        ({"model": "b", "inputs": "1"}, "the model and the inputs changed, starting anew"),
    ],
)
def test_rows_of_another_job_are_thrown_away(
    output: Path, capsys: pytest.CaptureFixture[str], job: dict[str, str], told: str
) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(output, stop=30, error=KeyboardInterrupt())
    with opened(output, job) as partial:
        assert (partial.rows, partial.failed) == (0, 0)
        partial.add(["1", "2", "3"])
    assert output.read_text() == "number,text,failed\n1,2,3\n"
    assert told in capsys.readouterr().err


def test_nothing_stays_of_a_file_without_rows(output: Path) -> None:
    with pytest.raises(ValueError, match="early"):
        write(output, stop=0, error=ValueError("early"))
    assert list(output.parent.iterdir()) == []


def test_two_do_not_write_one_file(output: Path) -> None:
    with opened(output) as partial:
        partial.add(ROWS[0])
        with pytest.raises(OkazuError, match=r"out\.csv: another process is writing it"):
            write(output)
    assert output.read_text().startswith("number")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("folder", "folder: expected the name of a file to write"),
        ("/dev/null", "/dev/null: expected the name of a file to write"),
        ("file/out.csv", "file/out.csv: Not a directory"),
        ("taken.csv", r"taken.csv: File exists \(.*taken.csv.partial\)"),
    ],
)
def test_what_cannot_be_written_is_told_first(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "taken.csv.partial").write_text("mine")
    with pytest.raises(OkazuError, match=message):
        write(tmp_path / name, error=AssertionError("it was opened"))
    assert (tmp_path / "taken.csv.partial").read_text() == "mine"
