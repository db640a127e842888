"""Whatever is sent, the answer is the envelope with the right status, and never a 500."""

from __future__ import annotations

import base64
import io
import json
import pickle
import struct
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient

from tests.helpers.envelopes import check_envelope, check_harmless

Digit = tuple[bytes, str]


def png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        head = struct.pack(">I", len(content)) + kind + content
        return head + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def picture(image_format: str) -> bytes:
    Image.new("RGB", (64, 64), "red").save(data := io.BytesIO(), image_format)
    return data.getvalue()


def as_json(content: object) -> bytes:
    return json.dumps(content).encode()


def form(body: bytes) -> bytes:
    return b"--x\r\nContent-Disposition: form-data; " + body + b"\r\n--x--\r\n"


GIF, BMP = picture("GIF"), picture("BMP")
JPEG, WEBP, PNG = picture("JPEG"), picture("WEBP"), picture("PNG")
JSON, FORM = "application/json", "multipart/form-data; boundary=x"
DEEP = b'{"image": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
FIELD = b'name="top_k"\r\n\r\n1'
FILE = b'name="image"; filename="a.png"\r\n\r\n'

HOSTILE: dict[str, tuple[bytes, str, int]] = {
    "nothing": (b"", "image/png", 422),
    "no bytes and no type": (b"", "", 422),
    "garbage": (b"\x00\x01garbage" * 100, "image/png", 415),
    "text": (b"hello", "text/plain", 415),
    "GIF": (GIF, "image/gif", 415),
    "GIF that says PNG": (GIF, "image/png", 415),
    "BMP": (BMP, "image/png", 415),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "image/png", 415),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml", 415),
    "TIFF": (b"II*\x00" + b"\x00" * 50, "image/tiff", 415),
    "PNG signature alone": (PNG[:8], "image/png", 422),
    "PNG cut in its header": (PNG[:20], "image/png", 422),
    "PNG cut in its data": (PNG[:-30], "image/png", 422),
    "JPEG cut": (JPEG[: len(JPEG) // 2], "image/jpeg", 422),
    "JPEG start alone": (b"\xff\xd8\xff", "image/jpeg", 422),
    "WebP cut": (WEBP[:30], "image/webp", 422),
    "WebP of nothing": (b"RIFF\x00\x00\x00\x00WEBP", "image/webp", 422),
    "100 megapixels in a header": (png(10_000, 10_000), "image/png", 413),
    "four thousand million pixels": (png(0xFFFF, 0xFFFF), "image/png", 413),
    "pixels that are not there": (png(1000, 1000), "image/png", 422),
    "no pixels": (png(0, 0), "image/png", 422),
    "pickle": (pickle.dumps({"image": 1}), "application/vnd.bentoml+pickle", 415),
    "pickle with an image in it": (PNG, "application/vnd.bentoml+pickle", 415),
    "JSON that is none": (b"{", JSON, 400),
    "JSON of another kind": (b"[1, 2]", JSON, 400),
    "JSON number": (b"1", JSON, 400),
    "JSON null": (b"null", JSON, 400),
    "JSON without image": (b"{}", JSON, 400),
    "JSON that is not UTF-8": (b'{"image": "\xff\xfe"}', JSON, 400),
    "JSON too deep": (DEEP, JSON, 400),
    "JSON with an endless number": (b'{"image": 1' + b"0" * 100_000 + b"}", JSON, 400),
    "JSON with NaN": (b'{"image": NaN}', JSON, 400),
    "JSON with a key twice": (b'{"image": "", "image": ""}', JSON, 400),
    "JSON with both": (as_json({"image": "", "images": []}), JSON, 400),
    "JSON with an unknown key": (as_json({"image": "", "pixels": 3}), JSON, 400),
    "JSON image of another kind": (as_json({"image": 5}), JSON, 400),
    "JSON image null": (as_json({"image": None}), JSON, 400),
    "JSON image of no bytes": (as_json({"image": ""}), JSON, 422),
    "JSON image that is no image": (as_json({"image": "aGVsbG8="}), JSON, 415),
    "JSON images of another kind": (as_json({"images": "x"}), JSON, 400),
    "JSON images, none": (as_json({"images": []}), JSON, 422),
    "JSON images, nested": (as_json({"images": [["x"]]}), JSON, 400),
    "JSON images, too many": (as_json({"images": ["AAAA"] * 65}), JSON, 400),
    "JSON, bad base64": (as_json({"image": "!!!!"}), JSON, 400),
    "JSON, an address": (as_json({"image": "http://127.0.0.1:9/x.png"}), JSON, 400),
    "JSON, a file's address": (as_json({"image": "file:///etc/passwd"}), JSON, 400),
    "JSON, top_k true": (as_json({"image": "aGVsbG8=", "top_k": True}), JSON, 400),
    "JSON, top_k text": (as_json({"image": "aGVsbG8=", "top_k": "3"}), JSON, 400),
    "JSON, model number": (as_json({"image": "aGVsbG8=", "model": 3}), JSON, 400),
    "JSON, model path": (as_json({"image": "aGVsbG8=", "model": "../../etc"}), JSON, 404),
    "an address as the body": (b"http://127.0.0.1:9/x.png", "text/plain", 415),
    "form without boundary": (form(FILE + PNG), "multipart/form-data", 400),
    "form that is none": (b"hello", FORM, 400),
    "form of no bytes": (b"", FORM, 400),
    "form without parts": (b"--x--\r\n", FORM, 422),
    "form part without name": (form(b'filename="a"\r\n\r\nx'), FORM, 400),
    "form with text for an image": (form(b'name="image"\r\n\r\nhttp://[::1]/'), FORM, 400),
    "form with an empty file": (form(FILE), FORM, 422),
    "form with garbage": (form(FILE + b"garbage"), FORM, 415),
    "form with an unknown field": (form(b'name="x"\r\n\r\n1'), FORM, 400),
    "form with an unknown file": (form(b'name="x"; filename="y"\r\n\r\n1'), FORM, 400),
    "form cut in a file": (b"--x\r\nContent-Disposition: form-data; " + FILE + PNG, FORM, 400),
    "form with too many files": (form(FILE + PNG)[:-7] * 65 + b"\r\n--x--\r\n", FORM, 400),
    "form with too many fields": (form(FIELD)[:-7] * 9 + b"\r\n--x--", FORM, 400),
    "form with an endless field": (form(FIELD + b"1" * 2**21), FORM, 422),
    "form with an odd charset": (form(FILE + b"x"), FORM + "; charset=rot13", 415),
    "URL-encoded form": (b"image=http%3A%2F%2F127.0.0.1", "application/x-www-form-urlencoded", 415),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_body_is_refused(client: TestClient, case: str) -> None:
    body, media_type, status = HOSTILE[case]
    headers = {"content-type": media_type} if media_type else {}
    answer = client.post("/classify", content=body, headers=headers)
    check_envelope(answer)
    assert answer.status_code == status, answer.json()["error"]


def test_an_image_is_taken_whatever_its_type_says(client: TestClient, digit: Digit) -> None:
    for media_type in ("image/jpeg", "image/x-eps", "text/html", JSON, "", "x" * 1000, "é"):
        headers = {"content-type": media_type.encode()}
        assert client.post("/classify", content=digit[0], headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/nothing", 404, None),
        ("POST", "/nothing", 404, None),
        ("GET", "/%00", 404, None),
        ("GET", "/../../etc/passwd", 404, None),
        ("GET", "/static_content/../../../etc/passwd", 404, None),
        ("GET", "/static_content/%2e%2e/%2e%2e/app.py", 404, None),
        ("GET", "/models/nothing", 404, None),
        ("GET", "/models/digits/1/saved_model.pb", 404, None),
        ("GET", "/classify", 405, {"POST"}),
        ("BREW", "/classify", 405, {"POST"}),
        ("POST", "/models", 405, {"GET", "HEAD"}),
        ("DELETE", "/models/digits", 405, {"GET", "HEAD"}),
        ("PUT", "/metrics", 405, {"GET", "HEAD"}),
    ],
)
def test_unknown_paths_and_methods(
    client: TestClient, method: str, path: str, status: int, allow: set[str] | None
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    check_envelope(answer)
    assert allow is None or set(answer.headers["allow"].split(", ")) == allow


def test_a_body_over_the_limit_is_413(client: TestClient) -> None:
    answer = client.post("/classify", content=b"x" * (10 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["error_type"]) == (413, "body_too_large")
    check_envelope(answer)


def test_chunks_over_the_limit_are_413(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * 100_000

    for media_type in ("image/png", FORM, JSON):
        headers = {"content-type": media_type}
        answer = client.post("/classify", content=chunks(), headers=headers)
        assert (answer.status_code, answer.json()["error_type"]) == (413, "body_too_large")
        check_envelope(answer)


# One bad answer is enough; the same examples every time.
_FUZZ = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_JSON_VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
_MEDIA_TYPES = st.sampled_from(["image/png", JSON, FORM, "application/octet-stream", "*/*"])


@st.composite
def damaged_pictures(draw: Any) -> bytes:
    data = bytearray(draw(st.sampled_from([PNG, JPEG, WEBP])))
    for _ in range(draw(st.integers(1, 6))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    rest: bytes = draw(st.binary(max_size=20))
    return bytes(data[: draw(st.integers(0, len(data)))]) + rest


@pytest.mark.slow
@_FUZZ
@given(body=st.binary(max_size=300) | damaged_pictures(), media_type=_MEDIA_TYPES)
def test_any_bytes(client: TestClient, body: bytes, media_type: str) -> None:
    check_harmless(client.post("/classify", content=body, headers={"content-type": media_type}))
    file = form(FILE + body)
    check_harmless(client.post("/classify", content=file, headers={"content-type": FORM}))
    check_harmless(client.post("/classify", json={"image": base64.b64encode(body).decode()}))


@pytest.mark.slow
@_FUZZ
@given(image=_JSON_VALUES, top_k=_JSON_VALUES, model=_JSON_VALUES, extra=_JSON_VALUES)
def test_any_json(client: TestClient, image: Any, top_k: Any, model: Any, extra: Any) -> None:
    for content in (
        {"image": image, "top_k": top_k, "model": model},
        {"images": [image]},
        {"images": image, "x": extra},
        extra,
    ):
        answer = client.post("/classify", content=as_json(content), headers={"content-type": JSON})
        check_harmless(answer)


@_FUZZ
@given(query=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3))
def test_any_query(client: TestClient, digit: Digit, query: dict[str, str]) -> None:
    check_harmless(client.post("/classify", params=query, content=digit[0]))
    check_harmless(client.get("/models/" + quote("".join(query))))
