"""How much of other people's data is read: limits that real data sets pass and bombs do not.

Sizes in headers may lie, so bytes are counted while they are read, too.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, Literal, Protocol

from pydantic import ByteSize, Field, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.errors import InvalidSetting
from models.settings import ENV_PREFIX, plain_message

_CHUNK = 1 << 16
_MIB, _GIB = 1 << 20, 1 << 30

Limit = Literal["max_member_bytes", "max_members", "max_unpacked_bytes", "max_table_bytes"]


class DataLimits(BaseSettings):
    """Limits of what `data.path`, `--data` and the inputs of `okazu predict` may hold.

    Each is raised by an environment variable, such as `OKAZU_MAX_TABLE_BYTES=8GiB`.
    """

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="ignore", frozen=True)

    max_member_bytes: ByteSize = Field(
        default=ByteSize(256 * _MIB), gt=0, description="one file of a folder or archive, unpacked"
    )
    max_members: PositiveInt = Field(
        default=2_000_000, description="files and folders in a folder or archive"
    )
    max_unpacked_bytes: ByteSize = Field(
        default=ByteSize(256 * _GIB), gt=0, description="all files of an archive, unpacked"
    )
    max_table_bytes: ByteSize = Field(
        default=ByteSize(2 * _GIB), gt=0, description="a file of rows, texts or pairs, unpacked"
    )

    def check(self, limit: Limit, received: int, where: object) -> None:
        """Refuses what is above a limit.

        Args:
            limit: Name of the limit.
            received: Bytes or members found, so far or declared.
            where: What has them, for the message.

        Raises:
            InvalidSetting: There are more than the limit; the message names the setting.
        """
        most = getattr(self, limit)
        if received > most:
            unit = "members" if limit == "max_members" else "bytes unpacked"
            raise InvalidSetting(
                f"{where}: expected at most {most:,} {unit}, received {received:,} or more; if you"
                f" trust the file, raise the limit: {ENV_PREFIX}{limit.upper()}"
            )


def data_limits() -> DataLimits:
    """The limits that the environment sets.

    Raises:
        InvalidSetting: One is no positive number.
    """
    try:
        return DataLimits()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise InvalidSetting(
            f"{ENV_PREFIX}{name.upper()}: {plain_message(first['msg'])}; received"
            f" {first['input']!r}"
        ) from None


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_member(file: _Readable, limits: DataLimits, where: object) -> bytes:
    """Reads a file to its end, piece by piece.

    Raises:
        InvalidSetting: It has more than `max_member_bytes`.
    """
    content = io.BytesIO()  # whose value shares its memory, unlike that of joined pieces
    while chunk := file.read(_CHUNK):
        content.write(chunk)
        limits.check("max_member_bytes", content.tell(), where)
    return content.getvalue()


def read_file(path: Path, limits: DataLimits | None = None, where: object = None) -> bytes:
    """Reads a file of one's own, such as a picture.

    Args:
        path: Path of the file.
        limits: How much is read; None for what the environment sets.
        where: What the message calls the file; None for its path.

    Raises:
        InvalidSetting: It has more than `max_member_bytes`.
        OSError: It cannot be read.
    """
    limits = limits or data_limits()
    with path.open("rb") as file:
        limits.check("max_member_bytes", path.stat().st_size, where or path)
        return read_member(file, limits, where or path)


class BoundedFile:
    """A file of which nobody reads much at a time, as libraries do where a header says so.

    Args:
        file: Opened for reading, in binary.
        most: Bytes of the longest read.
        refusal: What a longer one is answered with.
    """

    def __init__(self, file: IO[bytes], most: int, refusal: InvalidSetting) -> None:
        self._file, self._most, self._refusal = file, most, refusal

    def read(self, size: int = -1) -> bytes:
        wanted = self._most + 1 if size is None or size < 0 else size
        content = self._file.read(min(wanted, self._most + 1))
        if len(content) > self._most:
            raise self._refusal
        return content

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True
