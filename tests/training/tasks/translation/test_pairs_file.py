"""Own files of sentence pairs: what is read, what is refused and how clearly, how it is split."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from models.errors import InvalidSetting
from tests.helpers.pairs import (
    Pair,
    check_apart,
    keys_of,
    load_pairs,
    pair,
    pairs,
    pairs_of,
    tabbed,
)
from tests.helpers.texts import write
from training.tasks.translation.data import pair_file
from training.tasks.translation.data.pair_dataset import PairDataset
from training.tasks.translation.recipe import PairData


def lined(lines: Sequence[Pair], keys: Pair = ("en", "fr")) -> str:
    return "".join(json.dumps(dict(zip(keys, line, strict=True))) + "\n" for line in lines)


def comma_separated(lines: Sequence[Pair]) -> str:
    return "en,fr\n" + "".join(f'"{one}","{other}"\n' for one, other in lines)


def load_own(path: Path, **options: Any) -> PairDataset:
    return load_pairs("pairs", path, **options)


def everything(dataset: PairDataset) -> list[Pair]:
    parts = (dataset.train, dataset.validation, dataset.test)
    return sorted(line for part in parts for line in pairs_of(part))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.tsv", tabbed(pairs(60))),
        ("p.txt", tabbed([("en", "fr"), *pairs(60)])),
        ("P.TSV", tabbed([("Source", "Target"), *pairs(60)])),
        ("p.tab", tabbed([("fr", "EN"), *((b, a) for a, b in pairs(60))])),
        ("p.tsv", tabbed((*line, f"attribution {n}") for n, line in enumerate(pairs(60)))),
        ("p.tsv", "\ufeff\n" + tabbed(pairs(60)).replace("\n", "\r\n\r\n")),
        ("p.csv", comma_separated(pairs(60))),
        ("p.jsonl", lined(pairs(60))),
        ("p.ndjson", lined(pairs(60), ("source", "target"))),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_files_of_each_kind_are_one_set(
    tmp_path: Path, name: str, content: str, packed: bool
) -> None:
    path = tmp_path / (name + ".gz" * packed)
    write(path, gzip.compress(content.encode()) if packed else content)
    dataset = load_own(path)
    plain = load_own(write(tmp_path / "plain.tsv", tabbed(pairs(60))))
    assert dataset.fingerprint == plain.fingerprint
    assert everything(dataset) == sorted(pairs(60))
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [43, 5, 12]
    assert (dataset.source_language, dataset.target_language) == ("en", "fr")
    assert dataset.source == f"own texts, {path.name}"
    check_apart(dataset)


def test_any_two_languages_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tsv", tabbed([("de", "pt-BR"), *pairs(30)]))
    dataset = load_own(path, source="pt-BR", target="de")
    assert everything(dataset) == sorted((other, one) for one, other in pairs(30))
    assert dataset.notes == ()
    with pytest.raises(ValidationError, match="expected another language than source"):
        PairData(dataset="pairs", source="de", target="de")
    with pytest.raises(ValidationError):
        PairData(dataset="pairs", source="German")


def test_how_columns_are_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "p.tsv", tabbed((*line, "CC-BY", "1") for line in pairs(30)))
    assert load_own(path, source="en", target="it").notes == (
        "its first column is read as en, its second as it",
        "2 columns beside the two of sentences not read",
    )
    assert "okazu: pairs: its first column is read as en" in capsys.readouterr().err


def test_sentences_may_hold_anything(tmp_path: Path) -> None:
    odd = [
        ('He said "yes', "\u00ab\u202fOui\u202f\u00bb"),
        ("a\0b", "\U0001f600\u200d\u05e9"),
        ("x" * 100_000, "y" * 99_000),
        ("one\u2028two", "#"),
    ]
    path = write(tmp_path / "p.tsv", tabbed([*pairs(30), *odd]))
    assert set(odd) < set(everything(load_own(path, max_length_ratio=None)))


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    lines = [*pairs(60), ("", "rien"), ("nothing", " "), *pairs(40), ("long " * 200, "court")]
    path = write(tmp_path / "p.tsv", tabbed(lines))
    dataset = load_own(path)
    assert everything(dataset) == sorted(pairs(60))
    assert set(dataset.notes) == {
        "its first column is read as en, its second as fr",
        "the first pair with an empty side is on line 61",
        "left out 2 pairs with an empty side",
        "left out 30 pairs that stand in the train part before",
        "left out 1 pair of too uneven lengths",
    }
    assert len(everything(load_own(path, max_length_ratio=None))) == 61
    shorter = load_own(path, max_words=8)
    assert max(len(text.split()) for text in shorter.train.targets) == 8
    assert any("of too many words" in note for note in shorter.notes)
    assert keys_of(shorter.test) == keys_of(dataset.test)  # which nothing is taken from


def test_pairs_that_share_a_sentence_stay_together(tmp_path: Path) -> None:
    chains = []
    for number in range(40):
        one, other = pair(number)
        chains += [(one, other), (one, f"{other} bis"), (f"{one} Again", f"{other} BIS...")]
    # Accents, capitals, punctuation and joined letters make no other sentence.
    chains += [("the heart", "Le c\u0153ur"), ("that heart", "le COEUR!"), ("That h\u00e9art", "X")]
    path = write(tmp_path / "p.tsv", tabbed(chains))
    for seed in range(5):
        dataset = load_own(path, split_seed=seed, validation_fraction=0.2)
        check_apart(dataset)
        assert len(dataset.test) == 16  # of 82 sentences
        assert len(set(dataset.test.sources)) == 16


def test_a_held_out_sentence_stands_once_with_all_its_translations(tmp_path: Path) -> None:
    lines = [line for n in range(30) for line in (pair(n), (pair(n)[0].upper(), f"autre {n}"))]
    lines.append((pair(0)[0], pair(0)[1]))
    dataset = load_own(write(tmp_path / "p.tsv", tabbed(lines)), test_examples=20)
    assert len(dataset.test) == 20
    numbers = {pair(n): n for n in range(30)}
    for line, references in zip(pairs_of(dataset.test), dataset.test.references, strict=True):
        assert references == [line[1], f"autre {numbers[line]}"]
    taken = dataset.test.take(dataset.test.origins[:1] + 3)
    assert taken.references == [dataset.test.references[3]]
    assert len(dataset.train) == 2 * (30 - 20 - len(dataset.validation))
    assert dataset.train.references == [[target] for target in dataset.train.targets]


def test_a_number_or_a_fraction_is_held_out(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tsv", tabbed(pairs(60)))
    dataset = load_own(path, test_examples=7, validation_examples=3)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [50, 3, 7]
    more = load_own(path, test_examples=9, validation_examples=3)
    assert keys_of(dataset.test) < keys_of(more.test)
    other = load_own(path, test_examples=7, validation_examples=3, split_seed=1)
    assert keys_of(other.test) != keys_of(dataset.test)


def test_what_is_held_out_hardly_changes_as_a_set_grows(tmp_path: Path) -> None:
    less = load_own(write(tmp_path / "p.tsv", tabbed(pairs(200))), test_examples=50)
    lines = [*pairs(10, 1000), *reversed(pairs(200))]
    more = load_own(write(tmp_path / "q.tsv", tabbed(lines)), test_examples=50)
    reverse = load_own(tmp_path / "q.tsv", test_examples=50, source="fr", target="en")
    assert len(keys_of(less.test) & keys_of(more.test)) > 90  # of 100
    assert keys_of(reverse.test) == keys_of(more.test)


REFUSED: dict[str, tuple[str, str | bytes, dict[str, Any], str]] = {
    "nothing": ("p.tsv", "", {}, "expected a sentence and its translation, it is empty"),
    "blank lines": ("p.tsv", "\n \n", {}, "it is empty"),
    "a header alone": ("p.tsv", "en\tfr\n", {}, "expected a sentence and its translation on each"),
    "no tab": ("p.tsv", "a\tb\nHello, you!\n", {}, r"line 2: expected a sentence, a tab and its"
               r" translation; received 'Hello, you!'"),
    "no tab at all": ("p.txt", "a novel\nof many lines", {}, "line 1: expected a sentence, a tab"),
    "a tab too many": ("p.tsv", "a\tb\n\nc\td\te\n", {}, "line 3 has 2 tabs, the first has 1"),
    "one side": ("p.tsv", "a\t\nb\t \n", {}, "the second, fr, is empty in all 2 pairs"),
    "the other side": ("p.jsonl", '{"en": null, "fr": "a"}', {}, "the first, en, is empty in all"),
    "latin-1": ("p.tsv", b"a\tb\nc\tcaf\xe9\n", {}, "line 2: expected UTF-8, found the byte 0xe9"),
    "UTF-16": ("p.tsv", "a\tb".encode("utf-16"), {}, "line 1: expected UTF-8, found UTF-16"),
    "not gzipped": ("p.tsv.gz", "a\tb", {}, "damaged, or not gzipped"),
    "other languages": ("p.tsv", "de\ten\nja\tyes\n", {}, "line 1 has the languages de and en"),
    "other columns": ("p.csv", "a,b\nc,d\n", {}, "the columns en and fr .*there are: a, b"),
    "no objects": ("p.jsonl", "[1]\n", {}, "line 1: expected an object"),
    "a number": ("p.jsonl", '{"en": 5, "fr": "cinq"}', {}, "expected a sentence in 'en', received"),
    "another kind": ("p.xlsx", b"PK", {}, r"ends in \.tsv, \.txt, \.csv or \.jsonl"),
    "a single pair": ("p.tsv", "a\tb\n", {}, "the 1 different sentence in pairs cannot be parted"),
    "two pairs": ("p.tsv", "a\tb\nc\td\n", {}, "cannot be parted into train, validation, test"),
    "pairs all linked": ("p.tsv", tabbed((f"a {n}", "b") for n in range(9)), {}, "be parted"),
    "too many held out": (
        "p.tsv",
        tabbed(pairs(9)),
        {"test_examples": 9},
        r"data\.test_examples: pairs has 9 different sentences .*received 9",
    ),
    "too many for validation": (
        "p.tsv",
        tabbed(pairs(9)),
        {"validation_examples": 8},
        r"data\.validation_examples: pairs has 7 different sentences",
    ),
    "all too long": ("p.tsv", tabbed(pairs(9)), {"max_words": 1}, r"no pairs of pairs are left for"
                     r" the train part \(.*of too many words\)"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_named(tmp_path: Path, case: str) -> None:
    name, content, options, message = REFUSED[case]
    with pytest.raises(InvalidSetting, match=message) as refused:
        load_own(write(tmp_path / name, content), **options)
    assert "\n" not in str(refused.value)


def test_a_file_must_be_named_and_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"data\.path: pairs is your own data; expected a TSV"):
        load_pairs("pairs")
    with pytest.raises(InvalidSetting, match="there is no such file"):
        load_own(tmp_path / "no.tsv")
    (tmp_path / "folder.tsv").mkdir()
    with pytest.raises(InvalidSetting, match="this is a folder"):
        load_own(tmp_path / "folder.tsv")


def test_lines_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_file, "LONGEST_LINE", 1000)
    path = write(tmp_path / "p.tsv", tabbed(pairs(3)) + "a" * 1001)
    with pytest.raises(InvalidSetting, match="line 4: expected at most 1,000 characters"):
        load_own(path)
