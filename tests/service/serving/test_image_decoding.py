"""Which images are decoded on the event loop: only those that cost it next to nothing."""

from __future__ import annotations

import io
import zlib

import pytest
from PIL import Image, PngImagePlugin

from service.serving.image_decoding import is_quickly_decoded


def encoded(image_format: str, side: int = 32, mode: str = "RGB", **options: object) -> bytes:
    image = Image.new(mode, (side, side))
    image.save(data := io.BytesIO(), image_format, **options)
    return data.getvalue()


def with_chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG of 8 x 8 with one more chunk before its end."""
    png = encoded("PNG", 8)
    checksum = zlib.crc32(kind + content).to_bytes(4, "big")
    return png[:-12] + len(content).to_bytes(4, "big") + kind + content + checksum + png[-12:]


def with_comments() -> bytes:
    info = PngImagePlugin.PngInfo()
    for number in range(14):
        info.add_text(f"c{number}", "x" * 2**20, zip=True)
    return encoded("PNG", 8, pnginfo=info)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "I;16"])
def test_small_pngs_are_quick(mode: str) -> None:
    assert is_quickly_decoded(encoded("PNG", 128, mode))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_small_jpegs_are_quick(mode: str) -> None:
    assert is_quickly_decoded(encoded("JPEG", 128, mode))
    assert is_quickly_decoded(encoded("JPEG", 128, mode, comment=b"from a friend"))


SLOW = {
    "a progressive JPEG of four megapixels": encoded("JPEG", 2000, "L", progressive=True)[:16_000],
    "a JPEG of many pixels": encoded("JPEG", 129, "L"),
    "a progressive JPEG": encoded("JPEG", progressive=True),
    "a JPEG with EXIF": encoded("JPEG", exif=Image.Exif()),
    "a JPEG with a scan for each component": encoded("JPEG").replace(
        b"\xff\xda\x00\x0c\x03", b"\xff\xda\x00\x0c\x01"
    ),
    "a JPEG without a picture": b"\xff\xd8" + b"\xff\xfe\x00\x02" * 100,
    "a JPEG that ends early": encoded("JPEG")[:30],
    "a PNG of many pixels": encoded("PNG", 129),
    "a PNG with compressed comments": with_comments(),
    "a PNG with a profile": encoded("PNG", icc_profile=b"x" * 100),
    "a PNG with many chunks": encoded("PNG")[:-12] + with_chunk(b"tIME", b"")[-24:-12] * 100,
    "a PNG that ends early": encoded("PNG")[:-12],
    "a WebP": encoded("WEBP"),
    "a large file": encoded("PNG") + b"x" * 16_384,
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("case", SLOW)
def test_what_can_take_long_is_not(case: str) -> None:
    assert not is_quickly_decoded(SLOW[case])


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP", b"tEXt", b"eXIf", b"acTL"])
def test_a_png_with_more_than_its_picture_is_not(kind: bytes) -> None:
    assert not is_quickly_decoded(with_chunk(kind, b""))
    assert is_quickly_decoded(with_chunk(b"tIME", b"\x07\xe8\x01\x01\x00\x00\x00"))
