"""Zip and tar archives as sources of files; members that leave the archive are refused."""

from __future__ import annotations

import bz2
import contextlib
import functools
import gzip
import lzma
import re
import stat
import tarfile
import threading
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, cast

from models.errors import InvalidSetting, OkazuError
from training.data.files.folders import Folder, Member, Source, ignored
from training.data.files.limits import BoundedFile, read_member
from training.data.files.local_copies import ARCHIVE_SUFFIXES

# Of a zip's directory, for each member: 46 bytes, its name, times and comment.
_DIRECTORY_BYTES = 256
_DIRECTORY_END_BYTES = 1 << 17
_TAR_HEADER_BYTES = 1 << 20  # long names and attributes; tarfile reads them at once
# Python unpacks other methods without a bound: 7 KB of bzip2 may be 10 GB.
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NO_TAR = (tarfile.TarError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)
_NO_ARCHIVE = (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, ValueError, RuntimeError)


class _Archive(Source):
    """What zip and tar have in common: members that must stay inside."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._folders: set[str] = set()

    def _inside(self, name: str) -> str | None:
        """A member's plain path, or None for one that is ignored."""
        plain = name.replace("\\", "/")  # as old programs on Windows write it
        parts = PurePosixPath(plain).parts
        if plain.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:/", plain):
            raise InvalidSetting(f"{self.path}: the member {name!r} leaves the archive; refused")
        if not parts or any(ignored(part) for part in parts):
            return None
        return "/".join(parts)

    def _refuse_link(self, name: str) -> None:
        raise InvalidSetting(
            f"{self.path}: {name!r} is a link or a device; expected files and folders only"
        )

    def folders(self) -> set[str]:
        self.members()
        return self._folders


