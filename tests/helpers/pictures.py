"""Tiny data sets on disk, made on the spot, and how they are loaded."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.data.catalogue import load_dataset
from training.data.images.image_split import ImageDataset, ImageSplit
from training.tasks.image_classification.recipe import ImageData


def pixels(seed: int, size: tuple[int, int] = (8, 8), mode: str = "RGB") -> Image.Image:
    """A picture of noise; another one for every seed."""
    shape = (size[1], size[0], 3) if mode == "RGB" else (size[1], size[0])
    noise = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return Image.fromarray(noise)


def picture(path: Path, seed: int, **options: object) -> Path:
    """Writes a picture, in the format of the path's ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels(seed, **options).save(path)  # type: ignore[arg-type]
    return path


def class_folder(folder: Path, count: int, first_seed: int = 0) -> Path:
    """Writes a class of so many different pictures."""
    for number in range(count):
        picture(folder / f"{number:03}.png", first_seed + number)
    return folder


def cats_and_dogs(root: Path, count: int = 10) -> Path:
    """Two classes without parts."""
    class_folder(root / "cat", count)
    class_folder(root / "dog", count, first_seed=1000)
    return root


def zipped(folder: Path, archive: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, prefix + str(path.relative_to(folder)))
    return archive


def tarred(folder: Path, archive: Path, mode: str = "w:gz", prefix: str = "") -> Path:
    with tarfile.open(archive, mode) as file:  # type: ignore[call-overload]
        for path in sorted(folder.rglob("*"), reverse=True):
            file.add(path, prefix + str(path.relative_to(folder)), recursive=False)
    return archive


def png(seed: int) -> bytes:
    file = io.BytesIO()
    pixels(seed).save(file, "PNG")
    return file.getvalue()


def idx(values: NDArray[np.uint8]) -> bytes:
    """The bytes of an IDX file, as yann.lecun.com/exdb/mnist describes it."""
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    return header + values.tobytes()


def mnist_files(compressed: bool = True, train: int = 60, test: int = 20) -> dict[str, bytes]:
    """The four files of a small MNIST: random pictures, label `number % 10`."""
    random = np.random.default_rng(0)
    files = {}
    for part, count in (("train", train), ("t10k", test)):
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        files[f"{part}-images-idx3-ubyte"] = idx(images)
        files[f"{part}-labels-idx1-ubyte"] = idx(np.arange(count, dtype=np.uint8) % 10)
    if compressed:
        return {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    return files


def cifar_files(records: int = 20) -> dict[str, bytes]:
    """The six files of a small CIFAR-10; the first bytes of each record are label and red plane."""
    random = np.random.default_rng(1)
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    files = {}
    for name in names:
        content = random.integers(0, 256, (records, 3073), dtype=np.uint8)
        content[:, 0] = np.arange(records) % 10
        files[name] = content.tobytes()
    return files


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def three_parts(root: Path) -> Path:
    """Two classes in three parts, five pictures each."""
    for number, part in enumerate(("train", "validation", "test")):
        class_folder(root / part / "cat", 5, first_seed=100 * number)
        class_folder(root / part / "dog", 5, first_seed=1000 + 100 * number)
    return root


def load_folder(path: Path, **options: Any) -> ImageDataset:
    """Loads own images, at 8x8 pixels if not said otherwise."""
    chosen = {"height": 8, "width": 8, **options}
    dataset: ImageDataset = load_dataset(ImageData(dataset="image-folder", path=path, **chosen))
    return dataset


def parts(dataset: ImageDataset) -> list[ImageSplit]:
    return [dataset.train, dataset.validation, dataset.test]
