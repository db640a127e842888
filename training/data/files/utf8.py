"""Text files in UTF-8, gzipped or not; what is wrong with one is told with its place."""

from __future__ import annotations

import codecs
import functools
import gzip
import io
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from models.errors import InvalidSetting
from training.data.files.limits import DataLimits, data_limits

COMPRESSED = ".gz"
LONGEST_LINE = 1 << 26  # bytes; what reads lines has lower limits, in characters
_CHUNK = 1 << 20
_BUFFER = 1 << 18
_MOST_GZIP_GAIN = 1032  # bytes that deflate can make of one
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@contextmanager
def opened_text(path: Path) -> Iterator[IO[str]]:
    """Opens a file whose name may end in `.gz`; line ends stay as they are.

    Raises:
        InvalidSetting: There is no such file, it is larger than the limit, or what the block reads
            is damaged or not in UTF-8.
    """
    try:
        # A byte order mark at the beginning is none of the text's.
        with io.TextIOWrapper(_opened(path), encoding="utf-8-sig", newline="") as file:
            yield file
    except FileNotFoundError:
        raise InvalidSetting(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise InvalidSetting(f"{path}: expected a file, this is a folder") from None
    except UnicodeDecodeError:
        raise InvalidSetting(f"{path}: {_no_utf8(path)}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InvalidSetting(f"{path}: damaged, or not gzipped") from None
    except OSError as error:
        raise InvalidSetting(f"{path}: {error.strerror or error}") from None


def file_kind(path: Path) -> str:
    """What a file's name ends in, in small letters and without `.gz`: `.csv`."""
    return Path(path.name.lower().removesuffix(COMPRESSED)).suffix


class _Counted(io.RawIOBase):
    """A file's bytes, unpacked, as far as the limits allow."""

    def __init__(self, path: Path, limits: DataLimits) -> None:
        self._path, self._limits = path, limits
        self._file = _unpacked(path)
        self._size = self._line = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        chunk = self._file.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._size += len(chunk)
        self._limits.check("max_table_bytes", self._size, self._path)
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        self._line = self._line + len(chunk) if end < 0 else len(chunk) - end - 1
        if self._line > LONGEST_LINE:
            raise InvalidSetting(
                f"{self._path}: expected lines of at most {LONGEST_LINE:,} bytes, one is longer"
            )
        return len(chunk)

    def close(self) -> None:
        self._file.close()
        super().close()


def _opened(path: Path) -> io.BufferedReader:
    """Opens a file for reading, unpacked, once its size is known to be within the limits."""
    limits = data_limits()
    status = path.stat()
    if path.suffix.lower() != COMPRESSED:
        limits.check("max_table_bytes", status.st_size, path)
    elif stat.S_ISREG(status.st_mode) and (
        status.st_size * _MOST_GZIP_GAIN > limits.max_table_bytes
    ):
        _check_unpacked(path, status.st_size, status.st_mtime_ns, limits)
    return io.BufferedReader(_Counted(path, limits), _BUFFER)


@functools.lru_cache
def _check_unpacked(path: Path, size: int, stamp: int, limits: DataLimits) -> None:
    """Unpacks a file without keeping anything, so that no row of a bomb is read.

    Args:
        path: Path of the file.
        size: Its bytes; with `stamp`, the time of its change, they tell when to look again.
        stamp: See there.
        limits: The limits in force.
    """
    del size, stamp
    unpacked = 0
    with _unpacked(path) as file:
        while chunk := file.read(_CHUNK):
            unpacked += len(chunk)
            limits.check("max_table_bytes", unpacked, path)


def _unpacked(path: Path) -> IO[bytes]:
    if path.suffix.lower() == COMPRESSED:
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb", buffering=0)


def _no_utf8(path: Path) -> str:
    """Where a file stops being UTF-8, found by reading it once more."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, chunk = 1, b" "
    with _opened(path) as file:
        while chunk:
            chunk = file.read(_CHUNK)
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                return f"{no_utf8(error, line)}; save the file as UTF-8"
    return "it changed while it was read"


def no_utf8(error: UnicodeDecodeError, first_line: int = 1) -> str:
    """Where and why something is not UTF-8, in the words of an error for people.

    Args:
        error: What decoding it, or a part of it, raised.
        first_line: The line that the part begins on.
    """
    line = first_line + error.object.count(b"\n", 0, error.start)
    wide = line == 1 and error.object.startswith(_UTF_16)
    found = "UTF-16" if wide else f"the byte 0x{error.object[error.start]:02x}"
    return f"line {line:,}: expected UTF-8, found {found}"
