"""Which models are served, which are refused, and what is said about them."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from models.card import CARD_FILE, read_card
from models.golden import Golden, read_golden, write_golden
from models.integrity import seal
from models.loading import LoadedModel, load_model
from service.app import Okazu
from service.settings import ServiceSettings

Digit = tuple[bytes, str]


def add_version(zoo: Path, name: str, version: int) -> Path:
    """Publishes a copy of `digits:1` under another name or version."""
    target = zoo / name / str(version)
    shutil.copytree(zoo / "digits" / "1", target)
    seal(target, read_card(target).model_copy(update={"name": name, "version": version}))
    return target


def remove_file(model: Path) -> None:
    (model / "variables" / "variables.index").unlink()


def change_byte(model: Path) -> None:
    path = model / "saved_model.pb"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def break_card(model: Path) -> None:
    (model / CARD_FILE).write_text("{")


def change_golden_answers(model: Path) -> None:

    golden = read_golden(model)
    wrong = {name: array[::-1].copy() for name, array in golden.outputs.items()}
    write_golden(model, Golden(golden.inputs, wrong))
    seal(model, read_card(model))


@pytest.mark.parametrize("damage", [remove_file, change_byte, break_card, change_golden_answers])
def test_a_damaged_model_is_refused_by_name_and_the_others_are_served(
    zoo: Path,
    serve: Callable[..., TestClient],
    digit: Digit,
    damage: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    damage(add_version(zoo, "broken", 1))
    with serve(zoo, runtime="openvino") as client:
        states = {m["name"]: m for m in client.get("/models").json()["models"]}
        assert {name: model["state"] for name, model in states.items()} == {
            "broken": "refused",
            "digits": "ready",
        }
        assert states["broken"]["reason"]
        assert "refused broken:1" in caplog.text
        assert client.get("/readyz").status_code == 200
        asked = client.post("/classify?model=broken", content=digit[0])
        assert (asked.status_code, asked.json()["error_type"]) == (503, "model_unavailable")
        assert states["broken"]["reason"] in asked.json()["error"]
        # One classifier is left, so nobody has to name it.
        assert client.post("/classify", content=digit[0]).json()["model"] == "digits"


def test_where_every_model_is_refused_the_service_is_not_ready(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    remove_file(zoo / "digits" / "1")
    with serve(zoo) as client:
        ready = client.get("/readyz")
        assert (ready.status_code, ready.headers["retry-after"]) == (503, "1")
        assert client.get("/livez").status_code == 200
        assert client.post("/classify", content=digit[0]).status_code == 503


def test_an_empty_repository_is_not_ready(tmp_path: Path, serve: Callable[..., TestClient]) -> None:
    with serve(tmp_path) as client:
        assert client.get("/readyz").status_code == 503
        assert client.get("/models").json() == {"models": []}


def test_the_newest_version_answers_and_others_by_request(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    add_version(zoo, "digits", 2)
    with serve(zoo) as client:
        assert client.post("/classify", content=digit[0]).json()["version"] == 2
        old = client.post("/classify?model=digits:1", content=digit[0])
        assert old.status_code == 404  # only the newest is served, unless settings name others
    with serve(zoo, models=("digits:1", "digits:2", "nothing")) as client:
        assert client.post("/classify?model=digits", content=digit[0]).json()["version"] == 2
        assert client.post("/classify?model=digits:1", content=digit[0]).json()["version"] == 1
        assert client.get("/models/digits").json()["version"] == 2


def test_with_several_classifiers_one_must_be_named(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    add_version(zoo, "letters", 1)
    with serve(zoo) as client:
        asked = client.post("/classify", content=digit[0])
        assert asked.status_code == 400
        assert "digits, letters" in asked.json()["error"]
        assert client.post("/classify?model=letters", content=digit[0]).status_code == 200


def test_until_a_model_is_loaded_the_service_lives_but_is_not_ready(
    zoo: Path, digit: Digit, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def load_later(path: Path, settings: ServiceSettings) -> LoadedModel:
        assert go.wait(10)
        return load_model(path, settings)

    monkeypatch.setattr("service.registry.load_model", load_later)
    Okazu.settings = ServiceSettings.read(zoo=zoo)
    with TestClient(Okazu.to_asgi(), raise_server_exceptions=False) as client:
        assert client.get("/livez").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["error_type"]) == (503, "model_unavailable")
        assert "retry-after" in ready.headers
        assert client.get("/models/digits").json()["state"] == "loading"
        asked = client.post("/classify", content=digit[0])
        assert (asked.status_code, "loading" in asked.json()["error"]) == (503, True)
        go.set()
        assert client.portal is not None
        client.portal.call(Okazu.registry.wait)
        assert client.get("/readyz").json() == {"status": "ready", "models": {"digits:1": "ready"}}
        assert client.post("/classify", content=digit[0]).status_code == 200


def test_models_show_their_cards_without_sums(client: TestClient) -> None:
    shown = client.get("/models/digits:1").json()
    assert shown == client.get("/models").json()["models"][0] == client.get("/models/digits").json()
    assert (shown["runtime"], shown["precision"], shown["fallback"]) == ("openvino", "f32", None)
    assert shown["card"]["labels"] == list("0123456789")
    assert "files" not in shown["card"]
    json.dumps(shown, allow_nan=False)


def test_the_precision_that_was_asked_for_is_shown(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    with serve(zoo, precision="bf16") as client:
        assert client.get("/models/digits").json()["precision"] == "bf16"
        assert client.post("/classify", content=digit[0]).status_code == 200


def fail(items: object) -> None:
    raise RuntimeError(f"a secret about {items}")


def test_a_failing_runner_is_our_fault_and_told_to_nobody(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit, caplog: pytest.LogCaptureFixture
) -> None:
    with serve(zoo) as client:
        predictor: Any = Okazu.registry.lookup("digits").predictor
        predictor._batcher._run = fail
        asked = client.post("/classify", content=digit[0])
        assert (asked.status_code, asked.json()["error_type"]) == (500, "internal_error")
        assert "secret" not in asked.text
        assert asked.json()["request_id"] in caplog.text
