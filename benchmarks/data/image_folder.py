"""How fast a set of images is indexed and decoded, and how fast it is there the next time.

    python -m benchmarks.data.image_folder cifar10.zip --size 32
    python -m benchmarks.data.image_folder --photos 1000

Decodes by one thread, by threads and by processes, each into a cache directory of its own, then
loads once more from the cache. `--photos` makes JPEG pictures of 1024x768 instead of taking a path.
"""

from __future__ import annotations

import argparse
import functools
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.machine import machine
from models.settings import available_cores
from training.data.catalogue import load_dataset
from training.data.files.downloads import DATA_VARIABLE
from training.data.images import parallel_decoding as decoding
from training.tasks.image_classification.recipe import ImageData

_NEVER = 1 << 62


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--photos", type=int, default=0, metavar="COUNT")
    parser.add_argument("--size", type=int, default=96)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as directory:
        path = options.path or _photos(Path(directory) / "photos", options.photos)
        data = ImageData(dataset="image-folder", path=path, height=options.size, width=options.size)
        cores = available_cores()
        for name, processes_from, workers in (
            ("one thread", _NEVER, 1),
            (f"{cores} threads", _NEVER, cores),
            (f"{cores} processes", 1, cores),
        ):
            settings = {
                "PICTURES_FOR_PROCESSES": processes_from,
                "_A_PROCESS": 1,
                "available_cores": functools.partial(int, workers),
            }
            vars(decoding).update(settings)
            os.environ[DATA_VARIABLE] = str(Path(directory) / name)
            print(f"{name + ', cold':<22}{_load(data)}", flush=True)
        print(f"{'cached':<22}{_load(data)}")


def _load(data: ImageData) -> str:
    began = time.perf_counter()
    dataset = load_dataset(data)
    seconds = time.perf_counter() - began
    count = len(dataset.train) + len(dataset.validation) + len(dataset.test)
    return f"{count:,} images in {seconds:6.2f} s = {count / seconds:8,.0f} images/s"


def _photos(folder: Path, count: int) -> Path:
    """Smooth noise, so that the files are about as large as photographs."""
    random = np.random.default_rng(0)
    for number in range(count):
        coarse = random.integers(0, 256, (96, 128, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((1024, 768), Image.Resampling.BICUBIC)
        file = folder / f"class-{number % 2}" / f"{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture.save(file, quality=90)
    return folder


if __name__ == "__main__":
    main()
