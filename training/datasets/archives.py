"""Zip and tar archives as sources of files; members that leave the archive are refused."""

from __future__ import annotations

import contextlib
import functools
import re
import stat
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from models.errors import InvalidSetting, OkazuError
from training.datasets.homes import ARCHIVE_SUFFIXES
from training.datasets.sources import MAX_FILE_BYTES, Folder, Member, Source, ignored

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
        self._zip = zipfile.ZipFile(path)

    @functools.cached_property
    def _infos(self) -> dict[str, zipfile.ZipInfo]:
        infos = {}
        for info in self._zip.infolist():
            if name := self._take(info):
                infos[name] = info
        return infos

    def members(self) -> list[Member]:
        return [Member(name, info.file_size, 0) for name, info in sorted(self._infos.items())]

    def _take(self, info: zipfile.ZipInfo) -> str | None:
        name = self._inside(info.filename)
        if stat.S_ISLNK(info.external_attr >> 16):
            self._refuse_link(info.filename)
        if name and info.filename.endswith(("/", "\\")):
            self._folders.add(name)
            return None
        return name

    def read(self, name: str) -> bytes:
        info = self._infos[name]
        if info.file_size > MAX_FILE_BYTES:
            raise OkazuError(f"larger than {MAX_FILE_BYTES:,} bytes")
        try:
            return self._zip.read(info)
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
        with self._undamaged(), tarfile.open(self.path, "r:*") as archive:
            for info in archive:
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
                    file = archive.extractfile(info) if info.size <= MAX_FILE_BYTES else None
                    content = file.read() if file else b""  # which is no image: counted as such
                yield name, content


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
        if path.is_file() and tarfile.is_tarfile(path):
            return Tar(path)
    except _NO_ARCHIVE as error:
        raise InvalidSetting(f"data.path: {path} cannot be read ({error})") from None
    raise InvalidSetting(f"data.path: expected a folder, a zip or a tar archive; received {path}")


def _lone_archive(folder: Path) -> Path | None:
    entries = [e for e in folder.iterdir() if not ignored(e.name) and e.suffix != ".part"]
    if len(entries) == 1 and entries[0].is_file():
        return entries[0] if entries[0].name.lower().endswith(ARCHIVE_SUFFIXES) else None
    return None
