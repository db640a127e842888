"""The public sets of sentence pairs: layouts, parts, damaged files, downloads, several at once."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from models.errors import InvalidSetting, OkazuError
from tests.helpers.pairs import (
    check_apart,
    keys_of,
    load_pairs,
    pair,
    pairs,
    pairs_of,
    tabbed,
    write_multi30k,
    write_tatoeba,
)
from tests.helpers.pictures import tarred, zipped
from tests.helpers.texts import write
from training.data.files.downloads import Download
from training.data.files.local_copies import DOWNLOADS
from training.tasks.translation.data import DATASETS, tatoeba


@pytest.fixture(autouse=True)
def _few_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tatoeba, "TEST_EXAMPLES", 10)
    monkeypatch.setattr(tatoeba, "VALIDATION_EXAMPLES", 5)


@pytest.mark.parametrize("packing", ["file", "folder", "around", "zip", "tar"])
@pytest.mark.parametrize("attributed", [False, True])
def test_tatoeba(tmp_path: Path, packing: str, attributed: bool) -> None:
    lines = [
        (*line, "CC-BY 2.0 (France) Attribution") if attributed else line for line in pairs(60)
    ]
    folder = write_tatoeba(tmp_path / "around" / "data", lines)
    path = {"folder": folder, "around": folder.parent, "file": folder / "fra.txt"}.get(packing)
    if packing == "zip":
        path = zipped(folder, tmp_path / "fra-eng.zip")
    if packing == "tar":
        path = tarred(folder, tmp_path / "fra-eng.tar.gz")
    dataset = load_pairs("tatoeba", path)
    assert dataset.licence == DATASETS["tatoeba"].licence
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [45, 5, 10]
    assert {line for part in (dataset.train, dataset.validation, dataset.test)
            for line in pairs_of(part)} == set(pairs(60))  # fmt: skip
    check_apart(dataset)
    assert dataset.fingerprint == load_pairs("tatoeba", folder).fingerprint
    assert load_pairs("tatoeba", folder, split_seed=1).fingerprint != dataset.fingerprint
    assert len(load_pairs("tatoeba", folder, test_examples=20).test) == 20


def test_tatoeba_is_read_in_either_direction(tmp_path: Path) -> None:
    folder = write_tatoeba(
        tmp_path, [line for n in range(40) for line in (pair(n), (pair(n)[0], f"ou {n}"))]
    )
    dataset = load_pairs("tatoeba", folder)
    assert dataset.test.references == [
        [target, f"ou {number}"]
        for line in pairs_of(dataset.test)
        for number, target in enumerate(pair(n)[1] for n in range(40))
        if line[1] == target
    ]
    reverse = load_pairs("tatoeba", folder, source="fr", target="en")
    assert (reverse.source_language, reverse.target_language) == ("fr", "en")
    assert set(reverse.train.targets) <= {pair(n)[0] for n in range(40)}
    assert len(reverse.test) == 10  # sentences in French, of five groups
    assert keys_of(reverse.test) < keys_of(dataset.test)
    for source, target in (("en", "de"), ("fr", "de"), ("de", "es")):
        with pytest.raises(InvalidSetting, match=r"data\.source: tatoeba has en and fr, in either"):
            load_pairs("tatoeba", folder, source=source, target=target)


def test_what_is_wrong_with_a_file_of_tatoeba_is_told(tmp_path: Path) -> None:
    folder = write_tatoeba(tmp_path / "a", pairs(60))
    content = (folder / "fra.txt").read_bytes()
    write(folder / "fra.txt", b"Good \xff day.\tBonjour.\r\n" + content + b"Hi.\t\n\n\n\tNon.")
    dataset = load_pairs("tatoeba", folder)
    assert set(dataset.notes) == {
        "left out 1 line not in UTF-8",
        "left out 2 pairs with an empty side",
    }
    write(folder / "fra.txt", content + b"A line of something else\n")
    with pytest.raises(InvalidSetting, match=r"fra\.txt: line 61: expected English, a tab and Fr"):
        load_pairs("tatoeba", folder)
    write(folder / "fra.txt", b"")
    with pytest.raises(InvalidSetting, match="the file is empty"):
        load_pairs("tatoeba", folder)
    write_tatoeba(folder / "again", pairs(10))
    with pytest.raises(InvalidSetting, match=r"expected one file fra\.txt, found 2"):
        load_pairs("tatoeba", folder)
    with pytest.raises(InvalidSetting, match="there is no"):
        load_pairs("tatoeba", tmp_path / "nothing")
    broken = zipped(write_tatoeba(tmp_path / "b", pairs(600)), tmp_path / "b.zip")
    broken.write_bytes(broken.read_bytes()[:200] + bytes(50) + broken.read_bytes()[250:])
    with pytest.raises(OkazuError, match="cannot be"):
        load_pairs("tatoeba", broken)
    small = write_tatoeba(tmp_path / "small", pairs(10))
    with pytest.raises(InvalidSetting, match=r"data\.test_examples: tatoeba has 10 different"):
        load_pairs("tatoeba", small)


@pytest.mark.parametrize("packed", [False, True])
def test_multi30k_has_its_parts(tmp_path: Path, packed: bool) -> None:
    test = [pair(1), pair(1), ("Only in the test.", "Seulement dans le test.")]
    train = [
        *pairs(12, 100),
        ("ONLY in the test", "Autre chose"),
        ("Yet", "dans le test: seulement"),
    ]
    folder = write_multi30k(tmp_path / "a" / "b", packed, test_2016_flickr=test, train=train)
    dataset = load_pairs("multi30k", folder)
    # A test part that is given stays as it is, whatever stands there twice.
    assert pairs_of(dataset.test) == test
    assert dataset.test.references == [[target] for _, target in test]
    assert pairs_of(dataset.train) == [*train[:12], train[13]]
    assert pairs_of(dataset.validation) == pairs(12, 2000)
    assert dataset.notes == (
        "left out 1 pair of the train part that share a sentence with a validation or test part",
    )
    assert load_pairs("multi30k", folder.parent).fingerprint == dataset.fingerprint
    reverse = load_pairs("multi30k", folder, source="fr", target="en")
    assert pairs_of(reverse.test) == [(other, one) for one, other in test]


def test_what_is_wrong_with_files_of_multi30k_is_told(tmp_path: Path) -> None:
    folder = write_multi30k(tmp_path)
    (folder / "val.fr.gz").rename(folder / "val.de.gz")
    with pytest.raises(InvalidSetting, match=r"each maybe with \.gz; missing: val\.fr"):
        load_pairs("multi30k", folder)
    write_multi30k(folder, val=[])
    with pytest.raises(
        InvalidSetting, match=r"val\.en and val\.fr to have as many lines; received 0"
    ):
        load_pairs("multi30k", folder)
    write_multi30k(folder)
    write(folder / "train.fr.gz", gzip.compress(b"une\nseule \xff\ntrois"))
    with pytest.raises(InvalidSetting, match="received 12 and 3"):
        load_pairs("multi30k", folder)
    write(folder / "train.en.gz", gzip.compress(b"one\nalone\nthree\n"))
    assert load_pairs("multi30k", folder).notes == ("left out 1 pair not in UTF-8",)
    write(folder / "train.en.gz", gzip.compress(b"one\nalone\nthree\n" * 99)[:-12])
    with pytest.raises(OkazuError, match=r"train\.en\.gz is truncated or damaged"):
        load_pairs("multi30k", folder)
    write(folder / "c" / "train.en", "one")
    with pytest.raises(InvalidSetting, match=r"train\.en is there twice"):
        load_pairs("multi30k", folder)


@pytest.fixture
def both(data_directory: Path) -> Path:
    """Tatoeba and Multi30k in the data directory, with test sentences of one in the other."""
    write_tatoeba(data_directory / "tatoeba", [*pairs(60), pair(3001), ("a", pair(2001)[1])])
    train = [*pairs(12, 1000), *pairs(20), ("in the test of both", "b")]
    write_multi30k(data_directory / "multi30k", train=train)
    return data_directory


@pytest.mark.usefixtures("both")
def test_test_sentences_of_one_set_leave_the_other() -> None:
    alone = load_pairs("tatoeba")
    dataset = load_pairs("tatoeba", also=["multi30k"])
    assert (dataset.name, dataset.origins) == ("tatoeba+multi30k", ("tatoeba", "multi30k"))
    assert dataset.licence.startswith("tatoeba: CC BY 2.0")
    assert pairs_of(dataset.tests["tatoeba"]) == pairs_of(alone.test)
    assert pairs_of(dataset.tests["multi30k"]) == pairs(12, 3000)
    assert np.bincount(dataset.test.origins).tolist() == [10, 12]
    train, others = keys_of(dataset.train), keys_of(dataset.validation, dataset.test)
    assert not train & others
    learned = {*pairs(60), *pairs(12, 1000), ("in the test of both", "b")}
    assert set(pairs_of(dataset.train)) < learned
    assert len(dataset.train) == 45 + 12 + 1
    assert any(note.startswith("multi30k: left out") for note in dataset.notes)
    assert dataset.notes[-1].startswith("training pairs: ")
    reverse = load_pairs("multi30k", also=["tatoeba"])
    assert pairs_of(reverse.tests["tatoeba"]) == pairs_of(alone.test)
    assert sorted(pairs_of(reverse.train)) == sorted(pairs_of(dataset.train))


@pytest.mark.usefixtures("both")
def test_own_pairs_are_learned_from_beside_public_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "own.tsv", tabbed([*pairs(60), *pairs(30, 7000)]))
    dataset = load_pairs("pairs", path, also=["tatoeba", "multi30k"], test_examples=3)
    sizes = {name: len(part) for name, part in dataset.tests.items()}
    assert sizes == {"pairs": 3, "tatoeba": 10, "multi30k": 12}  # the number is for the first
    train, others = keys_of(dataset.train), keys_of(dataset.validation, dataset.test)
    assert not train & others
    with pytest.raises(InvalidSetting, match="multi30k has en and fr, in either direction"):
        load_pairs("pairs", path, also=["multi30k"], source="de")


@pytest.mark.parametrize("also", [["tatoeba"], ["multi30k"] * 2, ["pairs"], ["imdb"], ["no"]])
@pytest.mark.usefixtures("both")
def test_what_cannot_stand_beside_another_is_refused(also: list[str]) -> None:
    with pytest.raises(
        InvalidSetting, match=r"data\.also: expected each once of: multi30k, phrases"
    ):
        load_pairs("tatoeba", also=also)


@pytest.mark.parametrize("name", ["tatoeba", "multi30k"])
def test_sets_are_fetched_from_their_home_once(
    home: tuple[Path, str], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = home
    if name == "tatoeba":
        zipped(write_tatoeba(tmp_path / "t", pairs(60)), folder / "fra-eng.zip")
    else:
        write_multi30k(folder)
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    downloads = []
    for known in DOWNLOADS[name]:
        content = (folder / known.name).read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        downloads.append(Download(known.name, len(content), sha256, (address + known.name,)))
    monkeypatch.setitem(DOWNLOADS, name, tuple(downloads))
    fetched = load_pairs(name)
    for path in folder.iterdir():
        path.unlink()
    assert load_pairs(name).fingerprint == fetched.fingerprint
