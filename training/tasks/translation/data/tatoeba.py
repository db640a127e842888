"""Tatoeba: 167,130 everyday sentences in English and French, as manythings.org lists them.

There is no test part. `data.test_examples` sentences, 2,000 if not said, are held out, the same
ones for a seed in every recipe and whatever is learned from beside them.

Its home replaces `fra-eng.zip` several times a year and publishes no checksum. What is fetched is
the archive of April 2019, from where TensorFlow's tutorials have it; the checksum is that of our
copy of it. An archive from its home can be put into `OKAZU_DATA_DIR`, or named by `data.path`; then
the held-out sentences are mostly, but not wholly, the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.errors import InvalidSetting
from training.data.files.archives import open_source
from training.data.files.limits import read_file
from training.data.files.local_copies import obtain
from training.data.messages import counted
from training.data.splits import TRAIN
from training.data.texts.text_rows import TextRows
from training.tasks.translation.data.assembly import assemble
from training.tasks.translation.data.found_pairs import PairListing
from training.tasks.translation.data.pair_dataset import PairDataset
from training.tasks.translation.data.pair_lines import decoded_lines
from training.tasks.translation.recipe import PairData

LANGUAGES = ("en", "fr")
TEST_EXAMPLES, VALIDATION_EXAMPLES = 2000, 1000
_FILE = "fra.txt"


def load(data: PairData) -> PairDataset:
    """Loads the pairs, and the sets that are learned from beside them.

    Raises:
        InvalidSetting: The file is not there, or not in the layout
            `English TAB French[ TAB attribution]`.
        OkazuError: It cannot be downloaded, or is damaged.
    """
    return assemble(read(data), data)


def read(data: PairData) -> PairListing:
    """Reads the pairs in the file's order."""
    place, content = _content(data)
    lines, damaged = decoded_lines(content)
    texts = TextRows.of(text for pair in _pairs(lines, place) for text in pair)
    if not len(texts):
        raise InvalidSetting(f"{place}: expected English, a tab and French; the file is empty")
    sizes = {
        "test_examples": data.test_examples or TEST_EXAMPLES,
        "validation_examples": data.validation_examples or VALIDATION_EXAMPLES,
    }
    return PairListing(
        data=data.model_copy(update=sizes),
        languages=LANGUAGES,
        sources=texts[0::2],
        targets=texts[1::2],
        parts=np.full(len(texts) // 2, TRAIN, np.int8),
        notes=(f"left out {counted(damaged, 'line')} not in UTF-8",) if damaged else (),
    )


def _content(data: PairData) -> tuple[str, bytes]:
    """The name of the file of pairs, for messages, and what is in it."""
    path = obtain(data)
    if path.is_file() and path.suffix == ".txt":
        return str(path), read_file(path)
    source = open_source(path)
    found = list(source.matching(lambda name: name.rpartition("/")[2] == _FILE))
    if len(found) != 1:
        raise InvalidSetting(f"{path}: expected one file {_FILE}, found {len(found)}")
    return f"{path}, {_FILE}", found[0][1]


def _pairs(lines: list[str | None], place: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines, start=1):
        if line is None or not line.strip():
            continue
        english, tab, rest = line.partition("\t")
        if not tab:
            raise InvalidSetting(
                f"{place}: line {number:,}: expected English, a tab and French; received"
                f" {line[:40]!r}"
            )
        yield english.strip(), rest.partition("\t")[0].strip()
