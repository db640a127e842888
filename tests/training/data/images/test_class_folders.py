"""Own images: layouts, splits, what is refused and what is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.pictures import (
    cats_and_dogs,
    class_folder,
    load_folder,
    parts,
    picture,
    pixels,
    png,
    tarred,
    three_parts,
    write,
    zipped,
)
from training.data.catalogue import load_dataset
from training.data.images.image_split import ImageSplit
from training.tasks.image_classification.recipe import ImageData


def contents(part: ImageSplit) -> set[bytes]:
    return {image.tobytes() for image in part.images}


PACKINGS: dict[str, Callable[[Path, Path], Path]] = {
    "folder": lambda folder, _: folder,
    "zip": lambda folder, to: zipped(folder, to / "data.zip"),
    "tar": lambda folder, to: tarred(folder, to / "data.tar", "w"),
    "tar.gz": lambda folder, to: tarred(folder, to / "data.tgz", "w:gz"),
    "zip with a folder around": lambda folder, to: zipped(folder, to / "data.zip", "pets/"),
    "tar with ./ before": lambda folder, to: tarred(folder, to / "data.tar.xz", "w:xz", "./pets/"),
    "any ending": lambda folder, to: zipped(folder, to / "data.bin"),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_the_same_data_in_any_packing(tmp_path: Path, packing: str) -> None:
    folder = three_parts(tmp_path / "pets")
    packed = load_folder(PACKINGS[packing](folder, tmp_path))
    assert packed.labels == ("cat", "dog")
    assert [len(part) for part in parts(packed)] == [10, 10, 10]
    assert packed.fingerprint == load_folder(folder).fingerprint
    first_cat = np.asarray(Image.open(folder / "train" / "cat" / "000.png"))
    np.testing.assert_array_equal(packed.train.images[0], first_cat)
    assert packed.train.labels.tolist() == [0] * 5 + [1] * 5


def test_a_folder_with_nothing_but_an_archive_is_that_archive(tmp_path: Path) -> None:
    folder = three_parts(tmp_path / "pets")
    (tmp_path / "packed").mkdir()
    zipped(folder, tmp_path / "packed" / "data.zip")
    assert load_folder(tmp_path / "packed").fingerprint == load_folder(folder).fingerprint


@pytest.mark.parametrize("name", ["val", "valid", "Validation"])
def test_names_of_the_validation_part(tmp_path: Path, name: str) -> None:
    folder = three_parts(tmp_path / "pets")
    (folder / "validation").rename(folder / name)
    assert len(load_folder(folder).validation) == 10


def test_without_parts_every_class_is_split_by_the_fractions(tmp_path: Path) -> None:
    dataset = load_folder(cats_and_dogs(tmp_path / "pets", 50))
    assert [np.bincount(part.labels).tolist() for part in parts(dataset)] == [
        [36, 36],
        [4, 4],
        [10, 10],
    ]
    again = load_folder(tmp_path / "pets")
    other = load_folder(tmp_path / "pets", split_seed=1)
    assert dataset.fingerprint == again.fingerprint != other.fingerprint


def test_only_a_missing_part_is_split_off(tmp_path: Path) -> None:
    folder = three_parts(tmp_path / "pets")
    given = load_folder(folder)
    shutil.rmtree(folder / "validation")
    without = load_folder(folder)
    assert contents(without.test) == contents(given.test)
    assert contents(without.train) | contents(without.validation) == contents(given.train)
    shutil.rmtree(folder / "test")
    shutil.copytree(folder / "train", folder / "val")
    for file in (folder / "val").rglob("*.png"):
        Image.open(file).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(file)
    assert [len(part) for part in parts(load_folder(folder))] == [8, 10, 2]


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    for name in ("train", "plane", "test"):
        class_folder(tmp_path / "vehicles" / name, 5, first_seed=len(name) * 100 + ord(name[1]))
    assert load_folder(tmp_path / "vehicles").labels == ("plane", "test", "train")


def test_copies_never_stand_on_two_sides(tmp_path: Path) -> None:
    folder = cats_and_dogs(tmp_path / "pets", 10)
    for number in range(10):
        for copy in range(4):
            original = Image.open(folder / "cat" / f"{number:03}.png")
            original.save(folder / "cat" / f"copy-{number}-{copy}.webp", lossless=True)
    dataset = load_folder(folder)
    assert sum(map(len, parts(dataset))) == 60
    train, validation, test = map(contents, parts(dataset))
    assert not train & validation
    assert not (train | validation) & test
    assert len(train | validation | test) == 20


def test_copies_across_given_parts_leave_the_training_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = three_parts(tmp_path / "pets")
    shutil.copy(folder / "test" / "cat" / "000.png", folder / "train" / "cat" / "a.png")
    shutil.copy(folder / "validation" / "dog" / "000.png", folder / "train" / "dog" / "b.png")
    shutil.copy(folder / "test" / "dog" / "001.png", folder / "validation" / "dog" / "c.png")
    dataset = load_folder(folder)
    assert [len(part) for part in parts(dataset)] == [10, 10, 10]
    told = capsys.readouterr().err
    assert "left out 2 images of the train part that stand in validation or test too" in told
    assert "left out 1 image of the validation part that stand in test too" in told


def test_any_size_and_mode_comes_in(tmp_path: Path) -> None:
    folder = cats_and_dogs(tmp_path / "pets", 3)
    cats = folder / "cat"
    wide = pixels(1, (40, 16))
    wide.save(cats / "wide.JPG", "JPEG")
    wide.convert("L").save(cats / "grey.jpeg")
    wide.convert("RGBA").save(cats / "alpha.webp")
    wide.convert("P").save(cats / "palette.png")
    wide.convert("1").save(cats / "bits.png")
    Image.fromarray(np.arange(640, dtype=np.uint16).reshape(16, 40) * 100).save(cats / "deep.png")
    picture(cats / "nested" / "deeper" / "one.png", 77)
    dataset = load_folder(folder)
    assert sum(map(len, parts(dataset))) == 3 + 3 + 7
    assert dataset.train.images.shape[1:] == (8, 8, 3)


def test_size_mode_and_resize_are_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "pets"
    for label, grey in (("cat", 80), ("dog", 160)):
        for number in range(3):
            image = Image.new("RGB", (30, 10), (grey + number,) * 3)
            image.paste((250, 250, 250), (0, 0, 8, 10))
            (folder / label).mkdir(parents=True, exist_ok=True)
            image.save(folder / label / f"{number}.png")
    default = load_dataset(ImageData(dataset="image-folder", path=folder))
    assert default.input.shape == (96, 96, 3)
    assert default.input.resize == "crop"

    def first(resize: str) -> Any:
        images = load_folder(folder, height=10, width=12, mode="L", resize=resize).train.images
        assert images.shape[1:] == (10, 12, 1)
        return np.asarray(images)[..., 0]

    assert first("crop").max() < 170  # the bright third is cut off
    assert (first("pad")[:, 0] == 0).all()  # black above
    assert (first("stretch")[:, :, 0] > 240).all()  # squeezed, all of it there


def test_unreadable_files_are_counted_named_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = cats_and_dogs(tmp_path / "pets")
    content = (folder / "cat" / "000.png").read_bytes()
    write(
        folder / "cat",
        {"cut.png": content[:100], "empty.jpg": b"", "gif.png": b"GIF89a", "text.webp": b"hello"},
    )
    for _ in range(2):  # from the files, then from the cache
        dataset = load_folder(folder)
        assert sum(map(len, parts(dataset))) == 20
        told = capsys.readouterr().err
        assert "left out 4 unreadable files (cat/cut.png: " in told
        assert "cat/empty.jpg: expected a PNG, JPEG or WebP" in told
        assert told.count("\n") == 1
    assert any("left out 4 unreadable" in note for note in dataset.notes)


def test_what_is_no_image_is_ignored_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = cats_and_dogs(tmp_path / "pets")
    write(folder / "cat", {"readme.txt": b"cats", "a.gif": b"GIF89a", "b.gif": b"GIF89a"})
    write(folder / ".hidden", {"x.png": png(5)})
    write(folder / "cat", {".DS_Store": b"", "._000.png": b"resource fork"})
    write(folder / "__MACOSX" / "cat", {"._000.png": b"resource fork"})
    write(folder, {"loose.png": png(6)})
    assert sum(map(len, parts(load_folder(folder)))) == 20
    told = capsys.readouterr().err
    assert "ignored 3 files of other kinds than PNG, JPEG and WebP (2 .gif, 1 .txt)" in told
    assert "ignored 1 image outside of the class folders (loose.png)" in told
    assert told.count("\n") == 2


def test_uneven_classes_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class_folder(tmp_path / "pets" / "cat", 10)
    class_folder(tmp_path / "pets" / "dog", 100, first_seed=1000)
    picture(tmp_path / "pets" / "cat" / "dog.png", 1000)
    load_folder(tmp_path / "pets")
    told = capsys.readouterr().err
    assert "the classes are uneven: " in told
    assert "of 'cat', 72 of 'dog'" in told
    assert "more than one class has the same picture: 1 picture" in told
