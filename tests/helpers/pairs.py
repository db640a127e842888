"""Helpers of the tests of sentence pairs: tiny files in the layouts of the public sets."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.helpers.texts import sentence, write
from training.data.catalogue import load_dataset
from training.tasks.translation.data.pair_dataset import PairDataset, PairSplit
from training.tasks.translation.data.same_sentence import sentence_key
from training.tasks.translation.recipe import PairData

Pair = tuple[str, str]
MULTI30K = ("train", "val", "test_2016_flickr")


def pair(number: int) -> Pair:
    """Two different sentences for each number."""
    return f"{sentence(number)}.", f"{sentence(number, 'bien')} !"


def pairs(count: int, first: int = 0) -> list[Pair]:
    return [pair(first + number) for number in range(count)]


def tabbed(lines: Iterable[Sequence[str]]) -> str:
    return "".join("\t".join(cells) + "\n" for cells in lines)


def write_tatoeba(folder: Path, lines: Iterable[Sequence[str]]) -> Path:
    write(folder / "_about.txt", "where it is from")
    return write(folder / "fra.txt", tabbed(lines)).parent


def write_multi30k(folder: Path, packed: bool = True, **parts: Sequence[Pair]) -> Path:
    """`train`, `val` and `test_2016_flickr`, each sentence of a language on a line."""
    for place, part in enumerate(MULTI30K):
        lines = parts.get(part, pairs(12, 1000 * (place + 1)))
        for side, language in enumerate(("en", "fr")):
            content = "".join(f"{line[side]}\n" for line in lines).encode()
            name = f"{part}.{language}" + ".gz" * packed
            write(folder / name, gzip.compress(content, mtime=0) if packed else content)
    return folder


def load_pairs(dataset: str, path: Path | None = None, **options: Any) -> PairDataset:
    loaded: PairDataset = load_dataset(PairData(dataset=dataset, path=path, **options))
    return loaded


def pairs_of(part: PairSplit) -> list[Pair]:
    return list(zip(part.sources, part.targets, strict=True))


def keys_of(*parts: PairSplit) -> set[str]:
    """Every sentence of parts, in both languages."""
    texts = [text for part in parts for text in part.sources]
    texts += [text for part in parts for each in part.references for text in each]
    return {sentence_key(text) for text in texts}


def check_apart(dataset: PairDataset) -> None:
    """No sentence of one part stands in another, in either language."""
    train, validation, test = map(keys_of, (dataset.train, dataset.validation, dataset.test))
    assert not train & validation
    assert not train & test
    assert not validation & test
