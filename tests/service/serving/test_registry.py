"""Which models are served, which are refused, and what is said about them."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from models.artifact.golden import Golden, read_golden, write_golden
from models.artifact.integrity import seal
from models.artifact.loading import LoadedModel, load_model
from models.card import CARD_FILE, read_card
from models.errors import ModelDamaged, RuntimeUnavailable
from service.app import Okazu
from service.settings import ServiceSettings
from tests.helpers.model_folders import add_version, change_byte

Digit = tuple[bytes, str]


def remove_file(model: Path) -> None:
    (model / "variables" / "variables.index").unlink()


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
        assert (asked.status_code, asked.json()["error_type"]) == (503, "model_refused")
        assert states["broken"]["reason"] in asked.json()["error"]
        assert "asking again does not help" in asked.json()["error"]
        assert "retry-after" not in asked.headers
        # The log says where the model lies; strangers are not told.
        assert str(zoo) not in asked.text + client.get("/models").text
        # One classifier is left, so nobody has to name it.
        assert client.post("/classify", content=digit[0]).json()["model"] == "digits"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RuntimeUnavailable("cannot open /srv/models/ab/x.so: no"), "cannot open x.so: no"),
        (ModelDamaged("see https://okazu.example/a/b"), "see https://okazu.example/a/b"),
        (TypeError("a secret"), "TypeError; see the server's log"),
    ],
)
def test_strangers_are_told_a_reason_without_directories(
    zoo: Path,
    serve: Callable[..., TestClient],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    told: str,
) -> None:
    def refuse(*_: object) -> LoadedModel:
        raise error

    monkeypatch.setattr("service.serving.registry.load_model", refuse)
    with serve(zoo) as client:
        reason = client.get("/models/digits").json()["reason"]
    assert reason.startswith(told)
    assert "/srv" not in reason
    assert str(error) in caplog.text


def check_lost(client: TestClient, digit: Digit) -> None:
    for answer in (client.get("/readyz"), client.post("/classify", content=digit[0])):
        assert (answer.status_code, answer.json()["error_type"]) == (503, "model_refused")
        assert "retry-after" not in answer.headers
    assert client.get("/livez").status_code == 200


def test_where_every_model_is_refused_there_is_nothing_to_wait_for(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    remove_file(zoo / "digits" / "1")
    with serve(zoo) as client:
        check_lost(client, digit)


def test_in_an_empty_repository_there_is_nothing_to_wait_for(
    tmp_path: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    with serve(tmp_path) as client:
        check_lost(client, digit)
        assert client.get("/models").json() == {"models": []}


def test_a_refused_version_leaves_its_place_to_an_older_one(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    change_byte(add_version(zoo, "digits", 2))
    with serve(zoo, models=("digits:1", "digits:2")) as client:
        for query in ("", "?model=digits", "?model=digits:1"):
            answer = client.post(f"/classify{query}", content=digit[0])
            assert (answer.status_code, answer.json().get("version")) == (200, 1)
        assert client.get("/models/digits").json()["version"] == 1
        assert client.post("/classify?model=digits:2", content=digit[0]).status_code == 503


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


def test_a_default_answers_where_none_is_named(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit, caplog: pytest.LogCaptureFixture
) -> None:
    add_version(zoo, "letters", 1)
    with serve(zoo, default_models=("letters", "ships")) as client:
        assert client.post("/classify", content=digit[0]).json()["model"] == "letters"
        assert client.post("/classify?model=digits", content=digit[0]).json()["model"] == "digits"
        assert "the default model 'ships' is not served" in caplog.text


def test_no_other_model_takes_the_place_of_a_default_that_was_refused(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    change_byte(add_version(zoo, "letters", 1))
    with serve(zoo, default_models=("letters:1",)) as client:
        answer = client.post("/classify", content=digit[0])
        assert (answer.status_code, answer.json()["error_type"]) == (503, "model_refused")


def test_until_a_model_is_loaded_the_service_lives_but_is_not_ready(
    zoo: Path, digit: Digit, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def load_later(path: Path, settings: ServiceSettings) -> LoadedModel:
        assert go.wait(10)
        return load_model(path, settings)

    monkeypatch.setattr("service.serving.registry.load_model", load_later)
    Okazu.settings = ServiceSettings.read(zoo=zoo, shipped_models=False)
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


def fail(batch: object) -> None:
    raise RuntimeError(f"a secret about {batch}")


def answer_other_labels(batch: dict[str, Any]) -> dict[str, Any]:
    return {"probabilities": np.ones((len(batch["image"]), 12), np.float32)}


@pytest.mark.parametrize("runner", [fail, answer_other_labels, lambda _: {}, lambda _: None])
def test_a_failing_runner_is_our_fault_and_told_to_nobody(
    zoo: Path,
    serve: Callable[..., TestClient],
    digit: Digit,
    caplog: pytest.LogCaptureFixture,
    runner: Callable[..., Any],
) -> None:
    with serve(zoo) as client:
        predictor: Any = Okazu.registry.lookup("digits").predictor
        predictor._loaded = dataclasses.replace(predictor._loaded, runner=runner)
        asked = client.post("/classify?top_k=12", content=digit[0])
        assert asked.json().keys() == {"error", "error_type", "request_id"}
        assert (asked.status_code, asked.json()["error_type"]) == (500, "internal_error")
        assert "secret" not in asked.text
        assert asked.json()["request_id"] in caplog.text


@pytest.mark.slow
def test_an_only_own_model_answers_before_shipped_ones(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    (zoo / "digits").rename(zoo / "letters")
    seal(path := zoo / "letters" / "1", read_card(path).model_copy(update={"name": "letters"}))
    options = {"shipped_models": True, "models": ("digits", "letters", "fashion-mnist")}
    with serve(zoo, **options) as client:
        zoos = {model["name"]: model["zoo"] for model in client.get("/models").json()["models"]}
        assert zoos == {"digits": "shipped", "letters": "own", "fashion-mnist": "shipped"}
        assert client.post("/classify", content=digit[0]).json()["model"] == "letters"
        assert client.post("/classify?model=digits", content=digit[0]).json()["model"] == "digits"
    with serve(zoo, **options, default_models=("digits",)) as client:
        assert client.post("/classify", content=digit[0]).json()["model"] == "digits"


def test_an_own_model_hides_a_shipped_one_even_if_it_is_refused(
    zoo: Path, serve: Callable[..., TestClient], digit: Digit
) -> None:
    change_byte(zoo / "digits" / "1")
    with serve(zoo, shipped_models=True, models=("digits",)) as client:
        check_lost(client, digit)
        [shown] = client.get("/models").json()["models"]
        assert (shown["zoo"], shown["state"]) == ("own", "refused")


def test_a_model_whose_folder_cannot_be_read_stops_no_other(
    zoo: Path,
    serve: Callable[..., TestClient],
    digit: Digit,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (zoo / "letters").symlink_to("letters")
    with serve(zoo) as client:
        assert client.post("/classify", content=digit[0]).status_code == 200
    assert "letters cannot be read" in caplog.text
