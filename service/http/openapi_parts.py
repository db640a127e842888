"""What descriptions of endpoints for OpenAPI are made of."""

from __future__ import annotations

from typing import Any

REFERENCE = "#/components/schemas/{model}"
_ERRORS = {
    400: "the request is malformed",
    404: "no such model, or no such path",
    405: "no such method here; Allow lists those there are",
    408: "the body did not come in time",
    413: "the body or an image is too large, or there are too many rows, texts or characters",
    415: "not an image that is accepted, or a pickle",
    422: "an image is truncated, corrupt or empty; a row is not as the model's columns say;"
    " a text is blank or none",
    500: "a fault of the service",
    503: "overloaded, or the model is not ready or refused; Retry-After says when to come back,"
    " and is missing where that does not help",
    504: "no answer within the time limit",
}
_EVERYWHERE = (405, 500)
# Of what is asked of a model.
ASKING = (400, 404, 408, 413, 415, 422, 503, 504)

MODEL = {
    "schema": {"type": "string"},
    "description": "NAME or NAME:VERSION; may be left out where only one model would do, or"
    " where the service has a default",
}


def json_content(name: str, example: object = None) -> dict[str, Any]:
    """JSON as a schema says, by its name."""
    content: dict[str, Any] = {"schema": {"$ref": REFERENCE.format(model=name)}}
    if example is not None:
        content["example"] = example
    return {"application/json": content}


def response(description: str, content: dict[str, Any], *headers: str) -> dict[str, Any]:
    """An answer of any status, with the headers that it has besides."""
    names = ("X-Request-ID", *headers)
    return {
        "description": description,
        "headers": {name: {"schema": {"type": "string"}} for name in names},
        "content": content,
    }


def error_responses(*statuses: int) -> dict[str, Any]:
    """The envelope for these statuses, and for those that every path has."""
    extra = {405: ("Allow",), 503: ("Retry-After",)}
    return {
        str(status): response(
            _ERRORS[status], json_content("ErrorEnvelope"), *extra.get(status, ())
        )
        for status in sorted({*statuses, *_EVERYWHERE})
    }


def get_operation(summary: str, content: dict[str, Any], *errors: int) -> dict[str, Any]:
    """A path that is only read."""
    return {
        "get": {
            "summary": summary,
            "responses": {"200": response("OK", content)} | error_responses(*errors),
        }
    }


def text_content(media_type: str) -> dict[str, Any]:
    """Text of any kind."""
    return {media_type: {"schema": {"type": "string"}}}


def post_json(
    operation: str,
    summary: str,
    description: str,
    asked: tuple[str, object],
    answer: str,
    answered: tuple[str, object],
) -> dict[str, Any]:
    """An endpoint that takes JSON; `asked` and `answered` are schemas' names with examples."""
    return {
        "post": {
            "summary": summary,
            "description": description,
            "operationId": operation,
            "parameters": [{"name": "model", "in": "query", **MODEL}],
            "requestBody": {"required": True, "content": json_content(*asked)},
            "responses": {
                "200": response(answer, json_content(*answered)),
                **error_responses(*ASKING),
            },
        }
    }
