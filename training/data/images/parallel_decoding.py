"""Decoding many images at once, straight into one file of pixels.

Pillow lets other threads run while it decodes, which is all of the time for photographs; for
small pictures Python's own part is most of it, so many of them go to processes instead.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from models.card import ImageInput
from models.errors import OkazuError
from models.images.decode import decode_image, image_to_array
from models.settings import available_cores
from training.data.files.archives import open_source
from training.data.files.folders import Source
from training.data.images.found_images import Listing
from training.data.splits import digest

# More than any camera's; a service has its own, lower limit for what strangers send.
MAX_PIXELS = 250_000_000
# Processes take a second to start; so many pictures make that worth it.
PICTURES_FOR_PROCESSES = 4096
_A_PROCESS = 1024  # pictures at least for each of them
_CHUNK = 64
_CHUNK_BYTES = 1 << 24
_READ_AHEAD_BYTES = 1 << 28


class Undecoded(NamedTuple):
    """An image file: its row, its name, and its bytes where they are read already."""

    row: int
    name: str
    content: bytes | None


class Decoded(NamedTuple):
    """What became of a row: its digest, or why there is none."""

    row: int
    digest: bytes
    problem: str


@dataclass(frozen=True)
class PixelFile:
    """Where decoded images go: row after row of `spec`'s shape, from an offset on."""

    path: Path
    offset: int
    spec: ImageInput

    def write(self, row: int, image: Image.Image, descriptor: int) -> bytes:
        """Writes one image; returns its digest."""
        pixels = np.ascontiguousarray(image_to_array(image, self.spec))
        # Not through a memory map: on a full disk that kills the process.
        os.pwrite(descriptor, pixels.data, self.offset + row * pixels.nbytes)
        return digest(pixels)


class _Decoder:
    """Decodes chunks; one for all threads, or one for each process."""

    def __init__(self, source: Source, file: PixelFile) -> None:
        self._source, self._file = source, file
        self._descriptor = os.open(file.path, os.O_WRONLY)

    def __call__(self, chunk: list[Undecoded]) -> list[Decoded]:
        return [self._decode(*item) for item in chunk]

    def _decode(self, row: int, name: str, content: bytes | None) -> Decoded:
        try:
            content = self._source.read(name) if content is None else content
            image = decode_image(content, MAX_PIXELS)
        except OkazuError as error:
            return Decoded(row, b"", str(error))
        except OSError as error:
            return Decoded(row, b"", error.strerror or str(error))
        return Decoded(row, self._file.write(row, image, self._descriptor), "")

    def close(self) -> None:
        os.close(self._descriptor)


def write_pixels(listing: Listing, file: PixelFile) -> Iterator[Decoded]:
    """Brings plain pixels to the wanted size and mode and writes them."""
    assert listing.pixels is not None
    descriptor = os.open(file.path, os.O_WRONLY)
    try:
        for row, pixels in enumerate(listing.pixels):
            grey = pixels[..., 0] if pixels.shape[-1] == 1 else np.ascontiguousarray(pixels)
            yield Decoded(row, file.write(row, Image.fromarray(grey), descriptor), "")
    finally:
        os.close(descriptor)


def decode_files(source: Source, listing: Listing, file: PixelFile) -> Iterator[Decoded]:
    """Decodes every file of a listing in parallel and writes it.

    Yields:
        What became of each row, in any order.

    Raises:
        InvalidSetting: A file is larger than the limit.
        OSError: The pixels cannot be written.
        OkazuError: The archive is damaged, or a decoding process died.
    """
    source.check_sizes(listing.files)
    chunks = _chunks(source, listing.files)
    workers = available_cores()
    if len(listing) >= PICTURES_FOR_PROCESSES and workers > 1:
        yield from _in_processes(source, file, chunks, _some(workers, len(listing)))
        return
    decoder = _Decoder(source, file)
    try:
        with ThreadPoolExecutor(workers) as pool:
            yield from _all(pool, decoder, chunks, workers)
    finally:
        decoder.close()


def _some(workers: int, pictures: int) -> int:
    return max(1, min(workers, pictures // _A_PROCESS))


def _in_processes(
    source: Source, file: PixelFile, chunks: Iterable[list[Undecoded]], workers: int
) -> Iterator[Decoded]:
    # Not by fork: a process in which TensorFlow runs threads must not be forked.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _begin_worker, (source.path, file))
    try:
        yield from _all(pool, _work, chunks, workers)
    except BrokenProcessPool:
        raise OkazuError(
            f"{source.path}: a process that decodes images died; memory ran out, or this is a"
            " script without `if __name__ == '__main__':` around what it does"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


_worker: _Decoder | None = None


def _begin_worker(path: Path, file: PixelFile) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started us
    _worker = _Decoder(open_source(path), file)


def _work(chunk: list[Undecoded]) -> list[Decoded]:
    assert _worker is not None
    return _worker(chunk)


def _all(
    pool: Executor,
    decode: Callable[[list[Undecoded]], list[Decoded]],
    chunks: Iterable[list[Undecoded]],
    workers: int,
) -> Iterator[Decoded]:
    """Keeps every worker busy without reading far ahead of them."""
    pending: dict[Future[list[Decoded]], int] = {}  # the bytes that each holds
    try:
        for chunk in chunks:
            pending[pool.submit(decode, chunk)] = sum(len(item.content or b"") for item in chunk)
            while len(pending) >= 4 * workers or sum(pending.values()) > _READ_AHEAD_BYTES:
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    del pending[future]
                    yield from future.result()
        for future in pending:
            yield from future.result()
    finally:
        for future in pending:
            future.cancel()


def _chunks(source: Source, files: tuple[str, ...]) -> Iterator[list[Undecoded]]:
    if source.random_access:
        items = [Undecoded(row, name, None) for row, name in enumerate(files)]
        yield from (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
        return
    rows = {name: row for row, name in enumerate(files)}
    chunk: list[Undecoded] = []
    size = 0
    for name, content in source.stream(set(files)):
        chunk.append(Undecoded(rows[name], name, content))
        size += len(content)
        if len(chunk) == _CHUNK or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
