"""`POST /classify`: three forms, one answer."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

Digit = tuple[bytes, str]


def as_json(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_the_raw_body_the_form_and_json_give_one_answer(client: TestClient, digit: Digit) -> None:
    data, label = digit
    answers = [
        client.post("/classify", content=data, headers={"content-type": "image/png"}),
        client.post("/classify", content=data),
        client.post("/classify", files={"image": data}),
        client.post("/classify", json={"image": as_json(data)}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    first = answers[0].json()
    assert first.keys() == {"model", "version", "predictions"}
    assert (first["model"], first["version"]) == ("digits", 1)
    assert first["predictions"][0]["label"] == label
    assert all(answer.json() == first for answer in answers)


def test_predictions_are_sorted_probabilities(client: TestClient, digit: Digit) -> None:
    answer = client.post("/classify?top_k=10", content=digit[0]).json()
    scores = [prediction["score"] for prediction in answer["predictions"]]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) == pytest.approx(1, abs=1e-4)
    assert {prediction["label"] for prediction in answer["predictions"]} == set("0123456789")


def test_several_images_give_a_list_in_their_order(client: TestClient, digit: Digit) -> None:
    data, label = digit
    blank = io.BytesIO()
    Image.new("L", (8, 8)).save(blank, "PNG")
    pictures = [data, blank.getvalue(), data]
    form = client.post("/classify", files=[("image", picture) for picture in pictures])
    as_list = client.post("/classify", json={"images": [as_json(p) for p in pictures]})
    assert form.json() == as_list.json()
    results = form.json()["results"]
    assert [result["predictions"][0]["label"] == label for result in results][::2] == [True, True]
    assert results[0] == results[2] != results[1]
    assert all(result.keys() == {"model", "version", "predictions"} for result in results)


def test_a_json_list_of_one_is_still_a_list(client: TestClient, digit: Digit) -> None:
    answer = client.post("/classify", json={"images": [as_json(digit[0])]}).json()
    assert len(answer["results"]) == 1


def test_more_images_than_a_batch_holds(client: TestClient, digit: Digit) -> None:
    answer = client.post("/classify", files=[("image", digit[0])] * 50)
    assert [result["predictions"][0]["label"] for result in answer.json()["results"]] == [
        digit[1]
    ] * 50


@pytest.mark.parametrize(
    "options",
    [
        {"params": {"model": "digits", "top_k": "2"}},
        {"params": {"model": "digits:1", "top_k": 2}},
        {"params": {"model": "digits/1"}, "data": {"top_k": "2"}},
        {"data": {"model": "digits", "top_k": "2"}},
        {"data": {"model": '"digits"', "top_k": "2"}},  # BentoML's client quotes
        {"data": {"model": "null", "top_k": "2"}},
    ],
)
def test_options_stand_in_the_url_or_the_form(
    client: TestClient, digit: Digit, options: dict[str, Any]
) -> None:
    answer = client.post("/classify", files={"image": digit[0]}, **options)
    assert len(answer.json()["predictions"]) == 2


def test_options_stand_in_json(client: TestClient, digit: Digit) -> None:
    content = {"image": as_json(digit[0]), "model": "digits", "top_k": 3}
    assert len(client.post("/classify", json=content).json()["predictions"]) == 3
    content |= {"model": None, "top_k": None}
    assert len(client.post("/classify", json=content).json()["predictions"]) == 5


def test_more_labels_than_there_are_gives_all(client: TestClient, digit: Digit) -> None:
    answer = client.post("/classify?top_k=1000", content=digit[0])
    assert len(answer.json()["predictions"]) == 10


@pytest.mark.parametrize(
    "value", ["0", "-1", "1001", "1.5", "x", "", "true", "NaN", "1e1", "9" * 99]
)
def test_top_k_is_a_number_from_1_to_1000(client: TestClient, digit: Digit, value: str) -> None:
    answer = client.post("/classify", params={"top_k": value}, content=digit[0])
    assert answer.status_code == 400
    assert "top_k" in answer.json()["error"]


@pytest.mark.parametrize(
    "query", ["top_k=1&top_k=1", "topk=1", "model=digits&model=digits", "=", "&".join("a=b" * 30)]
)
def test_an_option_is_known_and_given_once(client: TestClient, digit: Digit, query: str) -> None:
    assert client.post(f"/classify?{query}", content=digit[0]).status_code == 400


def test_an_option_stands_in_one_place(client: TestClient, digit: Digit) -> None:
    answer = client.post("/classify?top_k=1", files={"image": digit[0]}, data={"top_k": "1"})
    assert (answer.status_code, answer.json()["error_type"]) == (400, "malformed_request")


def test_an_unknown_model_is_404_and_the_known_are_listed(client: TestClient, digit: Digit) -> None:
    answer = client.post("/classify?model=cats", content=digit[0])
    assert (answer.status_code, answer.json()["error_type"]) == (404, "model_not_found")
    assert "digits:1" in answer.json()["error"]


MODES = {
    "PNG": ("1", "L", "P", "RGB", "RGBA", "LA", "I;16"),
    "JPEG": ("1", "L", "RGB", "CMYK"),
    "WEBP": ("1", "L", "P", "RGB", "RGBA", "LA", "CMYK"),
}


@pytest.mark.parametrize("size", [8, 400])  # decoded on the event loop, and in a thread
@pytest.mark.parametrize(("image_format", "mode"), [(f, m) for f in MODES for m in MODES[f]])
def test_every_kind_of_picture_is_taken(
    client: TestClient, image_format: str, mode: str, size: int
) -> None:
    Image.new(mode, (size, size)).save(data := io.BytesIO(), image_format)
    assert client.post("/classify", content=data.getvalue()).status_code == 200


def test_the_exif_orientation_is_honoured(client: TestClient, digit: Digit) -> None:
    upright = Image.open(io.BytesIO(digit[0])).resize((64, 64), Image.Resampling.NEAREST)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    lying = upright.transpose(Image.Transpose.ROTATE_90)
    lying.save(data := io.BytesIO(), "PNG", exif=exif)
    upright.save(plain := io.BytesIO(), "PNG")
    turned, straight = (
        client.post("/classify", content=one.getvalue()).json() for one in (data, plain)
    )
    assert turned == straight


def test_of_an_animation_the_first_frame_counts(client: TestClient, digit: Digit) -> None:
    first = Image.open(io.BytesIO(digit[0]))
    others = [Image.new("L", (8, 8), grey) for grey in (0, 255)]
    first.save(data := io.BytesIO(), "PNG", save_all=True, append_images=others)
    answer = client.post("/classify", content=data.getvalue()).json()
    assert answer["predictions"][0]["label"] == digit[1]


def test_a_bad_form_is_the_clients_business(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    for body in (b"hello", b"--x\r\n\xff", b"--x--\r\nand more"):
        assert client.post("/classify", content=body, headers=headers).status_code >= 400
    assert not caplog.messages


@pytest.mark.parametrize("path", ["/classify/", "/classify%2F"])
def test_a_last_slash_makes_no_difference(
    client: TestClient, digit: tuple[bytes, str], path: str
) -> None:
    headers = {"host": "evil.example"}
    answer = client.post(path, content=digit[0], headers=headers, follow_redirects=False)
    assert answer.status_code == 200
    for path in ("/models/", "/models/digits/", "/livez/", "/docs/"):
        answer = client.get(path, headers=headers, follow_redirects=False)
        assert (answer.status_code, "location" in answer.headers) == (200, False)
    for path in ("/nothing/", "/classify//", "/static_content"):
        answer = client.get(path, headers=headers, follow_redirects=False)
        assert answer.status_code in (404, 405)
        assert "evil" not in str(answer.headers) + answer.text
