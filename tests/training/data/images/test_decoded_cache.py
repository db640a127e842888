"""The cache of decoded images: made once, made anew when it must be, safe to share."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from models.errors import OkazuError
from models.images.decode import decode_image
from tests.helpers.pictures import cats_and_dogs, load_folder, picture, pixels, tarred, zipped
from tests.helpers.project import ROOT
from training.data.images import parallel_decoding as decoding
from training.data.images.image_split import ImageRows
from training.tasks.image_classification.pixels import pixel_statistics
from training.tasks.image_classification.recipe import ImageData


def entries(data_directory: Path) -> list[Path]:
    return sorted((data_directory / "decoded").glob("*/*"))


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return cats_and_dogs(tmp_path / "pets", 20)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bytes of every file that is decoded from now on."""
    seen: list[bytes] = []

    def spy(data: bytes, max_pixels: int) -> Image.Image:
        seen.append(data)
        return decode_image(data, max_pixels)

    monkeypatch.setattr(decoding, "decode_image", spy)
    return seen


def test_what_is_decoded_once_is_not_decoded_again(pets: Path, decoded: list[bytes]) -> None:
    first = load_folder(pets)
    assert len(decoded) == 40
    again = load_folder(pets, test_fraction=0.5)
    assert len(decoded) == 40
    assert first.fingerprint != again.fingerprint
    load_folder(pets, mode="L")
    assert len(decoded) == 80


def rewritten(pets: Path) -> None:
    path = pets / "cat" / "000.png"
    before = path.stat()
    pixels(5000).save(path)
    path.write_bytes(path.read_bytes().ljust(before.st_size, b"\0")[: before.st_size])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


def renamed(pets: Path) -> None:
    (pets / "cat" / "000.png").rename(pets / "dog" / "zzz.png")


def resized(pets: Path) -> None:
    path = pets / "cat" / "000.png"
    stamp = path.stat().st_mtime_ns
    pixels(5000, (9, 9)).save(path)
    os.utime(path, ns=(stamp, stamp))


def added(pets: Path) -> None:
    picture(pets / "cat" / "new.png", 5001)


def removed(pets: Path) -> None:
    (pets / "cat" / "000.png").unlink()


@pytest.mark.parametrize("change", [rewritten, renamed, resized, added, removed])
def test_a_changed_file_is_noticed(pets: Path, data_directory: Path, change: Any) -> None:
    before = load_folder(pets)
    change(pets)
    assert load_folder(pets).fingerprint != before.fingerprint
    assert len(entries(data_directory)) == 1  # the old state's images are not kept


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_changed_archive_is_noticed(pets: Path, tmp_path: Path, kind: str) -> None:
    def pack() -> Path:
        if kind == "zip":
            return zipped(pets, tmp_path / "pets.zip")
        return tarred(pets, tmp_path / "pets.tar", "w")

    before = load_folder(pack())
    added(pets)
    assert load_folder(pack()).fingerprint != before.fingerprint


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [Path.unlink, cut, flip, empty])
@pytest.mark.parametrize("name", ["images.npy", "examples.npz"])
def test_a_damaged_cache_is_made_anew(
    pets: Path, data_directory: Path, decoded: list[bytes], name: str, damage: Any
) -> None:
    sound = load_folder(pets)
    damage(entries(data_directory)[0] / name)
    assert load_folder(pets).fingerprint == sound.fingerprint
    assert len(decoded) == 80
    load_folder(pets)
    assert len(decoded) == 80


def test_threads_at_once_agree(pets: Path, data_directory: Path) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(load_folder(pets).fingerprint))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(entries(data_directory)) == 1


