"""Files in a folder or an archive, all read in one way; nothing outside of it is ever touched."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from models.errors import InvalidSetting
from training.data.files.limits import data_limits, read_file

_IGNORED = ("__MACOSX", "Thumbs.db", "desktop.ini")


class Member(NamedTuple):
    """A file of a source: its path inside, with slashes; its bytes; when it changed."""

    name: str
    size: int
    stamp: int


class Source(ABC):
    """A folder or an archive.

    Attributes:
        path: Of it.
        limits: How much of it is read.
        random_access: Whether `read` is quick for any file, and works in several threads.
    """

    random_access = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.limits = data_limits()

    @abstractmethod
    def members(self) -> list[Member]:
        """Every file but hidden ones, ordered by name."""

    @abstractmethod
    def folders(self) -> set[str]:
        """Every folder that is known, also empty ones."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """A file's content.

        Raises:
            InvalidSetting: It is larger than the limit.
            OkazuError: It is damaged.
            OSError: It cannot be read.
        """

    def check_sizes(self, names: Collection[str]) -> None:
        """Looks at files' sizes before the first of them is read.

        Raises:
            InvalidSetting: One is larger than the limit.
        """
        wanted = set(names)
        for name, size, _ in self.members():
            if name in wanted:
                self.limits.check("max_member_bytes", size, f"{self.path}: {name}")

    def stream(self, names: set[str]) -> Iterator[tuple[str, bytes]]:
        """Some files' contents, in the order that is quickest to read."""
        for name in sorted(names):
            yield name, self.read(name)

    def matching(self, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
        """The files whose names are wanted, with their contents, as `stream` gives them."""
        yield from self.stream({member.name for member in self.members() if wanted(member.name)})

    def state(self) -> Iterator[str]:
        """What changes when any file does."""
        status = self.path.stat()
        yield f"{status.st_size} {status.st_mtime_ns}"


class Folder(Source):
    """A folder on disk, with its sub-folders."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._root = path.resolve()
        self._folders: set[str] = set()
        self._count = 0
        self._members = sorted(self._walk(path, ""))

    def _walk(self, folder: Path, prefix: str) -> Iterator[Member]:
        with os.scandir(folder) as entries:
            for entry in entries:
                self._count += 1
                self.limits.check("max_members", self._count, self.path)
                if ignored(entry.name):
                    continue
                name = prefix + entry.name
                if entry.is_symlink():
                    self._check_link(entry, name)
                if entry.is_dir():
                    self._folders.add(name)
                    yield from self._walk(folder / entry.name, f"{name}/")
                elif entry.is_file():
                    status = entry.stat()
                    yield Member(name, status.st_size, status.st_mtime_ns)
                elif entry.is_symlink():  # it leads nowhere: reading it will say so
                    yield Member(name, 0, 0)

    def _check_link(self, entry: os.DirEntry[str], name: str) -> None:
        target = Path(entry.path).resolve()
        if not target.is_relative_to(self._root) or target.is_dir():
            raise InvalidSetting(
                f"{self.path}: {name} is a link to {target}; expected links to files inside the"
                " folder only: put a copy in its place"
            )

    def members(self) -> list[Member]:
        return self._members

    def folders(self) -> set[str]:
        return self._folders

    def read(self, name: str) -> bytes:
        return read_file(self.path / name, self.limits)

    def state(self) -> Iterator[str]:
        yield from sorted(self._folders)
        yield from (f"{name} {size} {stamp}" for name, size, stamp in self._members)


def ignored(name: str) -> bool:
    """Whether a file or folder of that name is none of the user's data."""
    return name.startswith(".") or name in _IGNORED
