"""IDX files, the format of MNIST: a magic number, the sizes, then the bytes."""

from __future__ import annotations

import gzip
import io
import re
import struct
import zlib
from pathlib import PurePosixPath
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from models.errors import InvalidSetting
from training.data.files.folders import Source
from training.data.files.limits import read_member

_UNSIGNED_BYTES = 0x08
_MAX_BYTES = 1 << 31
_FILE = re.compile(r"(train|t10k)-(images|labels)[-.]idx([13])-ubyte(\.gz)?")
_WANTED = (("train", "images"), ("train", "labels"), ("t10k", "images"), ("t10k", "labels"))


def find_idx_files(source: Source) -> dict[tuple[str, str], str] | None:
    """The four files of MNIST's layout, (`train` or `t10k`, `images` or `labels`) -> file.

    Returns:
        None where there is not one of them.

    Raises:
        InvalidSetting: Some are missing, or there are several sets of them.
    """
    found: dict[tuple[str, str], str] = {}
    for member in source.members():
        match = _FILE.fullmatch(PurePosixPath(member.name).name)
        if match is None:
            continue
        known = found.get((match[1], match[2]))
        if known is None:
            found[match[1], match[2]] = member.name
        elif PurePosixPath(known).parent != PurePosixPath(member.name).parent:
            raise InvalidSetting(
                f"{source.path}: {known} and {member.name} are of two data sets;"
                " name the folder of one of them with data.path"
            )
    missing = [f"{part}-{kind}" for part, kind in _WANTED if (part, kind) not in found]
    if found and missing:
        raise InvalidSetting(
            f"{source.path}: expected the four IDX files of the data set; missing:"
            f" {', '.join(missing)}"
        )
    return found or None


def read_idx(source: Source, name: str, dimensions: int) -> NDArray[np.uint8]:
    """Reads an IDX file of unsigned bytes, compressed by gzip or not.

    Args:
        source: Has the file.
        name: Of the file.
        dimensions: That it must have.

    Raises:
        InvalidSetting: It is no such file, is larger than the limit, or is truncated or damaged.
    """
    where = f"{source.path}: {name}"
    packed = _unpacked(source.read(name))
    try:
        file = io.BytesIO(read_member(packed, source.limits, where))
        shape = _shape(file, dimensions, where)
        size = int(np.prod(shape, dtype=object))
        if size > _MAX_BYTES:
            raise InvalidSetting(f"{where}: the header promises {size:,} bytes; it is damaged")
        values = file.read(size + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InvalidSetting(f"{where} is truncated or damaged ({error})") from None
    if len(values) != size:
        received = "more" if len(values) > size else f"{len(values):,}"
        raise InvalidSetting(
            f"{where} is truncated or damaged: expected {size:,} bytes after the header,"
            f" received {received}"
        )
    return np.frombuffer(values, np.uint8).reshape(shape)


def _unpacked(content: bytes) -> IO[bytes]:
    file = io.BytesIO(content)
    if content.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    return file


def _shape(file: IO[bytes], dimensions: int, where: str) -> tuple[int, ...]:
    expected = bytes((0, 0, _UNSIGNED_BYTES, dimensions))
    magic, sizes = file.read(4), file.read(4 * dimensions)
    if magic != expected or len(sizes) < 4 * dimensions:
        raise InvalidSetting(
            f"{where}: expected an IDX file of {dimensions} dimension(s), which begins with"
            f" {expected.hex()} and the sizes; received {(magic + sizes).hex() or 'nothing'}"
        )
    return struct.unpack(f">{dimensions}I", sizes)
