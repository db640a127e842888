"""Sets of sentences that come as a few plain files, a sentence a line."""

from __future__ import annotations

from collections.abc import Sequence

from models.errors import InvalidSetting
from training.data.files.archives import open_source
from training.data.files.folders import Source
from training.data.files.local_copies import obtain
from training.tasks.text_classification.recipe import TextData


def read_lines(data: TextData, names: Sequence[str]) -> dict[str, list[str]]:
    """The lines of a set's files, wherever they lie in its folder or archive.

    Files are UTF-8, or else Windows-1252, which is what Latin-1 from the web really is.

    Raises:
        InvalidSetting: A file is not there, or is there twice.
        OkazuError: The files cannot be downloaded, or are damaged.
    """
    source = open_source(obtain(data))
    contents: dict[str, bytes] = {}
    for path, content in source.matching(lambda path: _file_name(path) in names):
        if _file_name(path) in contents:
            raise InvalidSetting(f"{source.path}: {_file_name(path)} is there twice")
        contents[_file_name(path)] = content
    if missing := [name for name in names if name not in contents]:
        raise InvalidSetting(_missing(source, names, missing))
    return {name: _decode(contents[name]).split("\n") for name in names}


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]


def _missing(source: Source, names: Sequence[str], missing: Sequence[str]) -> str:
    return f"{source.path}: expected {', '.join(names)}; missing: {', '.join(missing)}"


def _decode(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return text.replace("\r\n", "\n")
