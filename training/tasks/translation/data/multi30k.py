"""Multi30k: captions of pictures in English and French (Elliott et al. 2016, 2017), task 1, raw.

29,000 pairs to learn from, 1,014 for validation, and `test_2016_flickr`, 1,000 for the test.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator

import numpy as np

from models.errors import InvalidSetting, OkazuError
from training.data.files.archives import open_source
from training.data.files.folders import Source
from training.data.files.limits import DataLimits, read_member
from training.data.files.local_copies import obtain
from training.data.messages import counted
from training.data.splits import TEST, TRAIN, VALIDATION
from training.data.texts.text_rows import TextRows
from training.tasks.translation.data.assembly import assemble
from training.tasks.translation.data.found_pairs import PairListing
from training.tasks.translation.data.pair_dataset import PairDataset
from training.tasks.translation.data.pair_lines import decoded_lines
from training.tasks.translation.recipe import PairData

LANGUAGES = ("en", "fr")
_PARTS = {"train": TRAIN, "val": VALIDATION, "test_2016_flickr": TEST}
_NAMES = [f"{part}.{language}" for part in _PARTS for language in LANGUAGES]
_GZIP = b"\x1f\x8b"


def load(data: PairData) -> PairDataset:
    """Loads the pairs, and the sets that are learned from beside them.

    Raises:
        InvalidSetting: A file is not there, is there twice, or is longer than its translation.
        OkazuError: The files cannot be downloaded, or are damaged.
    """
    return assemble(read(data), data)


def read(data: PairData) -> PairListing:
    """Reads the pairs of all three parts, in the files' order."""
    source = open_source(obtain(data))
    contents = _contents(source)
    pairs: list[tuple[str, str]] = []
    parts: list[int] = []
    damaged = 0
    for part, number in _PARTS.items():
        found = list(_pairs(contents, part, source))
        readable = [
            (one.strip(), other.strip())
            for one, other in found
            if one is not None and other is not None
        ]
        damaged += len(found) - len(readable)
        pairs += readable
        parts += [number] * len(readable)
    return PairListing(
        data=data,
        languages=LANGUAGES,
        sources=TextRows.of(source for source, _ in pairs),
        targets=TextRows.of(target for _, target in pairs),
        parts=np.array(parts, np.int8),
        notes=(f"left out {counted(damaged, 'pair')} not in UTF-8",) if damaged else (),
    )


def _contents(source: Source) -> dict[str, bytes]:
    """Each file by its name without `.gz`, wherever it lies."""
    contents: dict[str, bytes] = {}
    for path, content in source.matching(lambda path: _name(path) in _NAMES):
        if _name(path) in contents:
            raise InvalidSetting(f"{source.path}: {_name(path)} is there twice")
        contents[_name(path)] = _unpacked(content, f"{source.path}: {path}", source.limits)
    if missing := [name for name in _NAMES if name not in contents]:
        raise InvalidSetting(
            f"{source.path}: expected {', '.join(_NAMES)}, each maybe with .gz; missing:"
            f" {', '.join(missing)}"
        )
    return contents


def _name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".gz")


def _unpacked(content: bytes, place: str, limits: DataLimits) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        with gzip.open(io.BytesIO(content)) as file:
            return read_member(file, limits, place)
    except (EOFError, OSError, zlib.error) as error:
        raise OkazuError(f"{place} is truncated or damaged ({error})") from None


def _pairs(
    contents: dict[str, bytes], part: str, source: Source
) -> Iterator[tuple[str | None, str | None]]:
    names = [f"{part}.{language}" for language in LANGUAGES]
    english, french = (decoded_lines(contents[name])[0] for name in names)
    if not english or len(english) != len(french):
        raise InvalidSetting(
            f"{source.path}: expected {' and '.join(names)} to have as many lines;"
            f" received {len(english):,} and {len(french):,}"
        )
    return zip(english, french, strict=True)
