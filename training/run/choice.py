"""Which of a recipe's runs a command takes: the last finished one, or the last unfinished one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.errors import OkazuError
from training.run.folder import RunFolder, runs_of
from training.run.records import Summary

Note = Callable[[str], None]


def finished_run(reference: str, note: Note) -> RunFolder:
    """Opens a run by its path, as it is, or by its recipe's name the last one that finished.

    Args:
        reference: A run's path, `recipe/run`, or a recipe's name.
        note: Told in one line which run was taken, where there are several.

    Raises:
        InvalidSetting: There is no such run.
        OkazuError: None of the recipe's runs has finished.
    """
    paths, named = runs_of(reference)
    runs = [RunFolder(path) for path in paths]
    if named:
        if _was_interrupted(runs[0]):
            note(f"{runs[0].path} was interrupted: this is what there was then")
        return runs[0]
    finished = [number for number, run in enumerate(runs) if _has_finished(run)]
    if not finished:
        raise _none_finished(reference, runs)
    chosen = runs[finished[-1]]
    if len(runs) > 1:
        newer = len(runs) - 1 - finished[-1]
        note(f"{chosen.path}: the last finished run{f'; {newer} newer did not' * bool(newer)}")
    return chosen


def unfinished_run(reference: str, note: Note) -> RunFolder:
    """Opens a run by its path, or by its recipe's name the last one that can be resumed.

    Args:
        reference: See `finished_run`.
        note: Told in one line which run was taken, where there are several.

    Raises:
        InvalidSetting: There is no such run.
    """
    paths, named = runs_of(reference)
    runs = [RunFolder(path) for path in paths]
    unfinished = [run for run in runs if not _has_finished(run) or not run.report.exists()]
    if named or not unfinished:
        return runs[-1]
    if len(runs) > 1:
        note(f"{unfinished[-1].path}: the last unfinished run")
    return unfinished[-1]


def _summary(run: RunFolder) -> Summary | None:
    try:
        return run.read(Summary)
    except OkazuError:
        return None


def _has_finished(run: RunFolder) -> bool:
    summary = _summary(run)
    return summary is not None and not summary.interrupted and run.model.exists()


def _was_interrupted(run: RunFolder) -> bool:
    summary = _summary(run)
    return summary is not None and summary.interrupted


def _none_finished(reference: str, runs: Sequence[RunFolder]) -> OkazuError:
    newest = runs[-1]
    if newest.has(Summary):
        newest.read(Summary)  # where it is broken, that is what there is to tell
    message = f"no run of {reference!r} has finished; `okazu resume {newest.path}` goes on"
    interrupted = [run.path for run in runs if _was_interrupted(run)]
    if interrupted:
        message += f", or name {interrupted[-1]} to take it as it was when it was interrupted"
    return OkazuError(message)
