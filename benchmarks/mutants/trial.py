"""Mutants in a copy of the project, one at a time, and what the tests say of them."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mutants.listing import Mutant, StaleMutant, mutated

KILLED, SURVIVED, STALE, BROKEN = "killed", "survived", "stale", "broken"
MOST_SECONDS = 600
_NOT_COPIED = shutil.ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "runs", "build", "dist", "zoo"
)
_FAILED = re.compile(r"^FAILED (.+?)(?: - .*)?$", re.MULTILINE)
# Imported once, in the process that those of the tests are forked from. Nothing of the project.
PRELOADED = ("pytest", "keras", "scipy.optimize", "sklearn.metrics", "matplotlib.figure")
_OPTIONS = ["-x", "-q", "-p", "no:cacheprovider"]


@dataclass(frozen=True)
class Verdict:
    """Outcome of one mutant.

    Attributes:
        mutant: Which one.
        outcome: `killed` if a test failed, `survived` if all passed, `stale` if there is nothing to
            change, `broken` if the tests did not run to a result.
        reason: The test that failed, or what went wrong.
        seconds: Duration of the tests.
    """

    mutant: Mutant
    outcome: str
    reason: str
    seconds: float

    def __str__(self) -> str:
        line = f"{self.outcome:<8} {self.mutant.name} ({self.seconds:.1f} s)"
        return f"{line}: {self.reason}" if self.reason else line


class Copy:
    """A copy of a project to try mutants in.

    Args:
        project: Root of the project.
        folder: Where the copy goes; it must not exist.
        preloaded: Modules that are imported once for all tests.
    """

    def __init__(self, project: Path, folder: Path, preloaded: Sequence[str] = PRELOADED) -> None:
        self._project, self._folder, self._preloaded = project, folder, preloaded
        shutil.copytree(project, folder, ignore=_NOT_COPIED)
        if (zoo := project / "models" / "zoo").is_dir():
            (folder / "models" / "zoo").symlink_to(zoo)  # only read, and too large to copy

    def try_out(self, mutant: Mutant) -> Verdict:
        """Run a mutant's tests with the fault in the copy, and mend the copy again."""
        began = time.perf_counter()
        path = self._folder / mutant.file
        try:
            content = mutated(mutant, self._project)
        except StaleMutant as stale:
            return Verdict(mutant, STALE, str(stale), 0.0)
        try:
            path.write_text(content, encoding="utf-8")
            _forget_bytecode(path)
            outcome, reason = self.test(mutant.tests)
        finally:
            shutil.copyfile(self._project / mutant.file, path)
            _forget_bytecode(path)
        return Verdict(mutant, outcome, reason, time.perf_counter() - began)

    def test(self, tests: Iterable[str]) -> tuple[str, str]:
        """Run tests in the copy as it is; `killed` if one fails, `survived` if all pass."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([*self._preloaded])
        log = self._folder.with_name(f"{self._folder.name}.log")
        process = context.Process(target=_run_tests, args=(self._folder, [*tests], log))
        process.start()
        process.join(MOST_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
            return BROKEN, f"the tests did not end within {MOST_SECONDS} seconds"
        if process.exitcode == 0:
            return SURVIVED, ""
        # Tests that cannot be collected or set up say nothing of what they promise.
        output = log.read_text(encoding="utf-8", errors="replace")
        failed = _FAILED.search(output)
        return (KILLED, failed[1]) if failed else (BROKEN, "no test failed:\n" + output[-2000:])


def _forget_bytecode(source: Path) -> None:
    """Drop what Python keeps of a file: it would not see a change of equal length in one second."""
    for kept in (source.parent / "__pycache__").glob(f"{source.stem}.*.pyc"):
        kept.unlink()


def _run_tests(folder: Path, tests: list[str], log: Path) -> None:
    """Run pytest in this process, on the code of the folder, and end the process with its code."""
    import pytest

    with log.open("wb") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    os.chdir(folder)
    sys.dont_write_bytecode = False  # the next tests are quicker for it
    os.environ["PYTHONPATH"] = str(folder)
    sys.path.insert(0, str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]:
        del sys.modules[name]  # that of the project, not of the copy
    code = int(pytest.main([*_OPTIONS, *tests]))
    sys.stdout.flush()
    os._exit(code)  # at once: threads of TensorFlow may be left
