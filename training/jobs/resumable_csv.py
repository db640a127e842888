"""A CSV file that takes hours to write: cut short, it is kept, and the same job goes on there.

Beside `answers.csv` lies, until that is whole, the folder `answers.csv.partial` with the rows so
far and, in `progress.json`, how many of them count and what they are answers to. What follows them
in the file, half a row maybe, does not count.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import OkazuError
from models.files import atomic_write_text, flush_to_disk
from training.data.messages import counted, notice
from training.jobs.spreadsheets import csv_text

KEPT_EVERY = 1.0  # seconds
_CHUNK = 1 << 20


class _Progress(BaseModel):
    """What of the file counts: its first bytes, and what they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    job: dict[str, str]
    rows: int = Field(default=0, ge=0, description="without the header")
    failed: int = Field(default=0, ge=0, description="of the rows")
    size: int = Field(default=0, ge=0, description="bytes")
    checksum: int = Field(default=0, description="CRC-32 of these bytes")


class PartialCsv:
    """Takes rows one by one, and keeps them on the disk every second; see `partial_csv`.

    Attributes:
        folder: Where it lies until it is whole.
    """

    def __init__(
        self, output: Path, header: Sequence[str], job: Mapping[str, str], escape_formulas: bool
    ) -> None:
        self._output = output
        self._escape_formulas = escape_formulas
        self.folder = output.with_name(f"{output.name}.partial")
        self._file_path = self.folder / "rows.csv"
        self._progress_path = self.folder / "progress.json"
        found = self._found(job)
        self._progress = found or _Progress(job=dict(job))
        self._file = self._file_path.open("r+b" if found else "w+b", buffering=0)
        self._pending: list[tuple[Sequence[object], bool]] = []
        self._kept = time.monotonic()
        if not found:
            self._append([header], _Progress(job=dict(job)))

    @property
    def rows(self) -> int:
        """How many there are, those of before among them."""
        return self._progress.rows + len(self._pending)

    @property
    def kept(self) -> int:
        """How many of them are on the disk."""
        return self._progress.rows

    @property
    def failed(self) -> int:
        """How many of the rows have an error for an answer."""
        return self._progress.failed + sum(failed for _, failed in self._pending)

    def add(self, cells: Sequence[object], *, failed: bool = False) -> None:
        """Takes the next row."""
        self._pending.append((cells, failed))
        if time.monotonic() - self._kept >= KEPT_EVERY:
            self.keep()

    def keep(self) -> None:
        """Makes all rows survive whatever comes."""
        progress = self._progress.model_copy(update={"rows": self.rows, "failed": self.failed})
        self._append([cells for cells, _ in self._pending], progress)
        self._kept = time.monotonic()

    def _append(self, rows: Sequence[Sequence[object]], progress: _Progress) -> None:
        """Writes rows behind those that count, and then that they count."""
        text = csv_text(rows, escape_formulas=self._escape_formulas)
        content = text.encode("utf-8", "replace")
        self._file.seek(self._progress.size)
        unwritten = memoryview(content)
        while unwritten:
            unwritten = unwritten[self._file.write(unwritten) :]
        os.fsync(self._file.fileno())
        size = self._progress.size + len(content)
        checksum = zlib.crc32(content, self._progress.checksum)
        progress = progress.model_copy(update={"size": size, "checksum": checksum})
        atomic_write_text(self._progress_path, progress.model_dump_json())
        # Nothing can come between these two, so that no row is kept twice.
        self._progress, self._pending = progress, []

    def finish(self) -> None:
        """Gives the file its name; what is in the folder goes."""
        self.keep()
        self._file.truncate(self._progress.size)
        os.fsync(self._file.fileno())
        self._file_path.replace(self._output)
        flush_to_disk(self._output.parent, recursive=False)
        self._progress_path.unlink()
        self.folder.rmdir()

    def remove(self) -> None:
        """Leaves nothing behind."""
        self._progress_path.unlink(missing_ok=True)
        self._file_path.unlink(missing_ok=True)
        self.folder.rmdir()

    def close(self) -> None:
        self._file.close()

    def _found(self, job: Mapping[str, str]) -> _Progress | None:
        """What the folder has of this job; if it has something else, that is told."""
        try:
            progress = _Progress.model_validate_json(self._progress_path.read_bytes())
            whole = self._checksum(progress.size) == progress.checksum
        except FileNotFoundError:
            return None
        except ValidationError:
            whole = False
        if not whole:
            notice(f"{self.folder}: damaged, starting anew")
            return None
        if changed := [name for name, value in job.items() if progress.job.get(name) != value]:
            notice(f"{self.folder}: the {' and the '.join(changed)} changed, starting anew")
            return None
        if progress.rows:
            notice(f"{self.folder}: going on after {counted(progress.rows, 'row')}")
        return progress

    def _checksum(self, size: int) -> int | None:
        """CRC-32 of the file's first bytes; None if there are fewer."""
        checksum = 0
        with self._file_path.open("rb") as file:
            while size and (chunk := file.read(min(_CHUNK, size))):
                checksum = zlib.crc32(chunk, checksum)
                size -= len(chunk)
        return None if size else checksum


@contextlib.contextmanager
def partial_csv(
    output: Path, header: Sequence[str], job: Mapping[str, str], *, escape_formulas: bool = True
) -> Iterator[PartialCsv]:
    """Opens a file that appears, whole, when the block ends well; else its rows are kept.

    Args:
        output: Of the file.
        header: Its first row.
        job: What its rows depend on, by name. Kept rows of the same job are not made again, those
            of another are thrown away.
        escape_formulas: Whether texts that a spreadsheet would run get an apostrophe; a part of the
            job.

    Raises:
        OkazuError: It cannot be written, or another process writes it.
    """
    if output.exists() and not output.is_file():
        raise OkazuError(f"{output}: expected the name of a file to write")
    job = {**job, "escaping of formulas": "yes" if escape_formulas else "no"}
    try:
        with _locked(output.with_name(f"{output.name}.partial"), output):
            partial = PartialCsv(output, header, job, escape_formulas)
            with contextlib.closing(partial):
                yield from _kept(partial)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise OkazuError(f"{output}: {error.strerror or error}{where}") from None


def _kept(partial: PartialCsv) -> Iterator[PartialCsv]:
    try:
        yield partial
        partial.finish()
    except BaseException as error:
        with contextlib.suppress(OSError):
            partial.keep() if partial.rows else partial.remove()
        if isinstance(error, KeyboardInterrupt | OSError) and partial.kept:
            rows = counted(partial.kept, "row")
            notice(f"{partial.folder} keeps {rows}; the same command goes on there")
        raise


@contextlib.contextmanager
def _locked(folder: Path, output: Path) -> Iterator[None]:
    """Makes a folder, and keeps other processes out of it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OkazuError(
                f"{output}: another process is writing it; wait, or name another file"
            ) from None
        yield
    finally:
        os.close(descriptor)
