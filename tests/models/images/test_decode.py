"""From any picture that people send to the array that a network takes."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.card import ImageInput
from models.errors import ImageTooLarge, UnreadableImage, UnsupportedImage
from models.images.decode import decode_image, image_to_array, sniff_format

LIMIT = 1_000_000


def encode(image: Image.Image, image_format: str = "PNG", **options: Any) -> bytes:
    data = io.BytesIO()
    image.save(data, image_format, **options)
    return data.getvalue()


def pixels(
    data: bytes, mode: Literal["L", "RGB"] = "RGB", size: tuple[int, int] | None = None
) -> NDArray[np.uint8]:
    image = decode_image(data, LIMIT)
    width, height = size or image.size
    spec = ImageInput(height=height, width=width, mode=mode)
    return image_to_array(image, spec)


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_the_three_formats_are_told_by_their_content(image_format: str) -> None:
    data = encode(Image.new("RGB", (4, 3), (200, 30, 30)), image_format, quality=95)
    assert sniff_format(data) == image_format
    np.testing.assert_allclose(pixels(data)[0, 0], (200, 30, 30), atol=6)


@pytest.mark.parametrize("image_format", ["GIF", "BMP", "TIFF", "EPS", "PPM", "ICO"])
def test_other_formats_are_refused(image_format: str) -> None:
    with pytest.raises(UnsupportedImage, match="PNG, JPEG or WebP"):
        decode_image(encode(Image.new("RGB", (32, 32)), image_format), LIMIT)


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG", b"hello", b"RIFF\0\0\0\0WAVE", b"<svg/>", b"%!PS"]
)
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedImage):
        decode_image(data, LIMIT)


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_a_truncated_image_is_unreadable(image_format: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), image_format)
    for size in (len(data) // 2, 40, 20):
        with pytest.raises(UnreadableImage):
            decode_image(data[:size], LIMIT)


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"")
    chunks = (header, data, b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in chunks
    )


def test_too_many_pixels_are_refused_before_decoding() -> None:
    with pytest.raises(ImageTooLarge, match=r"100,000 x 100,000|100000 x 100000"):
        decode_image(png_header(100_000, 100_000), 20_000_000)


def test_the_pixel_limit_is_exact() -> None:
    data = encode(Image.new("L", (10, 10)))
    assert decode_image(data, 100).size == (10, 10)
    with pytest.raises(ImageTooLarge):
        decode_image(data, 99)


def test_exif_orientation_is_honoured() -> None:
    image = Image.new("RGB", (2, 1), "black")
    image.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it upright
    turned = decode_image(encode(image, "PNG", exif=exif), LIMIT)
    assert turned.size == (1, 2)
    assert [turned.getpixel((0, y)) for y in range(2)] == [(255, 255, 255), (0, 0, 0)]


def test_broken_metadata_is_no_reason_to_refuse() -> None:
    chunk = b"eXIf" + b"II*\0\1"
    data = encode(Image.new("L", (4, 4), 77))
    end = data.index(b"IDAT") - 4
    exif = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    assert pixels(data[:end] + exif + data[end:], "L").ravel().tolist() == [77] * 16


def test_comments_are_not_inflated_without_end() -> None:
    chunk = b"zTXtcomment\0\0" + zlib.compress(b"a" * 5_000_000)
    data = encode(Image.new("L", (4, 4)))
    end = data.index(b"IDAT") - 4
    text = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    picture = data[:end] + text + data[end:]
    tracemalloc.start()
    try:
        assert pixels(picture, "L").ravel().tolist() == [0] * 16
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_transparent_parts_are_white() -> None:
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((0, 0), (10, 20, 30, 255))
    assert pixels(encode(image)).tolist() == [[[10, 20, 30], [255, 255, 255]]]
    half = Image.new("LA", (1, 1), (0, 128))
    assert abs(int(pixels(encode(half), "L")[0, 0, 0]) - 127) <= 1


def test_a_palette_with_a_transparent_colour() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 0), 1)
    assert pixels(encode(image, transparency=1)).tolist() == [[[255, 0, 0], [255, 255, 255]]]
    assert pixels(encode(image)).tolist() == [[[255, 0, 0], [0, 255, 0]]]


def test_a_transparent_colour_without_a_palette() -> None:
    image = Image.new("L", (2, 1), 0)
    image.putpixel((1, 0), 90)
    assert pixels(encode(image, transparency=0), "L").ravel().tolist() == [255, 90]


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    values = np.array([[0, 257, 32_896, 65_535]], dtype=np.uint16)
    assert pixels(encode(Image.fromarray(values)), "L").ravel().tolist() == [0, 1, 128, 255]


def test_one_bit() -> None:
    image = Image.new("1", (2, 1))
    image.putpixel((1, 0), 1)
    assert pixels(encode(image), "L").ravel().tolist() == [0, 255]


def test_cmyk() -> None:
    data = encode(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95)
    np.testing.assert_allclose(pixels(data)[4, 4], (255, 0, 0), atol=8)


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(image_format: str) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    data = encode(frames[0], image_format, save_all=True, append_images=frames[1:], lossless=True)
    assert pixels(data)[0, 0].tolist() == [255, 0, 0]


def test_sizes_and_modes_meet_the_models_input() -> None:
    data = encode(Image.new("RGB", (31, 17), (100, 100, 100)))
    ways: tuple[Literal["stretch", "crop", "pad"], ...] = ("stretch", "crop", "pad")
    for resize in ways:
        spec = ImageInput(height=8, width=6, mode="L", resize=resize)
        array = image_to_array(decode_image(data, LIMIT), spec)
        assert array.shape == (8, 6, 1)
        assert array.dtype == np.uint8
    stretched = image_to_array(decode_image(data, LIMIT), ImageInput(height=8, width=6, mode="L"))
    assert set(stretched.ravel().tolist()) == {100}


def test_an_image_of_the_right_size_is_handed_through_unchanged() -> None:
    array = np.random.default_rng(1).integers(0, 256, (8, 8), dtype=np.uint8)
    assert np.array_equal(pixels(encode(Image.fromarray(array)), "L")[..., 0], array)
