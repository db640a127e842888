"""Decoded images on disk, made once: one array, opened as a memory map.

    decoded/<data>-<what was asked>/<state of the files>/images.npy  examples.npz

A change of any file is another state; the entry of the old one is then removed. An entry appears
whole, by a rename, so any number of processes may read and make it at once.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray

from models.card import ImageInput
from models.errors import OkazuError
from models.files import flush_to_disk
from training.data.files.downloads import DATA_VARIABLE, data_directory
from training.data.files.folders import Source
from training.data.images.found_images import Listing
from training.data.images.parallel_decoding import Decoded, PixelFile, decode_files, write_pixels
from training.data.messages import count_bar, counted
from training.data.splits import DIGEST_BYTES, digest

_FORMAT = 1  # of an entry, and of what decoding makes of a picture
_CHECKED_BYTES = 1 << 30  # up to here every image is looked at, beyond it some are
_CHECKED_ROWS = 1024
_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
_NAMED = 3


@dataclass(frozen=True)
class Stored:
    """Examples that could be decoded.

    Attributes:
        labels: Names of the classes.
        images: uint8 `[rows, height, width, channels]`, a memory map.
        rows: int `[examples]`, where in `images` each example is.
        classes: int64 `[examples]`.
        parts: int8 `[examples]`, indices into `PARTS`.
        digests: uint8 `[examples, 32]`, see `content_digests`.
        notes: What a person should know about them.
    """

    labels: tuple[str, ...]
    images: NDArray[np.uint8]
    rows: NDArray[np.intp]
    classes: NDArray[np.int64]
    parts: NDArray[np.int8]
    digests: NDArray[np.uint8]
    notes: tuple[str, ...]

    @property
    def nbytes(self) -> int:
        """Of all images."""
        return self.images.nbytes


def stored(
    source: Source,
    spec: ImageInput,
    list_examples: Callable[[], Listing],
    layout: Sequence[str] = (),
) -> Stored:
    """Gives a source's decoded examples, from the cache where it has them.

    Args:
        source: Of the images.
        spec: Size and mode to bring them to, and how.
        list_examples: Tells what is in the source; called only where the cache does not know.
        layout: Whatever else decides what `list_examples` tells.

    Raises:
        OkazuError: The cache cannot be written.
    """
    asked = [str(source.path.resolve()), spec.model_dump_json(), *layout]
    place = Path("decoded", f"{source.path.stem}-{_key(asked)}")
    entry = place / _key([str(_FORMAT), PIL.__version__, *source.state()])
    return _open(data_directory() / entry) or _make(
        _writable_directory() / entry, source, spec, list_examples()
    )


def _writable_directory() -> Path:
    """The data directory; a temporary one if that cannot be written and the user named none.

    Decoded images can be made again. What was downloaded is worth a place that stays.
    """
    directory = data_directory()
    if os.environ.get(DATA_VARIABLE):
        return directory
    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
    return directory if os.access(directory, os.W_OK) else _temporary_directory()


@functools.cache
def _temporary_directory() -> Path:
    path = tempfile.mkdtemp(prefix="okazu-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return Path(path)


def _key(texts: Iterable[str]) -> str:
    sha256 = hashlib.sha256()
    for text in texts:
        sha256.update(text.encode("utf-8", "surrogateescape") + b"\0")
    return sha256.hexdigest()[:20]


def _open(entry: Path) -> Stored | None:
    """Reads an entry; None where there is none, or where it is damaged."""
    try:
        # Not by its path: where the content is damaged, NumPy leaves the file open.
        with (entry / "examples.npz").open("rb") as file, np.load(file) as examples:
            about = json.loads(examples["about"].tobytes())
            rows, classes = examples["rows"], examples["classes"]
            parts, digests = examples["parts"], examples["digests"]
        images = np.load(entry / "images.npy", mmap_mode="r")
        found = Stored(
            tuple(about["labels"]), images, rows, classes, parts, digests, tuple(about["notes"])
        )
        return found if _sound(found) else None
    except _DAMAGE:
        return None


def _sound(found: Stored) -> bool:
    """Whether the images are those that were written."""
    examples = len(found.rows)
    looked_at = examples if found.nbytes <= _CHECKED_BYTES else min(_CHECKED_ROWS, examples)
    some = np.linspace(0, examples - 1, looked_at).astype(np.intp)
    return all(
        digest(found.images[found.rows[row]]) == found.digests[row].tobytes() for row in some
    )


def _make(entry: Path, source: Source, spec: ImageInput, listing: Listing) -> Stored:
    needed = len(listing) * int(np.prod(spec.shape))
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        _check_room(entry.parent, needed)
        with tempfile.TemporaryDirectory(dir=entry.parent, prefix=".") as temporary:
            made = Path(temporary) / "entry"
            made.mkdir()
            _fill(made, source, spec, listing)
            flush_to_disk(made)
            _publish(made, entry)
    except OSError as error:
        raise OkazuError(
            f"{entry.parent}: {error.strerror or error}; the decoded images need"
            f" {needed / 1e6:,.0f} MB ({DATA_VARIABLE} names another folder for them)"
        ) from None
    found = _open(entry)
    if found is None:
        raise OkazuError(
            f"{entry}: the decoded images were changed while they were made; try again"
        )
    return found


def _check_room(directory: Path, needed: int) -> None:
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise OSError(f"there are {free / 1e6:,.0f} MB left")


def _publish(made: Path, entry: Path) -> None:
    """Puts an entry in its place, in that of a damaged one, or leaves that of a quicker process."""
    if entry.exists() and _open(entry) is None:
        shutil.rmtree(entry, ignore_errors=True)
    try:
        made.rename(entry)
    except OSError:
        if not entry.exists():
            raise
    for other in entry.parent.iterdir():
        # What another process has open stays readable to it; what it is making begins with a dot.
        if other != entry and not other.name.startswith("."):
            shutil.rmtree(other, ignore_errors=True)


def _fill(made: Path, source: Source, spec: ImageInput, listing: Listing) -> None:
    with (made / "images.npy").open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (len(listing), *spec.shape)}
        np.lib.format.write_array_header_1_0(file, header)
        offset = file.tell()
        file.truncate(offset + len(listing) * int(np.prod(spec.shape)))
    pixels = PixelFile(made / "images.npy", offset, spec)
    digests = np.zeros((len(listing), DIGEST_BYTES), np.uint8)
    readable = np.zeros(len(listing), bool)
    problems: dict[int, str] = {}
    for row, found, problem in _with_bar(source, listing, pixels):
        readable[row] = not problem
        if problem:
            problems[row] = problem
        else:
            digests[row] = np.frombuffer(found, np.uint8)
    notes = (*listing.notes, *_unreadable(listing, problems))
    about = json.dumps({"labels": listing.labels, "notes": notes}).encode()
    rows = np.flatnonzero(readable)
    np.savez(
        made / "examples.npz",
        about=np.frombuffer(about, np.uint8),
        rows=rows,
        classes=listing.classes[rows],
        parts=listing.parts[rows],
        digests=digests[rows],
    )


def _with_bar(source: Source, listing: Listing, pixels: PixelFile) -> Iterable[Decoded]:
    if listing.pixels is not None:
        results = write_pixels(listing, pixels)
    else:
        results = decode_files(source, listing, pixels)
    with count_bar() as bar:
        task = bar.add_task(f"decoding {source.path.name}", total=len(listing))
        for result in results:
            bar.advance(task)
            yield result


def _unreadable(listing: Listing, problems: dict[int, str]) -> Iterable[str]:
    if problems:
        named = "; ".join(
            f"{listing.files[row]}: {problems[row]}" for row in sorted(problems)[:_NAMED]
        )
        more = "; ..." if len(problems) > _NAMED else ""
        yield f"left out {counted(len(problems), 'unreadable file')} ({named}{more})"
