"""From what people send to what networks take: the same code in training and in service.

Images are decoded here and only here. Three formats are accepted, told by their first bytes and
never by a name or a content type; pixels and scans are counted before anything is decoded.
"""

from __future__ import annotations

import io
import warnings
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from models.card import ImageInput
from models.errors import ImageTooLarge, OkazuError, UnreadableImage, UnsupportedImage
from models.images.sanitize import Picture, essential_jpeg, essential_png, orientation

ImageFormat = Literal["PNG", "JPEG", "WEBP"]
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")

# Our own limit replaces Pillow's, which warns at one size and raises at another.
Image.MAX_IMAGE_PIXELS = None
# Odd metadata is news to nobody here. Set once: a filter changed around each call would be shared
# by the threads that decode.
warnings.filterwarnings("ignore", module=r"PIL\.")

_ROWS = 256  # converted at a time
# By EXIF's numbers, of which 1 is upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def sniff_format(data: bytes) -> ImageFormat | None:
    """Tells the format from the first bytes, or None for anything that we do not accept."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return None


def decode_image(data: bytes, max_pixels: int) -> Image.Image:
    """Decodes a PNG, JPEG or WebP to an upright picture of mode `L` or `RGB`.

    Of an animation the first frame is taken; EXIF orientation is applied; transparent parts are
    laid on white, as a browser shows them; 16-bit grey is scaled, not clipped.

    Args:
        data: The file's bytes.
        max_pixels: The most pixels (width times height) that are decoded.

    Raises:
        UnsupportedImage: The bytes are no PNG, JPEG or WebP, or a JPEG with arithmetic coding.
        ImageTooLarge: The header promises more than `max_pixels`, or there are very many scans.
        UnreadableImage: The file is truncated or corrupt.
    """
    image_format = sniff_format(data)
    if image_format is None:
        raise UnsupportedImage("expected a PNG, JPEG or WebP image, received something else")
    try:
        picture = _essential(data, image_format, max_pixels)
        with Image.open(io.BytesIO(picture.data), formats=(image_format,)) as image:
            _check_pixels(image, max_pixels)
            image.load()
            return to_8_bit(_upright(image, picture.orientation))
    except OkazuError:
        raise
    except UnidentifiedImageError:  # its message is about Python objects
        raise UnreadableImage(f"the {image_format} image is truncated or corrupt") from None
    # Pillow's decoders answer a hostile file with whatever their arithmetic happens to raise.
    except Exception as error:
        raise UnreadableImage(f"the {image_format} image cannot be decoded: {error}") from None


def _check_pixels(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ImageTooLarge(
            f"expected at most {max_pixels:,} pixels, received {width} x {height}"
            f" = {width * height:,}; send a smaller picture"
        )


def _essential(data: bytes, image_format: ImageFormat, max_pixels: int) -> Picture:
    if image_format == "JPEG":
        return essential_jpeg(data, max_pixels)
    return essential_png(data) if image_format == "PNG" else Picture(data, 0)


def _upright(image: Image.Image, turn: int) -> Image.Image:
    if not turn:  # of a WebP it is found by its decoder
        turn = orientation(image.info.get("exif", b""), image.info.get("xmp", b""))
    return image.transpose(_TURNS[turn]) if turn in _TURNS else image


def to_8_bit(image: Image.Image) -> Image.Image:
    """Brings any Pillow mode to `L` (greys) or `RGB` (everything with colour)."""
    if image.mode in ("L", "RGB"):
        # Such an image can still carry one transparent colour (the PNG chunk tRNS).
        return _on_white(image.convert("RGBA")) if "transparency" in image.info else image
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _scale_to_8_bit(image)
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        return _on_white(image.convert("RGBA"))
    return image.convert("RGB")


def _scale_to_8_bit(image: Image.Image) -> Image.Image:
    """Greys of 0 to 65,535 to 0 to 255, some rows at a time: copies of large images are large."""
    values = np.asarray(image)
    scaled = np.empty(values.shape, np.uint8)
    for start in range(0, len(values), _ROWS):
        rows = values[start : start + _ROWS].astype(np.int64).clip(0, 65_535)
        scaled[start : start + _ROWS] = (rows + 128) // 257
    return Image.fromarray(scaled)


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def image_to_array(image: Image.Image, spec: ImageInput) -> NDArray[np.uint8]:
    """Brings a picture to a model's size and mode.

    Returns:
        uint8 `[height, width, channels]`.
    """
    if image.mode != spec.mode:
        image = image.convert(spec.mode)
    size = (spec.width, spec.height)
    if image.size != size:
        image = _resize(image, size, spec.resize)
    return np.asarray(image, dtype=np.uint8).reshape(spec.shape)


def _resize(
    image: Image.Image, size: tuple[int, int], how: Literal["stretch", "crop", "pad"]
) -> Image.Image:
    if how == "crop":
        return ImageOps.fit(image, size, Image.Resampling.BILINEAR)
    if how == "pad":
        return ImageOps.pad(image, size, Image.Resampling.BILINEAR)
    return image.resize(size, Image.Resampling.BILINEAR)