class Zip(_Archive):
    """A zip archive, read in place."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        file = path.open("rb")
        weakref.finalize(self, file.close)
        most = self.limits.max_members * _DIRECTORY_BYTES + _DIRECTORY_END_BYTES
        refusal = InvalidSetting(
            f"{path}: its directory has more than {most:,} bytes, too many for"
            f" {self.limits.max_members:,} members; raise OKAZU_MAX_MEMBERS if you trust the file"
        )
        self._zip = zipfile.ZipFile(cast(IO[bytes], BoundedFile(file, most, refusal)))

    @functools.cached_property
    def _infos(self) -> dict[str, zipfile.ZipInfo]:
        found = self._zip.infolist()
        self.limits.check("max_members", len(found), self.path)
        self.limits.check("max_unpacked_bytes", sum(i.file_size for i in found), self.path)
        return {name: info for info in found if (name := self._take(info))}

    def members(self) -> list[Member]:
        return [Member(name, info.file_size, 0) for name, info in sorted(self._infos.items())]

    def _take(self, info: zipfile.ZipInfo) -> str | None:
        name = self._inside(info.filename)
        if stat.S_ISLNK(info.external_attr >> 16):
            self._refuse_link(info.filename)
        if name and info.filename.endswith(("/", "\\")):
            self._folders.add(name)
            return None
        if name and info.compress_type not in _ZIP_METHODS:
            raise InvalidSetting(
                f"{self.path}: expected members that are stored or deflated, {name!r} has method"
                f" {info.compress_type}; pack it again, or unpack it and name the folder"
            )
        return name

    def read(self, name: str) -> bytes:
        info = self._infos[name]
        where = f"{self.path}: {name}"
        self.limits.check("max_member_bytes", info.file_size, where)
        try:
            with self._zip.open(info) as file:
                return read_member(file, self.limits, where)
        except OkazuError:
            raise
        # zipfile answers a damaged, encrypted or exotic member with many kinds of error.
        except Exception as error:
            raise OkazuError(f"cannot be taken from the archive: {error}") from None


class Tar(_Archive):
    """A tar archive, compressed or not, read from its beginning to its end."""

    random_access = False

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._members: list[Member] | None = None
        self._lock = threading.Lock()

    def _iterate(self) -> Iterator[tuple[str, tarfile.TarFile, tarfile.TarInfo]]:
        count = 0
        with self._undamaged(), opened_tar(self.path) as archive:
            while info := archive.next():
                archive.members.clear()  # type: ignore[attr-defined]  # a kilobyte each
                count += 1
                self.limits.check("max_members", count, self.path)
                # Before it is skipped, which unpacks it.
                self.limits.check("max_member_bytes", info.size, f"{self.path}: {info.name}")
                self.limits.check("max_unpacked_bytes", info.offset_data + info.size, self.path)
                name = self._inside(info.name)
                if info.isdir() and name:
                    self._folders.add(name)
                elif not (info.isfile() or info.isdir()):
                    self._refuse_link(info.name)
                elif info.isfile() and name:
                    yield name, archive, info

    @contextlib.contextmanager
    def _undamaged(self) -> Iterator[None]:
        """Tells in one line what reading raises; the decompressors' errors have no common base."""
        try:
            yield
        except OkazuError:
            raise
        except Exception as error:
            raise OkazuError(
                f"{self.path}: the archive is truncated or damaged ({error})"
            ) from None

    def members(self) -> list[Member]:
        with self._lock:
            if self._members is None:
                found = {name: Member(name, info.size, 0) for name, _, info in self._iterate()}
                self._members = [found[name] for name in sorted(found)]
        return self._members

    def read(self, name: str) -> bytes:
        for _, content in self.stream({name}):
            return content
        raise OkazuError(f"{self.path}: there is no {name}")

    def stream(self, names: set[str]) -> Iterator[tuple[str, bytes]]:
        return self.matching(names.__contains__)

    def matching(self, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
        for name, archive, info in self._iterate():
            if wanted(name):
                with self._undamaged():
                    file = archive.extractfile(info)
                    where = f"{self.path}: {name}"
                    content = read_member(file, self.limits, where) if file else b""
                yield name, content


@contextlib.contextmanager
def opened_tar(path: Path) -> Iterator[tarfile.TarFile]:
    """Opens a tar archive, compressed or not, whose headers cannot fill the memory.

    Raises:
        InvalidSetting: A header is too long.
        OSError: It cannot be read; what else it may raise, if it is none, is in `_NO_TAR`.
    """
    refusal = InvalidSetting(
        f"{path}: a member's name or attributes have more than {_TAR_HEADER_BYTES:,} bytes; refused"
    )
    with path.open("rb") as packed, _decompressed(packed) as file:
        bounded = cast(IO[bytes], BoundedFile(file, _TAR_HEADER_BYTES, refusal))
        with tarfile.open(fileobj=bounded, mode="r:") as archive:
            yield archive


def _decompressed(file: IO[bytes]) -> IO[bytes]:
    magic = file.read(6)
    file.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(file)
    if magic.startswith((b"\xfd7zXZ\0", b"]\0\0")):
        return lzma.LZMAFile(file)
    return file


def _is_tar(path: Path) -> bool:
    try:
        with opened_tar(path):
            return True
    except _NO_TAR:
        return False


def open_source(path: Path) -> Source:
    """Opens a folder or archive; a folder with nothing but an archive in it is that archive.

    Raises:
        InvalidSetting: There is no such path, it is something else, or it leaves itself.
    """
    try:
        if path.is_dir():
            alone = _lone_archive(path)
            return open_source(alone) if alone else Folder(path)
        if not path.exists():
            raise InvalidSetting(f"data.path: there is no {path}")
        if zipfile.is_zipfile(path):
            return Zip(path)
        if path.is_file() and _is_tar(path):
            return Tar(path)
    except _NO_ARCHIVE as error:
        raise InvalidSetting(f"data.path: {path} cannot be read ({error})") from None
    raise InvalidSetting(f"data.path: expected a folder, a zip or a tar archive; received {path}")


def _lone_archive(folder: Path) -> Path | None:
    entries = [e for e in folder.iterdir() if not ignored(e.name) and e.suffix != ".part"]
    if len(entries) == 1 and entries[0].is_file():
        return entries[0] if entries[0].name.lower().endswith(ARCHIVE_SUFFIXES) else None
    return None
