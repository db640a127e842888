"""Everything but inference: health, pages, OpenAPI, the client's schema, metrics."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter
from starlette.testclient import TestClient

from service.http.errors import ERRORS
from service.http.operations import PATHS
from service.tasks.tabular.schemas import Predictions, PredictJson
from service.tasks.text_classification.schemas import TextJson, TextLabels
from service.tasks.translation.schemas import Language, TranslateJson, Translations

Digit = tuple[bytes, str]

TASK_PATHS = ("/classify", "/predict", "/sentiment", "/classify_text", "/translate", "/languages")


@pytest.mark.parametrize("path", ["/livez", "/healthz", "/readyz", "/metrics"])
def test_health(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200


def test_every_answer_has_a_request_id(client: TestClient) -> None:
    seen = {client.get(path).headers["x-request-id"] for path in ("/", "/livez", "/nothing")}
    assert len(seen) == 3
    answer = client.get("/livez", headers={"x-request-id": "mine"})
    assert answer.headers["x-request-id"] == "mine"


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_use_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.headers["content-type"].startswith("text/html")
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", page.text)
    for used in re.findall(r"(?:src|href)=\"([^\"#:]+)\"", page.text):
        assert client.get(f"/{used}").status_code == 200, used


def test_openapi_lists_what_there_is(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document == client.get("/docs.json").json()
    assert document["paths"].keys() == {*TASK_PATHS, *PATHS}
    for path, methods in document["paths"].items():
        for method in methods:
            answer = client.request(method, path.replace("{reference}", "digits"))
            assert answer.status_code not in (404, 405), path
    references = set(re.findall(r"#/components/schemas/(\w+)", client.get("/docs.json").text))
    assert references <= document["components"]["schemas"].keys()


@pytest.mark.parametrize("path", [path for path in TASK_PATHS if path != "/languages"])
def test_openapi_lists_every_error_with_the_envelope(client: TestClient, path: str) -> None:
    document = client.get("/openapi.json").json()
    responses = document["paths"][path]["post"]["responses"]
    errors = {status: answer for status, answer in responses.items() if status != "200"}
    assert {int(status) for status in errors} == {status for status, _ in ERRORS.values()} | {405}
    for answer in errors.values():
        schema = answer["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ErrorEnvelope"}
    assert "Retry-After" in errors["503"]["headers"]
    envelope = document["components"]["schemas"]["ErrorEnvelope"]
    assert envelope["required"] == ["error", "error_type", "request_id"]


def test_openapi_lists_what_classify_takes(client: TestClient) -> None:
    classify = client.get("/openapi.json").json()["paths"]["/classify"]["post"]
    assert classify["requestBody"]["content"].keys() == {
        "image/png",
        "image/jpeg",
        "image/webp",
        "multipart/form-data",
        "application/json",
    }


@pytest.mark.parametrize(
    ("path", "question", "answer", "field"),
    [
        ("/predict", PredictJson, Predictions, "rows"),
        ("/sentiment", TextJson, TextLabels, "text"),
        ("/classify_text", TextJson, TextLabels, "text"),
    ],
)
def test_examples_are_as_their_schemas_say(
    client: TestClient, path: str, question: type[BaseModel], answer: Any, field: str
) -> None:
    described = client.get("/openapi.json").json()["paths"][path]["post"]
    asked = described["requestBody"]["content"]["application/json"]["example"]
    answered = described["responses"]["200"]["content"]["application/json"]["example"]
    question.model_validate(asked)
    TypeAdapter(answer).validate_python(answered)
    several = asked[field] if isinstance(asked[field], list) else [asked[field]]
    assert len(several) == len(answered["results"])


def test_openapi_lists_what_translate_takes(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    translate = paths["/translate"]["post"]
    asked = translate["requestBody"]["content"]
    assert asked.keys() == {
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    }
    fields = TranslateJson.model_fields.keys()
    assert {parameter["name"] for parameter in translate["parameters"]} == fields
    assert asked["multipart/form-data"]["schema"]["properties"].keys() == fields
    answered = translate["responses"]["200"]["content"]["application/json"]["examples"]
    for name, example in asked["application/json"]["examples"].items():
        TranslateJson.model_validate(example["value"])
        answer = TypeAdapter(Translations).validate_python(answered[name]["value"])
        assert ("alternatives" in answer) == ("alternatives" in example["value"])
        assert ("detectedLanguage" in answer) == (example["value"]["source"] == "auto")
    listed = paths["/languages"]["get"]["responses"]["200"]["content"]["application/json"]
    TypeAdapter(list[Language]).validate_python(listed["example"])


def test_the_schema_of_bentomls_client(client: TestClient) -> None:
    routes = {route["route"]: route for route in client.get("/schema.json").json()["routes"]}
    assert routes.keys() == {"/classify", "/predict", "/sentiment", "/classify_text", "/translate"}
    assert routes["/translate"]["input"]["required"] == ["q", "source", "target"]
    classify, predict = routes["/classify"]["input"], routes["/predict"]["input"]
    for path in ("/sentiment", "/classify_text"):
        assert routes[path]["input"]["properties"].keys() == {"text", "model"}
        assert routes[path]["input"]["required"] == ["text"]
    assert classify["properties"].keys() == {"image", "model", "top_k"}
    assert classify["required"] == ["image"]
    assert predict["properties"].keys() == {"rows", "model"}
    assert predict["required"] == ["rows"]


def test_metrics_have_bounded_labels(client: TestClient, digit: Digit) -> None:
    client.post("/classify", content=digit[0])
    client.get("/models/digits")
    for number in range(20):
        client.get(f"/scan/{number}")
        client.request(f"SCAN{number}", "/classify")
    text = client.get("/metrics").text
    assert re.search(r'okazu_requests_total{method="POST",route="/classify",status="200"} \d', text)
    assert 'route="/models/{reference}"' in text
    assert 'route="(unknown)",status="404"' in text
    assert 'method="other"' in text
    assert "scan" not in text.lower()
    assert 'okazu_model_ready{model="digits",version="1"} 1.0' in text
    assert "okazu_requests_in_progress 1.0" in text  # the one that asks
    assert re.search(r'okazu_batch_size_count{model="digits:1"} \d', text)
