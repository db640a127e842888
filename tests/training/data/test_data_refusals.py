"""Own images that are not as they should be: one clear line, and nothing outside is touched."""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import InvalidSetting, OkazuError
from tests.helpers.pictures import (
    cats_and_dogs,
    class_folder,
    load_folder,
    parts,
    picture,
    png,
    tarred,
    three_parts,
    write,
    zipped,
)
from training.data.catalogue import load_dataset
from training.tasks.image_classification.recipe import ImageData


def empty_class(root: Path) -> None:
    cats_and_dogs(root)
    (root / "emu").mkdir()


def class_of_other_files(root: Path) -> None:
    cats_and_dogs(root)
    write(root / "emu", {"1.bmp": b"BM", "2.bmp": b"BM"})


def unreadable_class(root: Path) -> None:
    cats_and_dogs(root)
    write(root / "emu", {"1.png": b"BM", "2.png": b"BM"})


def class_of_copies(root: Path) -> None:
    cats_and_dogs(root)
    for number in range(5):
        picture(root / "emu" / f"{number}.png", 7)


def class_of_two(root: Path) -> None:
    cats_and_dogs(root)
    class_folder(root / "emu", 1, first_seed=50)


def only_a_test_part(root: Path) -> None:
    three_parts(root)
    shutil.rmtree(root / "train")


def class_in_test_only(root: Path) -> None:
    three_parts(root)
    class_folder(root / "test" / "emu", 2)


def loose_images(root: Path) -> None:
    class_folder(root, 5)


def two_validations(root: Path) -> None:
    three_parts(root)
    class_folder(root / "val" / "cat", 2)


MISTAKES: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda root: root.mkdir(), "found none"),
    "loose images": (loose_images, "expected two sub-folders"),
    "a single class": (lambda root: class_folder(root / "cat", 5), "found cat"),
    "an empty class": (empty_class, "emu is empty; expected PNG, JPEG or WebP images, found noth"),
    "other files": (class_of_other_files, r"emu is empty.*found 2 other files \(2 .bmp\)"),
    "all unreadable": (unreadable_class, "'emu' has 0 different readable.*2 unreadable files"),
    "one image": (class_of_two, r"'emu' has 1 different .*expected 3 at least \(train, valid"),
    "copies of one": (class_of_copies, "'emu' has 1 different"),
    "no training part": (only_a_test_part, "expected a folder train beside test"),
    "unknown class": (class_in_test_only, "test/emu is no class of the training part.*cat, dog"),
    "two validations": (two_validations, "several folders for validation"),
    "no such path": (lambda _: None, "there is no "),
    "no archive": (lambda root: root.write_text("hello"), "expected a folder, a zip or a tar"),
    "empty file": (lambda root: root.write_bytes(b""), "expected a folder, a zip or a tar"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_clear_line(tmp_path: Path, mistake: str) -> None:
    make, message = MISTAKES[mistake]
    make(tmp_path / "pets")
    with pytest.raises(InvalidSetting, match=message) as raised:
        load_folder(tmp_path / "pets")
    assert "\n" not in str(raised.value)


def test_a_path_is_asked_for() -> None:
    with pytest.raises(InvalidSetting, match=r"--set data\.path="):
        load_dataset(ImageData(dataset="image-folder"))


@pytest.mark.parametrize("target", ["file outside", "folder outside", "folder inside"])
def test_links_that_leave_the_folder_are_refused(tmp_path: Path, target: str) -> None:
    folder = cats_and_dogs(tmp_path / "pets")
    outside = class_folder(tmp_path / "secret", 3)
    targets = {
        "file outside": outside / "000.png",
        "folder outside": outside,
        "folder inside": folder / "cat",
    }
    (folder / "dog" / "link.png").symlink_to(targets[target])
    with pytest.raises(InvalidSetting, match=r"dog/link\.png is a link to"):
        load_folder(folder)


def test_links_inside_are_followed_and_broken_ones_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = cats_and_dogs(tmp_path / "pets")
    (folder / "dog" / "link.png").symlink_to("000.png")
    (folder / "dog" / "broken.png").symlink_to("nowhere.png")
    (tmp_path / "alias").symlink_to(folder)
    assert sum(map(len, parts(load_folder(tmp_path / "alias")))) == 21
    assert "left out 1 unreadable file (dog/broken.png" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../cat/x.png", "/etc/x.png", "cat/../../x.png", "C:/cat/x.png"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_archive_members_that_leave_it_are_refused(tmp_path: Path, name: str, kind: str) -> None:
    folder = cats_and_dogs(tmp_path / "pets", 3)
    if kind == "zip":
        archive = zipped(folder, tmp_path / "data.zip")
        with zipfile.ZipFile(archive, "a") as opened:
            opened.writestr(name, png(9))
    else:
        archive = tarred(folder, tmp_path / "data.tar", "w")
        with tarfile.open(archive, "a") as tar:
            tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(InvalidSetting, match="leaves the archive; refused"):
        load_folder(archive)


@pytest.mark.parametrize("kind", ["zip", "symlink", "hard link", "device"])
def test_archives_with_links_are_refused(tmp_path: Path, kind: str) -> None:
    folder = cats_and_dogs(tmp_path / "pets", 3)
    if kind == "zip":
        archive = zipped(folder, tmp_path / "data.zip")
        info = zipfile.ZipInfo("cat/link.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(archive, "a") as opened:
            opened.writestr(info, "/etc/passwd")
    else:
        archive = tarred(folder, tmp_path / "data.tar", "w")
        member = tarfile.TarInfo("cat/link.png")
        types = {
            "symlink": tarfile.SYMTYPE,
            "hard link": tarfile.LNKTYPE,
            "device": tarfile.CHRTYPE,
        }
        member.type, member.linkname = types[kind], "cat/000.png"
        with tarfile.open(archive, "a") as tar:
            tar.addfile(member)
    with pytest.raises(InvalidSetting, match=r"cat/link\.png' is a link or a device"):
        load_folder(archive)


def test_backslashes_of_old_windows_programs_are_folders(tmp_path: Path) -> None:
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for label in ("cat", "dog"):
            for number in range(3):
                info = zipfile.ZipInfo("x")
                info.filename = f"{label}\\{number}.png"
                file.writestr(info, png(number + len(label) * ord(label[0])))
    assert load_folder(archive).labels == ("cat", "dog")


@pytest.mark.parametrize("name", ["data.zip", "data.tar", "data.tar.gz"])
def test_a_truncated_archive_is_one_clear_line(tmp_path: Path, name: str) -> None:
    folder = cats_and_dogs(tmp_path / "pets")
    archive = tmp_path / name
    if name == "data.zip":
        zipped(folder, archive)
    else:
        tarred(folder, archive, "w:gz" if name.endswith("gz") else "w")
    os.truncate(archive, archive.stat().st_size // 2)
    with pytest.raises(
        OkazuError, match=r"truncated or damaged|expected a folder, a zip"
    ) as raised:
        load_folder(archive)
    assert "\n" not in str(raised.value)


def test_a_damaged_member_of_a_zip_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = zipped(cats_and_dogs(tmp_path / "pets"), tmp_path / "data.zip")
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as opened:
        info = opened.getinfo("cat/003.png")
    content[info.header_offset + 200] ^= 0xFF  # in its data: the checksum no longer fits
    archive.write_bytes(content)
    assert sum(map(len, parts(load_folder(archive)))) == 19
    assert "left out 1 unreadable file (cat/003.png" in capsys.readouterr().err
