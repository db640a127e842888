"""Text files in UTF-8, gzipped or not; what is wrong with one is told with its place."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from models.errors import InvalidSetting

COMPRESSED = ".gz"
_CHUNK = 1 << 20
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@contextmanager
def opened_text(path: Path) -> Iterator[IO[str]]:
    """Opens a file whose name may end in `.gz`; line ends stay as they are.

    Raises:
        InvalidSetting: There is no such file, or what the block reads is damaged or not in UTF-8.
    """
    try:
        # A byte order mark at the beginning is none of the text's.
        with _open(path, "rt", encoding="utf-8-sig", newline="") as file:
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


def _open(path: Path, mode: str, **options: Any) -> IO[Any]:
    if path.suffix.lower() == COMPRESSED:
        return cast(IO[Any], gzip.open(path, mode, **options))
    return path.open(mode, **options)


def _no_utf8(path: Path) -> str:
    """Where a file stops being UTF-8, found by reading it once more."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, chunk = 1, b" "
    with _open(path, "rb") as file:
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
