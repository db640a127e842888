"""Bombs and files that are too large: refused in little memory, naming the setting."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import InvalidSetting
from tests.helpers.bombs import TEN_GB, load_apart, packed, tar_headers, zipped_bomb
from tests.helpers.pictures import cats_and_dogs, load_folder, tarred, write, zipped
from tests.helpers.running import Okazu
from training.data.catalogue import load_dataset
from training.data.files.limits import data_limits
from training.data.files.utf8 import opened_text
from training.tasks.tabular.recipe import TableData
from training.tasks.text_classification.recipe import TextData
from training.tasks.translation.recipe import PairData

MOST_MEBIBYTES = 100  # more than before, whatever the bomb

ARCHIVES: dict[str, Callable[[Path], Path]] = {
    "folder": lambda root: root,
    "zip": lambda root: zipped(root, root.with_suffix(".zip")),
    "tar": lambda root: tarred(root, root.with_suffix(".tar")),
    "tar.gz": lambda root: tarred(root, root.with_suffix(".tar.gz")),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    cats_and_dogs(tmp_path / "pets")
    return tmp_path / "pets"


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize(
    ("setting", "kinds"),
    [
        ("OKAZU_MAX_MEMBER_BYTES", {"folder", "zip", "tar", "tar.gz"}),
        ("OKAZU_MAX_MEMBERS", {"folder", "zip", "tar", "tar.gz"}),
        ("OKAZU_MAX_UNPACKED_BYTES", {"zip", "tar", "tar.gz"}),
    ],
)
def test_images_above_a_limit_are_refused_and_the_setting_raises_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, kind: str, setting: str, kinds: set[str]
) -> None:
    path = ARCHIVES[kind](root)
    monkeypatch.setenv(setting, "10")
    if kind in kinds:
        with pytest.raises(InvalidSetting, match=rf"expected at most 10 .*{setting}") as raised:
            load_folder(path)
        assert "\n" not in str(raised.value)
    monkeypatch.setenv(setting, "1000000")
    load_folder(path)


FILES = {
    "csv": TableData(dataset="csv", target_column="en"),
    "text-csv": TextData(dataset="text-csv", text_column="de", label_column="en"),
    "pairs": PairData(dataset="pairs", source="de", target="en"),
}


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("dataset", FILES)
def test_rows_texts_and_pairs_above_the_limit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: str, ending: str
) -> None:
    content = b"de,en\n" + b"some words,2\n" * 10_000
    pack = gzip.compress if ending else bytes
    path = write(tmp_path, {f"t.csv{ending}": pack(content)}) / f"t.csv{ending}"
    monkeypatch.setenv("OKAZU_MAX_TABLE_BYTES", f"{len(content) - 1}")
    with pytest.raises(InvalidSetting, match="OKAZU_MAX_TABLE_BYTES"):
        load_dataset(FILES[dataset].model_copy(update={"path": path}))
    monkeypatch.setenv("OKAZU_MAX_TABLE_BYTES", f"{len(content)}")
    with opened_text(path) as file:
        assert len(file.read()) == len(content)


def test_what_grows_while_it_is_read_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKAZU_MAX_TABLE_BYTES", "1MB")
    endless = tmp_path / "zeros.csv"
    endless.symlink_to("/dev/zero")
    with pytest.raises(InvalidSetting, match="OKAZU_MAX_TABLE_BYTES"), opened_text(endless) as file:
        file.read()


@pytest.mark.parametrize(("value", "bytes_"), [("5", 5), ("2GB", 2_000_000_000), ("1GiB", 1 << 30)])
def test_a_limit_may_have_a_unit(monkeypatch: pytest.MonkeyPatch, value: str, bytes_: int) -> None:
    monkeypatch.setenv("OKAZU_MAX_TABLE_BYTES", value)
    assert data_limits().max_table_bytes == bytes_


@pytest.mark.parametrize("value", ["0", "-1", "many", "", "1e400"])
def test_a_wrong_limit_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("OKAZU_MAX_MEMBER_BYTES", value)
    with pytest.raises(InvalidSetting, match="OKAZU_MAX_MEMBER_BYTES: ") as raised:
        data_limits()
    assert "\n" not in str(raised.value)


def test_real_sets_are_below_the_limits() -> None:
    limits = data_limits()
    assert limits.max_members > 1_431_167  # ImageNet's pictures
    assert limits.max_unpacked_bytes > 160e9  # and their bytes
    assert limits.max_table_bytes > 1.7e9  # Amazon's reviews of McAuley and Leskovec 2013


def test_a_zip_of_another_method_is_refused_before_it_is_unpacked(root: Path) -> None:
    path = root.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        for file in root.rglob("*.png"):
            archive.write(file, file.relative_to(root))
    with pytest.raises(InvalidSetting, match="expected members that are stored or deflated"):
        load_folder(path)


def test_a_directory_of_too_many_members_is_not_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(5000):
            archive.writestr(f"{number:060}.png", b"")
    monkeypatch.setenv("OKAZU_MAX_MEMBERS", "10")
    with pytest.raises(InvalidSetting, match=r"its directory has more than .* OKAZU_MAX_MEMBERS"):
        load_folder(path)


def test_archives_in_archives_are_not_opened(root: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("cat/inner.png", b"")
    write(root / "cat", {"inner.zip": inner.getvalue()})
    notes = load_folder(zipped(root, root.with_suffix(".zip"))).notes
    assert any("ignored 1 file of other kinds" in note and ".zip" in note for note in notes)


@pytest.mark.parametrize("command", [["predict"], ["evaluate", "--data"]])
def test_pictures_and_rows_that_a_model_is_asked_about_are_limited(
    okazu: Okazu, tmp_path: Path, command: list[str]
) -> None:
    name, *option = command
    (tmp_path / "3").mkdir()
    large = tmp_path / "3" / "large.png"
    large.touch()
    os.truncate(large, TEN_GB)  # sparse
    finished = okazu(name, "digits", *option, tmp_path)
    assert finished.code == 2
    assert f"{large}: the file: expected at most 268,435,456 bytes" in finished.err
    assert "OKAZU_MAX_MEMBER_BYTES" in finished.err


@pytest.mark.slow
def test_a_zipped_member_of_10_gb_is_refused_in_little_memory(tmp_path: Path) -> None:
    path = zipped_bomb(tmp_path / "bomb.zip")
    assert path.stat().st_size < 20e6
    refused = load_apart("image-folder", path)
    assert "dog/1.png: expected at most 268,435,456 bytes unpacked" in refused.message
    assert "OKAZU_MAX_MEMBER_BYTES" in refused.message
    assert refused.mebibytes < MOST_MEBIBYTES


@pytest.mark.slow
def test_a_zipped_member_that_says_to_be_small_is_not_unpacked_further(tmp_path: Path) -> None:
    refused = load_apart("image-folder", zipped_bomb(tmp_path / "bomb.zip", declared=1000))
    assert "dog/1.png: cannot be taken from the archive: Bad CRC-32" in refused.message
    assert refused.mebibytes < MOST_MEBIBYTES


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz"])
def test_a_tar_of_10_gb_is_refused_before_it_is_unpacked(tmp_path: Path, ending: str) -> None:
    headers = tar_headers(("cat/1.png", 0, tarfile.REGTYPE), ("dog/1.png", TEN_GB, tarfile.REGTYPE))
    path = _begun(tmp_path / f"bomb.tar{ending}", b"".join(headers))
    refused = load_apart("image-folder", path)
    assert "dog/1.png: expected at most 268,435,456 bytes" in refused.message
    assert refused.mebibytes < MOST_MEBIBYTES


@pytest.mark.slow
@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_tar_whose_header_is_a_bomb_is_refused(tmp_path: Path, kind: bytes) -> None:
    path = _begun(tmp_path / "bomb.tar.gz", b"".join(tar_headers(("name", TEN_GB, kind))))
    refused = load_apart("image-folder", path)
    assert "a member's name or attributes have more than 1,048,576 bytes; refused" in (
        refused.message
    )
    assert refused.mebibytes < MOST_MEBIBYTES


def _begun(path: Path, beginning: bytes) -> Path:
    """A packed file that goes on with half a GB of zeros: enough to be seen in the memory."""
    return packed(path, beginning, bytes(512), 1 << 29)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name", "first", "repeated"),
    [
        ("csv", "t.csv.gz", b"a,b\n", b"0,1\n"),
        ("csv", "t.csv.gz", b"a,b\n", b"0"),
        ("text-csv", "t.jsonl.gz", b'{"a": "x", "b": "y"}\n', b'{"a": "x", "b": "y"}\n'),
        ("pairs", "t.txt.gz", b"a\tb\n", b"a\tb\n"),
    ],
)
def test_a_packed_table_is_refused_before_its_rows_are_kept(
    tmp_path: Path, kind: str, name: str, first: bytes, repeated: bytes
) -> None:
    path = packed(tmp_path / name, first, repeated, 1 << 28)
    refused = load_apart(kind, path, max_table_bytes="200MiB")
    assert "expected at most 209,715,200 bytes unpacked" in refused.message
    assert "OKAZU_MAX_TABLE_BYTES" in refused.message
    assert refused.mebibytes < MOST_MEBIBYTES


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "text-csv"])
def test_a_plain_table_of_10_gb_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1,2\n")
    os.truncate(path, TEN_GB)  # sparse
    refused = load_apart(kind, path)
    assert "received 10,737,418,240 or more" in refused.message
    assert refused.mebibytes < MOST_MEBIBYTES


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_line_without_an_end_is_refused(tmp_path: Path, ending: str) -> None:
    path = packed(tmp_path / f"t.csv{ending}", b"a,b\n", b"0", 1 << 29)
    refused = load_apart("csv", path)
    assert "expected lines of at most 67,108,864 bytes" in refused.message
    assert refused.mebibytes < 400
