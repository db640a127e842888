"""What every answer of the service promises."""

from __future__ import annotations

from httpx import Response


def check_envelope(answer: Response) -> None:
    assert answer.headers["content-type"] == "application/json"
    content = answer.json()
    assert content.keys() == {"error", "error_type", "request_id"}
    assert all(isinstance(value, str) and value for value in content.values())
    assert content["request_id"] == answer.headers["x-request-id"]
    assert (answer.status_code in (429, 503)) == ("retry-after" in answer.headers)


def check_harmless(answer: Response) -> None:
    assert answer.status_code < 500
    if answer.status_code != 200:
        check_envelope(answer)
