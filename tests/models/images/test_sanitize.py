"""Files made to occupy a decoder are refused; those that programs write come through whole."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.errors import ImageTooLarge, OkazuError, UnreadableImage, UnsupportedImage
from models.images.decode import decode_image

LIMIT = 1_000_000
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8))


def encode(image: Image.Image, image_format: str, **options: Any) -> bytes:
    data = io.BytesIO()
    image.save(data, image_format, **options)
    return data.getvalue()


JPEG = encode(NOISE, "JPEG", quality=90)
PROGRESSIVE = encode(NOISE, "JPEG", quality=90, progressive=True)
PNG = encode(NOISE, "PNG")
XMP = b'<x tiff:Orientation="6"/>'


def segment(kind: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, kind, len(payload) + 2) + payload


def chunk(kind: bytes, payload: bytes = b"") -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + payload))
    return struct.pack(">I", len(payload)) + kind + payload + checksum


def with_scans(data: bytes, count: int) -> bytes:
    """Repeats the last scan."""
    start, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    more = count - data.count(b"\xff\xda")
    return data[:end] + data[start:end] * more + data[end:]


def in_jpeg(added: bytes, data: bytes = JPEG) -> bytes:
    return data[:2] + added + data[2:]


def in_png(added: bytes) -> bytes:
    return PNG[:33] + added + PNG[33:]


def in_chunks(size: int) -> bytes:
    """The same picture in many chunks of data."""
    start = PNG.index(b"IDAT") - 4
    end = PNG.index(b"IEND") - 4
    data = PNG[start + 8 : end - 4]
    parts = [chunk(b"IDAT", data[at : at + size]) for at in range(0, len(data), size)]
    return PNG[:start] + b"".join(parts) + PNG[end:]


def entangled_exif() -> bytes:
    """Five thousand entries, each of which is the whole of it."""
    size = 60_000
    entries = [struct.pack("<HHII", 0x8000 + n, 7, size, 8) for n in range(5000)]
    directory = struct.pack("<H", len(entries)) + b"".join(entries)
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + directory + bytes(4)


HOSTILE: dict[str, tuple[bytes, type[OkazuError]]] = {
    "scans of a small picture": (with_scans(PROGRESSIVE, 101), ImageTooLarge),
    "scans of a baseline picture": (with_scans(JPEG, 5000), ImageTooLarge),
    "segments": (in_jpeg(segment(0xFE, b"") * 70_000), UnreadableImage),
    "segments of an application": (in_jpeg(segment(0xE5, b"x") * 70_000), UnreadableImage),
    "tables": (in_jpeg(segment(0xDB, bytes(65)) * 70_000), UnreadableImage),
    "chunks of text": (in_png(chunk(b"tEXt", b"a\0b") * 70_000), UnreadableImage),
    "chunks of data": (in_png(chunk(b"IDAT") * 70_000), UnreadableImage),
    "chunks that are unknown": (in_png(chunk(b"abCd") * 70_000), UnreadableImage),
    "arithmetic coding": (JPEG.replace(b"\xff\xc0", b"\xff\xc9", 1), UnsupportedImage),
    "progressive arithmetic": (PROGRESSIVE.replace(b"\xff\xc2", b"\xff\xca", 1), UnsupportedImage),
}  # fmt: skip

# Files, and what their pictures are the same as.
HARMLESS: dict[str, tuple[bytes, bytes]] = {
    "progressive": (PROGRESSIVE, PROGRESSIVE),
    "many scans": (with_scans(PROGRESSIVE, 100), with_scans(PROGRESSIVE, 100)),
    "restart markers": (encode(NOISE, "JPEG", quality=90, restart_marker_blocks=1), JPEG),
    "comments": (in_jpeg(segment(0xFE, b"c" * 100) * 5000), JPEG),
    "filling": (in_jpeg(b"\xff" * 500_000), JPEG),
    "rubbish": (JPEG.replace(b"\xff\xdb", bytes(500_000) + b"\xff\xdb", 1), JPEG),
    "a profile": (encode(NOISE, "JPEG", quality=90, icc_profile=bytes(range(256)) * 1000), JPEG),
    "a preview": (in_jpeg(segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0" + PROGRESSIVE)), JPEG),
    "entangled metadata": (in_jpeg(segment(0xE1, entangled_exif())), JPEG),
    "several pictures": (
        encode(NOISE, "MPO", quality=90, save_all=True, append_images=[NOISE.rotate(90)] * 200),
        JPEG,
    ),
    "what follows": (JPEG + with_scans(JPEG, 5000), JPEG),
    "chunks of data": (in_chunks(2), PNG),
    "chunks of text": (in_png(chunk(b"tEXt", b"a\0b") * 5000), PNG),
    "a large text": (in_png(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**7)))), PNG),
    "a large profile": (in_png(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(10**7)))), PNG),
    "a damaged text": (in_png(chunk(b"tEXt", b"a\0b")[:-1] + b"x"), PNG),
    "an animation": (
        encode(NOISE, "PNG", save_all=True, append_images=[NOISE.rotate(180)] * 50),
        PNG,
    ),
    "no end": (PNG[:-12], PNG),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused(case: str) -> None:
    data, error = HOSTILE[case]
    with pytest.raises(error):
        decode_image(data, LIMIT)


@pytest.mark.parametrize("case", HARMLESS)
def test_a_file_gives_the_same_picture_without_what_is_left_out(case: str) -> None:
    data, plain = HARMLESS[case]
    with Image.open(io.BytesIO(plain)) as expected:
        tracemalloc.start()
        try:
            picture = decode_image(data, LIMIT)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        np.testing.assert_array_equal(np.asarray(picture), np.asarray(expected))
    assert peak < 4 * len(data) + 1_000_000


def test_large_pictures_may_have_fewer_scans() -> None:
    small = encode(Image.new("L", (800, 500)), "JPEG", progressive=True)
    for count in (62, 63):  # 25 times the limit is 62.5 times 400,000 pixels
        data = with_scans(small, count)
        if count == 62:
            decode_image(data, LIMIT)
        else:
            with pytest.raises(ImageTooLarge, match="at most 62 scans in a JPEG of 400,000"):
                decode_image(data, LIMIT)


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("turn", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_pictures_are_turned_as_pillow_turns_them(image_format: str, turn: int) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x010F] = "A maker"
    exif[0x0112] = turn
    data = encode(NOISE, image_format, exif=exif)
    with Image.open(io.BytesIO(data)) as image:
        expected = ImageOps.exif_transpose(image)
    np.testing.assert_array_equal(np.asarray(decode_image(data, LIMIT)), np.asarray(expected))


@pytest.mark.parametrize("size", [0, 4, 8, 9, 12, 20, 33, 34])
def test_broken_metadata_turns_nothing(size: int) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "A maker", 6
    for broken in (exif.tobytes()[:size], exif.tobytes()[:14] + b"\xff" * size):
        picture = decode_image(encode(NOISE, "JPEG", quality=90, exif=broken), LIMIT)
        assert picture.size == NOISE.size


def test_xmp_is_asked_where_exif_does_not_say() -> None:
    itxt = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    for data in (encode(NOISE, "JPEG", xmp=XMP), in_png(itxt), encode(NOISE, "WEBP", xmp=XMP)):
        assert decode_image(data, LIMIT).size == (NOISE.height, NOISE.width)
