"""The public sets of texts: layouts, parts, damaged files, downloads, several at once."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from models.errors import InvalidSetting, OkazuError
from tests.helpers.pictures import tarred, zipped
from tests.helpers.texts import (
    load_file,
    load_texts,
    parts_of,
    sentence,
    write,
    write_imdb,
    write_mr,
    write_sst2,
)
from training.data.files.downloads import Download
from training.data.files.local_copies import DOWNLOADS
from training.tasks.text_classification.data import DATASETS
from training.tasks.text_classification.recipe import TextData


def mr_sentences(first: int, count: int = 60) -> list[str]:
    return [sentence(first + n, "slow") for n in range(count)]


@pytest.mark.parametrize("packing", ["folder", "around", "zip", "tar"])
def test_imdb(tmp_path: Path, packing: str) -> None:
    folder = write_imdb(tmp_path / "data")
    path = {"folder": folder, "around": folder.parent}.get(packing)
    if packing == "zip":
        path = zipped(folder.parent, tmp_path / "imdb.zip")
    if packing == "tar":
        path = tarred(folder.parent, tmp_path / "imdb.tar.gz")
    dataset = load_texts("imdb", path)
    assert (dataset.name, dataset.labels) == ("imdb", ("negative", "positive"))
    assert dataset.licence == DATASETS["imdb"].licence
    assert [len(part) for part in parts_of(dataset)] == [22, 2, 24]
    assert dataset.test.labels.tolist() == [0] * 12 + [1] * 12
    assert dataset.test.labels.dtype == np.int64
    for part in (dataset.train, dataset.validation, dataset.test):
        for text, label in zip(part.texts, part.labels, strict=True):
            assert text.endswith(f"<br /><br />It was {('neg', 'pos')[label]}.")
    assert not any("labelled" in text for part in parts_of(dataset) for text in part)
    plain = load_texts("imdb", folder)
    assert dataset.fingerprint == plain.fingerprint
    assert load_texts("imdb", folder, split_seed=1).fingerprint != plain.fingerprint


def test_reviews_that_stand_twice_leave_the_training_part(tmp_path: Path) -> None:
    folder = write_imdb(tmp_path)
    again = (folder / "test" / "pos" / "3_7.txt").read_text()
    write(folder / "train" / "pos" / "3_7.txt", again.upper().replace("<BR />", " <br />\n"))
    write(folder / "train" / "neg" / "4_7.txt", " \n")
    write(folder / "train" / "neg" / "5_7.txt", b"caf\xe9 of another kind")
    dataset = load_texts("imdb", folder)
    assert len(dataset.test) == 24
    assert len(dataset.train) + len(dataset.validation) == 22
    assert set(dataset.notes) == {
        "1 review not wholly in UTF-8",
        "left out 1 text without content",
        "left out 1 text of the train part that stand in validation or test too",
    }


def test_imdb_without_a_class_is_refused(tmp_path: Path) -> None:
    folder = write_imdb(tmp_path)
    for path in (folder / "test" / "neg").iterdir():
        path.unlink()
    with pytest.raises(InvalidSetting, match=r"expected reviews in test/neg/\*\.txt, found none"):
        load_texts("imdb", folder)
    with pytest.raises(InvalidSetting, match="expected a folder, a zip or a tar"):
        load_texts("imdb", folder / "README")


@pytest.mark.parametrize("missing", range(40, 1200, 29))
def test_a_truncated_archive_is_one_clear_line_wherever_it_ends(
    tmp_path: Path, missing: int
) -> None:
    broken = tarred(write_imdb(tmp_path / "b", each=60), tmp_path / "b.tar.gz")
    broken.write_bytes(broken.read_bytes()[:-missing])
    with pytest.raises(OkazuError, match="truncated or damaged"):
        load_texts("imdb", broken)


def test_sst2_has_its_parts(tmp_path: Path) -> None:
    test = [(1, "-lrb- it does n't fail -rrb- ."), (0, "a `` film '' .")]
    dataset = load_texts("sst2", write_sst2(tmp_path / "sst2", test=test))
    assert [len(part) for part in parts_of(dataset)] == [20, 20, 2]
    assert list(dataset.test.texts) == ["(it doesn't fail).", 'a "film".']
    assert dataset.test.labels.tolist() == [1, 0]
    packed = zipped(tmp_path / "sst2", tmp_path / "sst2.zip", "some/where/")
    assert load_texts("sst2", packed).fingerprint == dataset.fingerprint


@pytest.mark.parametrize("line", ["2 a film", "a film", "1\ta film", "1"])
def test_a_wrong_line_of_sst2_is_named(tmp_path: Path, line: str) -> None:
    folder = write_sst2(tmp_path)
    file = folder / "stsa.binary.dev"
    file.write_text(file.read_text() + line + "\n")
    if line == "1":  # a label without a sentence is an empty text
        assert "left out 1 text without content" in load_texts("sst2", folder).notes
        return
    with pytest.raises(InvalidSetting, match=r"stsa\.binary\.dev, line 21: expected a label"):
        load_texts("sst2", folder)


def test_files_of_sentences_must_be_there_once(tmp_path: Path) -> None:
    folder = write_sst2(tmp_path / "a" / "b").parent
    write_sst2(folder / "c")
    with pytest.raises(InvalidSetting, match="is there twice"):
        load_texts("sst2", folder)
    for path in folder.rglob("*.dev"):
        path.unlink()
    for path in (folder / "c").iterdir():
        path.unlink()
    with pytest.raises(InvalidSetting, match=r"missing: stsa\.binary\.dev"):
        load_texts("sst2", folder)
    with pytest.raises(InvalidSetting, match="the file is empty"):
        load_texts("mr", write_mr(tmp_path / "mr", mr_sentences(0), []))


def test_mr_is_split_by_content_or_by_fold(tmp_path: Path) -> None:
    negative, positive = mr_sentences(0), [*mr_sentences(100, 59), "caf\u00e9 \x96 it 's \u00e9"]
    path = write_mr(tmp_path, negative, positive)
    dataset = load_texts("mr", path)
    assert [len(part) for part in parts_of(dataset)] == [86, 10, 24]
    everything = [text for part in parts_of(dataset) for text in part]
    assert "caf\u00e9 \u2013 it's \u00e9" in everything  # Windows-1252, as it really is
    tests = [load_texts("mr", path, fold=fold).test for fold in range(10)]
    assert Counter(text for test in tests for text in test.texts) == Counter(everything)
    assert {tuple(np.bincount(test.labels)) for test in tests} == {(6, 6)}
    again = load_texts("mr", path, fold=3)
    assert list(again.test.texts) == list(tests[3].texts)
    assert list(load_texts("mr", path, fold=3, split_seed=1).test.texts) != list(tests[3].texts)


def test_equal_sentences_share_a_fold(tmp_path: Path) -> None:
    twice = [line for n in range(25) for line in (sentence(n), sentence(n).upper() + " !")]
    path = write_mr(tmp_path, twice, mr_sentences(100, 50))
    for fold in range(10):
        train, validation, test = (
            {text.lower().rstrip("!") for text in part}
            for part in parts_of(load_texts("mr", path, fold=fold))
        )
        assert not test & train
        assert not test & validation
        assert not train & validation


@pytest.fixture
def both(data_directory: Path) -> Path:
    """SST-2 and MR in the data directory, most of the one's sentences in the other.

    MR has 10 of the training, 5 of the validation and 5 of the test sentences of SST-2 as they
    are, two test sentences in one line, and 30 of its own.
    """
    write_sst2(data_directory / "sst2")
    shared = [sentence(n) for n in (*range(10), *range(300, 305), *range(400, 405))]
    shared[-1] = shared[-1].upper() + "!"
    joined = [f"{sentence(410)} . {sentence(411)} ."]
    write_mr(data_directory / "mr", shared + mr_sentences(500, 15) + joined, mr_sentences(600, 15))
    return data_directory


@pytest.mark.usefixtures("both")
def test_test_sentences_of_one_set_leave_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    dataset = load_texts("sst2", also=["mr"])
    train, validation, test = parts_of(dataset)
    assert dataset.origins == ("sst2", "mr")
    assert dataset.name == "sst2+mr"
    assert dataset.licence.startswith("sst2: no licence stated")
    assert test == [sentence(400 + n) for n in range(20)]  # MR has none: it is all learned from
    assert list(dataset.tests) == ["sst2"]
    assert len(train) == 20 + 26
    assert len(validation) == 20 + 4
    assert not any(text in other.lower() for text in test + validation for other in train)
    assert np.bincount(dataset.validation.origins).tolist() == [20, 4]
    assert "mr: left out 11 texts that share a sentence with validation or test of another set" in (
        dataset.notes
    )
    assert "mr: left out 10 texts that stand in the train part of a set before it" in dataset.notes
    assert "training texts: 20 of sst2, 26 of mr" in dataset.notes
    assert "okazu: sst2+mr: training texts" in capsys.readouterr().err


@pytest.mark.usefixtures("both")
def test_the_fold_that_is_tested_leaves_the_other_set() -> None:
    for fold in range(10):
        dataset = load_texts("mr", also=["sst2"], fold=fold)
        train, validation, test = ([t.lower() for t in part] for part in parts_of(dataset))
        for text in test:
            assert not any(text.rstrip("!.") in other for other in train + validation)
        # SST-2's test part is whole, whatever MR has of it.
        assert list(dataset.tests["sst2"].texts) == [sentence(400 + n) for n in range(20)]
        assert set(dataset.tests) == {"mr", "sst2"}


@pytest.mark.usefixtures("both")
def test_own_texts_are_learned_from_beside_public_ones(tmp_path: Path) -> None:
    lines = ["text,label"]
    lines += [f"{sentence(700 + n)},{('negative', 'positive')[n % 2]}" for n in range(30)]
    path = write(tmp_path / "own.csv", "\n".join(lines))
    dataset = load_file(path, also=["sst2"])
    assert {name: len(part) for name, part in dataset.tests.items()} == {"text-csv": 6, "sst2": 20}
    write(path, path.read_text().replace("negative", "sad"))
    with pytest.raises(InvalidSetting, match=r"sets with the labels positive, sad; sst2 has nega"):
        load_file(path, also=["sst2"])


@pytest.mark.parametrize("also", [["sst2"], ["mr", "mr"], ["text-csv"], ["mnist"], ["no"]])
@pytest.mark.usefixtures("both")
def test_what_cannot_stand_beside_another_is_refused(also: list[str]) -> None:
    with pytest.raises(InvalidSetting, match=r"data\.also: expected each once of: imdb, mr, rev"):
        load_texts("sst2", also=also)


@pytest.mark.parametrize(
    "options",
    [
        {"dataset": "imdb", "fold": 1},
        {"dataset": "mr", "fold": 10},
        {"dataset": "sst2", "text_column": "a"},
        {"dataset": "reviews", "label_column": "a"},
        {"dataset": "reviews", "examples": 10},
    ],
)
def test_fields_of_another_set_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TextData.model_validate(options)


@pytest.mark.parametrize("name", ["imdb", "sst2", "mr"])
def test_sets_are_fetched_from_their_home_once(
    home: tuple[Path, str],
    name: str,
    tmp_path: Path,
    data_directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, address = home
    if name == "imdb":
        tarred(write_imdb(tmp_path / "i").parent, folder / "aclImdb_v1.tar.gz")
    elif name == "sst2":
        write_sst2(folder)
    else:
        write_mr(folder, mr_sentences(0), mr_sentences(100))
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    downloads = []
    for known in DOWNLOADS[name]:
        content = (folder / known.name).read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        downloads.append(Download(known.name, len(content), sha256, (address + known.name,)))
    monkeypatch.setitem(DOWNLOADS, name, tuple(downloads))
    fetched = load_texts(name)
    assert {path.name for path in (data_directory / name).iterdir()} >= {
        download.name for download in downloads
    }
    for path in folder.iterdir():
        path.unlink()
    assert load_texts(name).fingerprint == fetched.fingerprint
