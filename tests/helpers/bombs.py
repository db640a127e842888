"""Files of some MB that unpack to 10 GB, made without 10 GB of work, and who loads them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.helpers.project import ROOT

TEN_GB = 10 << 30
_PIECE = 1 << 24
# What may be loaded by each kind of bomb, in a process whose memory is measured.
_PROGRAM = """
import resource, sys
from training.data.catalogue import load_dataset
from training.tasks.image_classification.recipe import ImageData
from training.tasks.tabular.recipe import TableData
from training.tasks.text_classification.recipe import TextData
from training.tasks.translation.recipe import PairData
from models.errors import OkazuError

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

kind, path = sys.argv[1:]
data = {
    "image-folder": lambda: ImageData(dataset="image-folder", path=path),
    "csv": lambda: TableData(dataset="csv", path=path, target_column="a"),
    "text-csv": lambda: TextData(
        dataset="text-csv", path=path, text_column="a", label_column="b"
    ),
    "pairs": lambda: PairData(dataset="pairs", path=path, source="de", target="en"),
}[kind]()
# What loading a small file needs is no part of a bomb's share.
import training.tasks.image_classification.data.image_folder
import training.tasks.tabular.data.csv_file
import training.tasks.text_classification.data.text_file
import training.tasks.translation.data.pair_file
before = peak()
try:
    load_dataset(data)
except OkazuError as error:
    print(error)
print(peak() - before)
"""


class Refused(NamedTuple):
    """What loading a bomb said, and how many MiB more than before it held at the peak."""

    message: str
    mebibytes: int


def load_apart(kind: str, path: Path, **limits: object) -> Refused:
    """Loads a data set in a process of its own, whose memory has an end."""
    environment = {**os.environ, "OKAZU_DATA_DIR": str(path.parent / "cache")}
    environment |= {f"OKAZU_{name.upper()}": str(value) for name, value in limits.items()}
    finished = subprocess.run(
        [sys.executable, "-c", _PROGRAM, kind, str(path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    *message, mebibytes = finished.stdout.splitlines()
    return Refused("\n".join(message), int(mebibytes))


def zipped_bomb(path: Path, declared: int = TEN_GB, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip of two classes; one of its pictures is 10 GB of zeros, and says to have `declared`."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cat/1.png", b"\x89PNG")
        archive.writestr("dog/1.png", _deflated(TEN_GB))
        bomb = archive.infolist()[-1]
        # Python reads the directory at the end, which is written from this.
        bomb.compress_type, bomb.file_size = method, declared
    return path


def _deflated(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = packer.compress(bytes(_PIECE)) + packer.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
    return piece * (size // _PIECE) + end


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": lambda content: gzip.compress(content, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def packed(path: Path, first: bytes, repeated: bytes, size: int = TEN_GB) -> Path:
    """Writes `first`, and then `repeated` until there are `size` bytes, packed as the name says."""
    pack = PACKERS[path.suffix if path.suffix in PACKERS else ""]
    piece = repeated * (_PIECE // len(repeated))
    packed_piece = pack(piece)
    with path.open("wb") as file:
        file.write(pack(first))
        for _ in range(size // len(piece)):
            file.write(packed_piece)
    return path


def tar_headers(*members: tuple[str, int, bytes]) -> Iterator[bytes]:
    """The header of each member: its name, size and type."""
    for name, size, kind in members:
        info = tarfile.TarInfo(name)
        info.size, info.type = size, kind
        yield info.tobuf(tarfile.GNU_FORMAT)
