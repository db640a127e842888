"""Helpers of the tests of texts: tiny files in the layouts of the public sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from training.data.catalogue import load_dataset
from training.data.texts.text_rows import TextDataset
from training.tasks.text_classification.recipe import TextData

_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
IMDB = [(part, kind) for part in ("train", "test") for kind in ("neg", "pos")]


def sentence(number: int, word: str = "fine") -> str:
    """A different sentence for each number."""
    names = " ".join(_NUMBERS[int(digit)] for digit in str(number))
    return f"the film with number {names} is {word}"


def write_imdb(root: Path, each: int = 12) -> Path:
    """Reviews in the layout of aclImdb, with files beside them that are none."""
    folder = root / "aclImdb"
    for place, (part, kind) in enumerate(IMDB):
        for number in range(each):
            text = f"{sentence(1000 * place + number)}.<br /><br />It was {kind}."
            write(folder / part / kind / f"{number}_7.txt", text)
    write(folder / "train" / "unsup" / "0_0.txt", "what nobody has labelled")
    write(folder / "train" / "urls_pos.txt", "a list of addresses")
    write(folder / "README", "read me")
    return folder


def write_sst2(folder: Path, **parts: Iterable[tuple[int, str]]) -> Path:
    """`train`, `dev` and `test` as lines of a label and a sentence."""
    for part in ("train", "dev", "test"):
        offset = {"train": 0, "dev": 300, "test": 400}[part]
        lines = parts.get(part, [(n % 2, sentence(offset + n)) for n in range(20)])
        content = "".join(f"{label} {text}\n" for label, text in lines)
        write(folder / f"stsa.binary.{part}", content)
    return folder


def write_mr(folder: Path, negative: Iterable[str], positive: Iterable[str]) -> Path:
    for kind, lines in (("neg", negative), ("pos", positive)):
        content = "".join(f"{line} \n" for line in lines)
        write(folder / f"rt-polarity.{kind}", content.encode("latin-1"))
    return folder


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def load_texts(dataset: str, path: Path | None = None, **options: Any) -> TextDataset:
    loaded: TextDataset = load_dataset(TextData(dataset=dataset, path=path, **options))
    return loaded


def load_file(path: Path, **options: Any) -> TextDataset:
    columns: Mapping[str, str] = {"text_column": "text", "label_column": "label"}
    return load_texts("text-csv", path, **{**columns, **options})


def parts_of(dataset: TextDataset) -> list[list[str]]:
    return [list(part.texts) for part in (dataset.train, dataset.validation, dataset.test)]
