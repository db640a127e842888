"""The layout that most people have: a folder of images for each class.

`train/`, `validation/` and `test/` around the class folders are optional, and so is one folder
around everything, as archives often have it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

import numpy as np

from models.errors import InvalidSetting
from models.images.decode import IMAGE_SUFFIXES
from training.data.files.folders import Source
from training.data.images.found_images import Listing
from training.data.messages import counted
from training.data.splits import PARTS

_PART_NAMES = {"train": 0, "validation": 1, "valid": 1, "val": 1, "test": 2}
_NAMED = 3  # how many of many files a message names

Path = tuple[str, ...]


def list_class_folders(source: Source, labels: Sequence[str] | None = None) -> Listing:
    """Lists the images of a source by part and class.

    Args:
        source: In this layout.
        labels: Names of the classes in their order, where the data set has fixed ones; a folder
            may have the name or the number of its class. Else the folders' names, sorted.

    Raises:
        InvalidSetting: It is not in this layout, or a class is empty or the only one.
    """
    paths = [tuple(member.name.split("/")) for member in source.members()]
    images = [path for path in paths if is_image(path[-1])]
    folders = {tuple(name.split("/")) for name in source.folders()}
    folders |= {path[:end] for path in paths for end in range(1, len(path))}
    root = _root(folders, images)
    parts = _parts(source, root, folders, images)
    homes = parts or {root: 0}
    classes = _classes(source, homes, folders, images, labels)
    depth = len(next(iter(homes))) + 1  # of every class folder
    rows = sorted(
        (homes[path[: depth - 1]], classes[path[:depth]], path)
        for path in images
        if path[:depth] in classes
    )
    return Listing(
        labels=tuple(labels) if labels else _names(classes),
        classes=np.array([number for _, number, _ in rows], np.int64),
        parts=np.array([part for part, _, _ in rows], np.int8),
        files=tuple("/".join(path) for _, _, path in rows),
        notes=tuple(_notes(paths, images, {path for _, _, path in rows})),
    )


def is_image(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES


def _children(folders: Iterable[Path], parent: Path) -> list[Path]:
    depth = len(parent) + 1
    return sorted(path for path in folders if len(path) == depth and path[:-1] == parent)


def _root(folders: set[Path], images: list[Path]) -> Path:
    """The folder that the layout begins in, past folders that hold nothing but one folder."""
    directly = {path[:-1] for path in images}
    root: Path = ()
    while root not in directly:
        inside = _children(folders, root)
        if len(inside) != 1 or inside[0] in directly or not _children(folders, inside[0]):
            break
        root = inside[0]
    return root


def _parts(source: Source, root: Path, folders: set[Path], images: list[Path]) -> dict[Path, int]:
    """Folders named like parts of a data set, unless they hold images themselves: then a class."""
    directly = {path[:-1] for path in images}
    found: dict[Path, int] = {}
    for folder in _children(folders, root):
        part = _PART_NAMES.get(folder[-1].lower())
        if part is None or folder in directly or not _children(folders, folder):
            continue
        if part in found.values():
            raise InvalidSetting(f"{source.path}: there are several folders for {PARTS[part]}")
        found[folder] = part
    if found and 0 not in found.values():
        raise InvalidSetting(
            f"{source.path}: expected a folder train beside {next(iter(found))[-1]}, with a"
            " sub-folder of images for each class"
        )
    return found


def _classes(
    source: Source,
    homes: dict[Path, int],
    folders: set[Path],
    images: list[Path],
    labels: Sequence[str] | None,
) -> dict[Path, int]:
    """Class folders and their classes' numbers."""
    directories = {home: _children(folders, home) for home in homes}
    training = [folder for home in homes if homes[home] == 0 for folder in directories[home]]
    above = {path[:length] for path in images for length in range(1, len(path))}
    for folder in training:
        if folder not in above:
            raise InvalidSetting(_empty(source, folder))
    names = [_plain(name) for name in labels] if labels else [f[-1] for f in training]
    if len(training) < 2:
        raise InvalidSetting(
            f"{source.path}: expected two sub-folders of images at least, one for each class;"
            f" found {', '.join(f[-1] for f in training) or 'none'}"
        )
    numbers = {}
    for folder in (folder for home in homes for folder in directories[home]):
        name = _plain(folder[-1]) if labels else folder[-1]
        if labels and name.isdecimal() and name not in names and int(name) < len(labels):
            numbers[folder] = int(name)
        elif name in names:
            numbers[folder] = names.index(name)
        else:
            whose = "this data set" if labels else "the training part"
            raise InvalidSetting(
                f"{source.path}: {'/'.join(folder)} is no class of {whose}; expected one of:"
                f" {', '.join(labels or names)}"
            )
    return numbers


def _empty(source: Source, folder: Path) -> str:
    inside = [m.name for m in source.members() if m.name.startswith("/".join(folder) + "/")]
    others = f"{counted(len(inside), 'other file')} ({_endings(inside)})" if inside else "nothing"
    return (
        f"{source.path}: the class {'/'.join(folder)} is empty; expected PNG, JPEG or WebP images,"
        f" found {others}: add some, or take the folder away"
    )


def _plain(name: str) -> str:
    """A name that stays the same where a file system did not take it as it was."""
    return "".join(character for character in name.lower() if character.isalnum())


def _names(classes: dict[Path, int]) -> tuple[str, ...]:
    by_number: dict[int, str] = defaultdict(str)
    for folder, number in classes.items():
        by_number[number] = folder[-1]
    return tuple(by_number[number] for number in sorted(by_number))


def _notes(paths: list[Path], images: list[Path], used: set[Path]) -> Iterable[str]:
    others = ["/".join(path) for path in paths if not is_image(path[-1])]
    if others:
        files = counted(len(others), "file")
        yield f"ignored {files} of other kinds than PNG, JPEG and WebP ({_endings(others)})"
    outside = sorted("/".join(path) for path in images if path not in used)
    if outside:
        named = ", ".join(outside[:_NAMED]) + (", ..." if len(outside) > _NAMED else "")
        images_outside = counted(len(outside), "image")
        yield f"ignored {images_outside} outside of the class folders ({named})"


def _endings(names: Iterable[str]) -> str:
    counts = Counter(PurePosixPath(name).suffix.lower() or "no ending" for name in names)
    return ", ".join(f"{count} {ending}" for ending, count in counts.most_common(_NAMED))
