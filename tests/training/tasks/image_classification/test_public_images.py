"""MNIST, Fashion-MNIST and CIFAR-10 in the layouts that people have them in."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import InvalidSetting, OkazuError
from tests.helpers.pictures import (
    cifar_files,
    class_folder,
    idx,
    mnist_files,
    picture,
    tarred,
    write,
    zipped,
)
from training.data.catalogue import datasets, load_dataset
from training.data.files.downloads import Download
from training.data.files.local_copies import DOWNLOADS, local_copy
from training.data.images.image_split import ImageDataset
from training.tasks.image_classification.data import cifar10, mnist
from training.tasks.image_classification.recipe import ImageData

IDX_LAYOUTS = ("plain", "gz", "nested", "both", "dots", "zip", "tar")


def load(name: str, path: Path | None = None, **options: Any) -> ImageDataset:
    dataset: ImageDataset = load_dataset(ImageData(dataset=name, path=path, **options))
    return dataset


def mnist_in(layout: str, root: Path) -> Path:
    files = mnist_files(compressed=layout in ("gz", "both", "zip"))
    if layout == "dots":  # as one well-known copy calls them
        files = {name.replace("-idx", ".idx"): content for name, content in files.items()}
    folder = write(root / "MNIST" / "raw", files)
    if layout == "both":
        write(folder, mnist_files(compressed=False))
    if layout == "zip":
        return zipped(folder, root / "data.zip", "some/where/")
    if layout == "tar":
        return tarred(folder, root / "data.tar.gz")
    return root if layout == "nested" else folder


@pytest.mark.parametrize("layout", IDX_LAYOUTS)
@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_idx_files(tmp_path: Path, name: str, layout: str) -> None:
    dataset = load(name, mnist_in(layout, tmp_path / "data"))
    assert dataset.labels == mnist.LABELS[name]
    assert dataset.input.shape == (28, 28, 1)
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [50, 10, 20]
    assert dataset.test.labels.tolist() == list(range(10)) * 2
    assert np.bincount(dataset.validation.labels).tolist() == [1] * 10
    raw = mnist_files(compressed=False)["t10k-images-idx3-ubyte"]
    assert np.asarray(dataset.test.images).tobytes() == raw[16:]  # after 4 numbers of 4 bytes
    assert dataset.licence == datasets()[name][1].licence


def test_the_names_of_classes_are_in_the_order_of_their_numbers() -> None:
    assert mnist.LABELS["mnist"] == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    assert mnist.LABELS["fashion-mnist"][0] == "T-shirt/top"
    assert mnist.LABELS["fashion-mnist"][9] == "Ankle boot"
    assert cifar10.LABELS[:3] == ("airplane", "automobile", "bird")
    assert cifar10.LABELS[6:] == ("frog", "horse", "ship", "truck")


def cifar_in(layout: str, root: Path) -> Path:
    folder = write(root / "cifar-10-batches-bin", cifar_files())
    write(folder, {"readme.html": b"<html>", "batches.meta.txt": b"airplane\n"})
    if layout == "folder":
        return folder
    if layout == "around":
        return root
    return tarred(folder, root.with_suffix(".tar.gz"), prefix="cifar-10-batches-bin/")


@pytest.mark.parametrize("layout", ["folder", "around", "tar.gz"])
def test_cifar_batches(tmp_path: Path, layout: str) -> None:
    dataset = load("cifar10", cifar_in(layout, tmp_path / "data"))
    assert dataset.input.shape == (32, 32, 3)
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [90, 10, 20]
    record = np.frombuffer(cifar_files()["test_batch.bin"], np.uint8)[: 1 + 3 * 1024]
    assert dataset.test.labels[0] == record[0]
    red, green, blue = record[1:].reshape(3, 32, 32)
    np.testing.assert_array_equal(dataset.test.images[0][..., 0], red)
    np.testing.assert_array_equal(dataset.test.images[0][..., 1], green)
    np.testing.assert_array_equal(dataset.test.images[0][..., 2], blue)


@pytest.mark.parametrize(
    ("name", "folders"),
    [
        ("cifar10", cifar10.LABELS),
        ("cifar10", tuple("0123456789")),
        ("mnist", tuple("0123456789")),
        ("fashion-mnist", tuple(name.replace("/", "_") for name in mnist.LABELS["fashion-mnist"])),
    ],
)
@pytest.mark.parametrize("packing", ["folder", "zip", "tar"])
def test_class_folders(tmp_path: Path, name: str, folders: tuple[str, ...], packing: str) -> None:
    root = tmp_path / "data"
    for number, folder in enumerate(folders):
        for index in range(3):
            picture(root / "train" / folder / f"{index}.webp", number * 10 + index)
        picture(root / "test" / folder / "0.webp", 1000 + number)
    path = root
    if packing == "zip":
        path = zipped(root, tmp_path / "data.zip")
    if packing == "tar":
        path = tarred(root, tmp_path / "data.tar")
    dataset = load(name, path)
    assert dataset.labels == (cifar10.LABELS if name == "cifar10" else mnist.LABELS[name])
    assert dataset.test.labels.tolist() == list(range(10))
    assert [len(dataset.train), len(dataset.validation)] == [20, 10]


def test_another_size_and_mode(tmp_path: Path) -> None:
    path = mnist_in("gz", tmp_path)
    dataset = load("mnist", path, height=32, width=40, mode="RGB")
    assert dataset.train.images.shape == (50, 32, 40, 3)
    assert dataset.input.shape == (32, 40, 3)
    assert (np.asarray(dataset.train.images)[:, :, :4] == 0).all()  # padded with its black ground
    digits = load("digits", height=16, width=16, mode="RGB")
    assert digits.test.images.shape[1:] == digits.input.shape == (16, 16, 3)


def test_a_test_picture_leaves_the_training_part(tmp_path: Path) -> None:
    files = mnist_files(compressed=False)
    test, train = "t10k-images-idx3-ubyte", bytearray(files["train-images-idx3-ubyte"])
    train[16 : 16 + 784] = files[test][16 : 16 + 784]
    dataset = load("mnist", write(tmp_path, {**files, "train-images-idx3-ubyte": bytes(train)}))
    assert len(dataset.train) + len(dataset.validation) == 59
    assert any("left out 1 image of the train part" in note for note in dataset.notes)


IDX = mnist_files(compressed=False)
IMAGES, LABELS = IDX["train-images-idx3-ubyte"], IDX["train-labels-idx1-ubyte"]
WRONG_IDX: dict[str, tuple[dict[str, bytes], str]] = {
    "truncated": ({"train-images-idx3-ubyte": IMAGES[:-1]}, "expected 47,040 bytes .* 47,039"),
    "too long": ({"train-images-idx3-ubyte": IMAGES + b"x"}, "received more"),
    "no content": ({"train-labels-idx1-ubyte": b""}, "received nothing"),
    "wrong magic": ({"train-images-idx3-ubyte": b"\x89PNG" + IMAGES}, "begins with 00000803"),
    "labels for images": ({"train-images-idx3-ubyte": LABELS}, "begins with 00000803"),
    "huge": ({"train-images-idx3-ubyte": IMAGES[:4] + b"\xff" * 12}, "it is damaged"),
    "wrong count": (
        {"train-labels-idx1-ubyte": idx(np.zeros(59, np.uint8))},
        "expected a label for each of 60 images, received 59",
    ),
    "wrong label": (
        {"train-labels-idx1-ubyte": idx(np.full(60, 10, np.uint8))},
        "expected labels from 0 to 9, received 10",
    ),
    "wrong size": (
        {"train-images-idx3-ubyte": idx(np.zeros((60, 8, 8), np.uint8))},
        "expected pictures of 28x28, received 8x8",
    ),
}


@pytest.mark.parametrize("mistake", WRONG_IDX)
def test_a_wrong_idx_file_is_one_clear_line(tmp_path: Path, mistake: str) -> None:
    changed, message = WRONG_IDX[mistake]
    with pytest.raises(InvalidSetting, match=message) as raised:
        load("mnist", write(tmp_path, {**IDX, **changed}))
    assert next(iter(changed)) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("damage", ["truncated", "corrupt"])
def test_a_damaged_gz_file_is_one_clear_line(tmp_path: Path, damage: str) -> None:
    content = bytearray(gzip.compress(IMAGES))
    if damage == "truncated":
        del content[len(content) // 2 :]
    else:
        content[len(content) // 2] ^= 0xFF
    files = {**mnist_files(), "train-images-idx3-ubyte.gz": bytes(content)}
    with pytest.raises(InvalidSetting, match=r"train-images-idx3-ubyte\.gz is truncated or dam"):
        load("mnist", write(tmp_path, files))


def test_missing_and_mixed_idx_files(tmp_path: Path) -> None:
    files = mnist_files()
    write(tmp_path / "one", files)
    write(tmp_path / "two", files)
    with pytest.raises(InvalidSetting, match="are of two data sets"):
        load("mnist", tmp_path)
    (tmp_path / "one" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(InvalidSetting, match="missing: t10k-labels"):
        load("mnist", tmp_path / "one")


BATCH = cifar_files()["data_batch_3.bin"]
WRONG_CIFAR: dict[str, tuple[dict[str, bytes | None], str]] = {
    "truncated": ({"data_batch_3.bin": BATCH[:-1]}, "expected records of 3,073 bytes"),
    "empty": ({"data_batch_3.bin": b""}, "expected records of 3,073 bytes, received 0"),
    "wrong label": ({"data_batch_3.bin": b"\x0b" + BATCH[1:]}, "from 0 to 9, received 11"),
    "missing": ({"data_batch_3.bin": None}, "missing: data_batch_3.bin"),
}


@pytest.mark.parametrize("mistake", WRONG_CIFAR)
def test_a_wrong_cifar_file_is_one_clear_line(tmp_path: Path, mistake: str) -> None:
    changed, message = WRONG_CIFAR[mistake]
    files = {**cifar_files(), **changed}
    write(tmp_path, {name: content for name, content in files.items() if content is not None})
    with pytest.raises(InvalidSetting, match=message) as raised:
        load("cifar10", tmp_path)
    assert "\n" not in str(raised.value)


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    write(tmp_path / "cifar-10-batches-py", {"data_batch_1": b"cos\nsystem\n", "test_batch": b""})
    with pytest.raises(InvalidSetting, match=r"pickles, .* expected cifar-10-binary"):
        load("cifar10", tmp_path)


def test_an_unknown_class_folder_names_the_classes(tmp_path: Path) -> None:
    class_folder(tmp_path / "train" / "cat", 3)
    class_folder(tmp_path / "train" / "emu", 3, first_seed=10)
    with pytest.raises(InvalidSetting, match=r"train/emu is no class .* airplane, automobile"):
        load("cifar10", tmp_path)


@pytest.mark.parametrize("place", ["fashion-mnist", "fashion-mnist.zip", "fashion-mnist.tar.gz"])
def test_a_copy_in_the_data_directory_needs_no_network(data_directory: Path, place: str) -> None:
    assert local_copy("fashion-mnist") is None
    folder = write(data_directory / "files", mnist_files(compressed=False))
    target = data_directory / place
    if place.endswith(".zip"):
        zipped(folder, target)
    elif place.endswith(".gz"):
        tarred(folder, target)
    else:
        folder.rename(target)
    assert local_copy("fashion-mnist") == target
    assert len(load("fashion-mnist").test) == 20


def test_without_network_and_copy_one_line_says_what_to_do(
    data_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = Download("cifar-10-binary.tar.gz", 10, "0" * 64, ("http://127.0.0.1:9/cifar",))
    monkeypatch.setitem(DOWNLOADS, "cifar10", (nowhere,))
    monkeypatch.setattr("training.data.files.downloads.RETRY_SECONDS", 0)
    with pytest.raises(OkazuError) as raised:
        load("cifar10")
    message = str(raised.value)
    assert message.startswith("cifar-10-binary.tar.gz: ")
    assert f"put the file into {data_directory / 'cifar10'}" in message
    assert "\n" not in message
    # What is left of a download is no copy, and neither are some of its files.
    assert local_copy("cifar10") is None


def test_a_download_that_has_not_ended_is_no_copy(data_directory: Path) -> None:
    files = mnist_files()
    write(data_directory / "mnist", {name: files[name] for name in list(files)[:3]})
    assert local_copy("mnist") is None
    write(data_directory / "mnist", files)
    assert local_copy("mnist") == data_directory / "mnist"


def test_every_data_set_tells_where_it_is_from() -> None:
    for name, (_, info) in datasets().items():
        assert info.description
        assert info.licence
        assert info.home
        assert info.offline == (name not in DOWNLOADS)
    files = [download for downloads in DOWNLOADS.values() for download in downloads]
    assert all(len(download.sha256) == 64 and download.size for download in files)
    assert len({download.sha256 for download in files}) == len(files)
