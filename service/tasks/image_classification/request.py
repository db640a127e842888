"""From an HTTP request to images.

`POST /classify` takes an image as the raw body, as multipart form, or inside JSON. What the body
is, is told by looking at it: the Content-Type header only tells a form from the rest.
No address is ever fetched.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from starlette.requests import Request

from models.errors import UnsupportedImage
from models.images.decode import sniff_format
from service.http.bodies import media_type, parse, parse_json_object
from service.http.errors import EmptyInput, MalformedRequest
from service.http.multipart import read_form
from service.http.options import OPTIONS, Options


@dataclass(slots=True)
class ImageRequest:
    """Encoded images and what is asked about them.

    Attributes:
        images: The files' bytes.
        several: Whether a list of answers is expected, even for one image.
        options: Model and number of labels.
    """

    images: list[bytes] = field(default_factory=list)
    several: bool = False
    options: Options = field(default_factory=Options)


async def read_image_request(request: Request, max_images: int) -> ImageRequest:
    """Reads `POST /classify` in any of its forms.

    Raises:
        MalformedRequest: It cannot be understood, or has too many images.
        EmptyInput: There is no image in it, or one of no bytes.
        UnsupportedImage: The body is neither an image, nor a form, nor JSON.
        UnsupportedMedia: It is a pickle.
    """
    parsed = ImageRequest()
    parsed.options.add_query(request.scope["query_string"])
    content_type = request.headers.get("content-type", "")
    stated = media_type(request)
    body = await request.body()
    if stated == "multipart/form-data":
        await parse(_read_form, body, content_type, parsed, max_images)
    elif not body or sniff_format(body):
        parsed.images.append(body)
    elif stated.endswith("json") or body[:64].lstrip().startswith(b"{"):
        await parse(_read_json, body, parsed)
    else:
        raise UnsupportedImage(
            "expected a PNG, JPEG or WebP image, a multipart form or JSON, received something else"
        )
    _check_images(parsed, max_images)
    return parsed


def _check_images(parsed: ImageRequest, max_images: int) -> None:
    if len(parsed.images) > max_images:
        raise MalformedRequest(
            f"expected at most {max_images} images, received {len(parsed.images)}"
        )
    if not parsed.images or not all(parsed.images):
        raise EmptyInput("expected an image, received none, or one of no bytes")


def _read_form(body: bytes, content_type: str, parsed: ImageRequest, max_images: int) -> None:
    for part in read_form(body, content_type, max_images + len(OPTIONS)):
        if part.name == "image" and part.is_file:
            parsed.images.append(part.data)
        elif part.name == "image":
            raise MalformedRequest("form field image: expected a file, received text")
        elif part.is_file:
            raise MalformedRequest(f"expected files in the field image, received {part.name!r:.60}")
        else:
            parsed.options.add_text([(part.name, part.data.decode("utf-8", "replace"))])
    parsed.several = len(parsed.images) > 1


def _read_json(body: bytes, parsed: ImageRequest) -> None:
    content = parse_json_object(body)
    if ("image" in content) == ("images" in content):
        raise MalformedRequest('expected one of the JSON fields "image" and "images"')
    parsed.several = "images" in content
    images = content.pop("images", None) if parsed.several else [content.pop("image")]
    if not isinstance(images, list):
        raise MalformedRequest('JSON field "images": expected a list of base64 texts')
    parsed.images.extend(_from_base64(image) for image in images)
    for name, value in content.items():
        parsed.options.add(name, value)


def _from_base64(text: object) -> bytes:
    if not isinstance(text, str):
        raise MalformedRequest(f"expected an image as base64 text, received {type(text).__name__}")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedRequest("expected an image as base64 text, received other text") from None
