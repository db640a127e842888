"""What of an image file makes the picture: the decoder is given that, and nothing else.

A file of a few megabytes can occupy a decoder for minutes: with thousands of scans of one picture,
of chunks, or of comments, or with metadata whose parts all point at one another. So JPEG and PNG
files are walked over once, in bounded steps. Scans are limited, and metadata is left out.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import NamedTuple

from models.errors import ImageTooLarge, UnreadableImage, UnsupportedImage

# Ten is usual for a progressive JPEG, a few more come from programs that try for the smallest file.
MAX_SCANS = 100
# Of large pictures fewer: so many times the pixel limit over all scans.
MAX_SCAN_PIXELS = 25
# A file of 100 MB in chunks of 2 KB has fewer.
MAX_PARTS = 65_536

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE_CHUNKS = (b"PLTE", b"tRNS")
_XMP_CHUNK = b"XML:com.adobe.xmp\x00\x00\x00\x00\x00"

# A byte 0xFF, and what stands neither for the byte itself nor for filling nor for a restart, and
# is not reserved: decoders skip such markers in the data of a scan.
_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd8-\xfe])")
_END, _SCAN, _APP0, _APP1, _APP14, _APP15, _COMMENT = 0xD9, 0xDA, 0xE0, 0xE1, 0xEE, 0xEF, 0xFE
_QUANTISATION, _FOUR_TABLES = 0xDB, 4 * (1 + 2 * 64)
_NO_FRAMES = (0xC4, 0xC8, 0xCC)  # of the markers 0xC0 to 0xCF, which else begin a frame
_FIRST_ARITHMETIC = 0xC9
_EXIF, _XMP = b"Exif\x00\x00", b"http://ns.adobe.com/xap/1.0/\x00"

_ORIENTATION = 0x0112
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')
_INTEGERS = {1: "B", 3: "H", 4: "I"}  # TIFF types


class Picture(NamedTuple):
    """A file without what the decoder does not need.

    Attributes:
        data: The file.
        orientation: How to turn the picture, 1 to 8 as EXIF counts.
    """

    data: bytes
    orientation: int


def essential_jpeg(data: bytes, max_pixels: int) -> Picture:
    """Leaves out comments, profiles, previews and metadata, and what follows the first picture.

    Args:
        data: The file.
        max_pixels: The most pixels of a picture, by which its scans are limited.

    Raises:
        ImageTooLarge: Decoding takes too many scans.
        UnreadableImage: It has very many segments.
        UnsupportedImage: It is coded arithmetically, as hardly any file is, and takes long.
    """
    kept, exif, xmp = [data[:2]], b"", b""
    pixels = scans = position = 0
    for _ in range(MAX_PARTS):
        marker = _MARKER.search(data, position or 2)
        if marker is None or marker[1][0] == _END:
            break
        kind, start, end = marker[1][0], marker.start(), _segment_end(data, marker)
        payload = data[start + 4 : end]
        if kind == _SCAN:
            scans += 1
            _check_scans(scans, pixels, max_pixels)
            follows = _MARKER.search(data, end)
            end = follows.start() if follows else len(data)
        elif _is_frame(kind):
            if kind >= _FIRST_ARITHMETIC:
                raise UnsupportedImage("a JPEG with arithmetic coding is not supported")
            height, width = int.from_bytes(payload[1:3], "big"), int.from_bytes(payload[3:5], "big")
            pixels = max(pixels, height * width)
        elif kind == _APP1:
            exif = exif or (payload[len(_EXIF) :] if payload.startswith(_EXIF) else b"")
            xmp = xmp or (payload if payload.startswith(_XMP) else b"")
        if _is_needed(kind, payload):
            kept.append(data[start:end])
        position = end
    else:
        raise UnreadableImage(f"the JPEG image has more than {MAX_PARTS:,} segments")
    kept.append(b"\xff\xd9" if marker else b"")
    return Picture(b"".join(kept), orientation(exif, xmp))


def _segment_end(data: bytes, marker: re.Match[bytes]) -> int:
    return marker.end() + max(2, int.from_bytes(data[marker.end() : marker.end() + 2], "big"))


def _is_frame(kind: int) -> bool:
    return 0xC0 <= kind <= 0xCF and kind not in _NO_FRAMES


def _is_needed(kind: int, payload: bytes) -> bool:
    if kind == _APP0:
        return payload.startswith(b"JFIF\x00")
    if kind == _APP14:
        return payload.startswith(b"Adobe")  # how colours are coded
    if kind == _QUANTISATION:
        return len(payload) <= _FOUR_TABLES  # there are no more
    return not (_APP0 < kind <= _APP15 or kind == _COMMENT)


def _check_scans(scans: int, pixels: int, max_pixels: int) -> None:
    most = min(MAX_SCANS, max(1, MAX_SCAN_PIXELS * max_pixels // max(1, pixels)))
    if scans > most:
        raise ImageTooLarge(
            f"expected at most {most} scans in a JPEG of {pixels:,} pixels, received more;"
            " save it again as a baseline JPEG"
        )


def essential_png(data: bytes) -> Picture:
    """Leaves out texts, profiles, metadata and further frames, and joins the chunks of data.

    Raises:
        UnreadableImage: It has very many chunks.
    """
    position = len(_PNG_SIGNATURE)
    kept: list[bytes] = [_PNG_SIGNATURE]
    parts: list[bytes] = []
    exif = xmp = b""
    for _ in range(MAX_PARTS):
        head = data[position : position + 8]
        if len(head) < 8 or head[4:] == b"IEND":
            break
        end = position + 12 + int.from_bytes(head[:4], "big")
        payload = data[position + 8 : end - 4]
        if head[4:] == b"IDAT":
            parts.append(payload)
        elif head[4:] == b"IHDR" or (head[4:] in _PICTURE_CHUNKS and not parts):
            kept.append(data[position:end])
        elif head[4:] == b"eXIf":
            exif = exif or payload
        elif head[4:] == b"iTXt" and payload.startswith(_XMP_CHUNK):
            xmp = xmp or payload
        position = end
    else:
        raise UnreadableImage(f"the PNG image has more than {MAX_PARTS:,} chunks")
    pixels = b"IDAT" + b"".join(parts)
    kept += [_chunk(pixels), _chunk(b"IEND")]
    return Picture(b"".join(kept), orientation(exif, xmp))


def _chunk(kind_and_payload: bytes) -> bytes:
    size, checksum = len(kind_and_payload) - 4, zlib.crc32(kind_and_payload)
    return struct.pack(">I", size) + kind_and_payload + struct.pack(">I", checksum)


def orientation(exif: bytes, xmp: bytes = b"") -> int:
    """How a picture has to be turned, 1 to 8; 1, not at all, where that is not said or unclear.

    Args:
        exif: A TIFF file's head with the first directory, or nothing.
        xmp: What is asked where `exif` does not say.
    """
    found = _exif_orientation(exif.removeprefix(_EXIF))
    if found is None and (match := _XMP_ORIENTATION.search(xmp)):
        found = int(match[1])
    return found if found is not None and 1 <= found <= 8 else 1


def _exif_orientation(exif: bytes) -> int | None:
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(exif[:4])
    if order is None or len(exif) < 10:
        return None
    start = struct.unpack_from(f"{order}I", exif, 4)[0]
    count = int.from_bytes(exif[start : start + 2], "little" if order == "<" else "big")
    for entry in range(start + 2, min(start + 2 + 12 * count, len(exif) - 11), 12):
        tag, kind, number = struct.unpack_from(f"{order}HHI", exif, entry)
        if tag == _ORIENTATION:
            return _first_integer(exif, entry + 8, order, kind) if number == 1 else None
    return None


def _first_integer(exif: bytes, position: int, order: str, kind: int) -> int | None:
    form = _INTEGERS.get(kind)
    return int(struct.unpack_from(f"{order}{form}", exif, position)[0]) if form else None