def test_processes_at_once_agree_and_leave_no_rest(pets: Path, data_directory: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from training.data.catalogue import load_dataset;"
        "from training.tasks.image_classification.recipe import ImageData;"
        "data = ImageData(dataset='image-folder', path=Path(sys.argv[1]), height=8, width=8);"
        "print(load_dataset(data).fingerprint)"
    )
    command = [sys.executable, "-c", program, str(pets)]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    answers = [process.communicate(timeout=60)[0].strip() for process in running]
    assert answers == [load_folder(pets).fingerprint] * 2
    directory = entries(data_directory)[0].parent
    assert [path.name for path in directory.iterdir()] == [entries(data_directory)[0].name]


@pytest.mark.parametrize("packing", ["folder", "zip", "tar"])
def test_many_pictures_are_decoded_by_processes_to_the_same(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoded: list[bytes], packing: str
) -> None:
    packed = {
        "folder": lambda: pets,
        "zip": lambda: zipped(pets, tmp_path / "pets.zip"),
        "tar": lambda: tarred(pets, tmp_path / "pets.tgz"),
    }[packing]()
    (pets / "cat" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    by_threads = load_folder(pets).fingerprint
    decoded.clear()
    monkeypatch.setattr(decoding, "PICTURES_FOR_PROCESSES", 1)
    monkeypatch.setattr(decoding, "_A_PROCESS", 20)
    monkeypatch.setattr(decoding, "available_cores", lambda: 2)
    (pets / "cat" / "broken.png").touch()
    assert load_folder(packed).fingerprint == by_threads
    assert decoded == []  # not by this process


def test_a_set_larger_than_the_limit_stays_on_disk(pets: Path) -> None:
    held, streamed = load_folder(pets), load_folder(pets, memory_mb=0)
    assert isinstance(held.train.images, np.ndarray)
    assert not isinstance(held.train.images, np.memmap)
    assert isinstance(streamed.train.images, ImageRows)
    assert streamed.fingerprint == held.fingerprint
    assert streamed.train.images.shape == held.train.images.shape == (len(held.train), 8, 8, 3)
    keys: list[Any] = [
        np.array([5, 0, 5]), slice(3, 9), slice(None), 2, -1, np.int64(4),
        (1, ..., 0), (np.array([2, 1]), slice(0, 3)), np.array([], np.intp),
    ]  # fmt: skip
    for key in keys:
        np.testing.assert_array_equal(streamed.train.images[key], held.train.images[key])
    np.testing.assert_array_equal(np.asarray(streamed.test.images), held.test.images)
    np.testing.assert_array_equal(list(streamed.test.images), held.test.images)
    with pytest.raises(IndexError):
        streamed.train.images[len(held.train)]


def test_statistics_of_pixels_need_not_hold_them_all(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.asarray(load_folder(pets).train.images, np.float64)
    monkeypatch.setattr("training.tasks.image_classification.pixels._STATISTICS_PIXELS", 200)
    mean, variance = pixel_statistics(load_folder(pets, memory_mb=0).train)
    np.testing.assert_allclose(mean, images.mean(axis=(0, 1, 2)))
    np.testing.assert_allclose(variance, images.var(axis=(0, 1, 2)))


def test_a_place_that_cannot_be_written_is_one_clear_line(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("OKAZU_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(OkazuError, match="OKAZU_DATA_DIR names another folder") as raised:
        load_folder(pets)
    assert "\n" not in str(raised.value)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system of a chosen size")
def test_a_full_disk_is_one_clear_line(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root")
    monkeypatch.setenv("OKAZU_DATA_DIR", str(small))
    try:
        with pytest.raises(OkazuError, match="there are 1 MB left; the decoded images need 2 MB"):
            load_folder(pets, height=128, width=128)
        monkeypatch.setattr("training.data.images.decoded_cache._check_room", lambda *_: None)
        with pytest.raises(OkazuError, match="No space left on device"):
            load_folder(pets, height=128, width=128)
        assert entries(small) == []
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_a_size_is_two_numbers() -> None:
    with pytest.raises(ValidationError, match="expected height and width together"):
        ImageData(dataset="image-folder", height=32)
    with pytest.raises(ValidationError):
        ImageData(dataset="image-folder", height=0, width=32)
