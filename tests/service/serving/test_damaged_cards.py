"""A model whose card cannot be read is refused by name; the others are served and listed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from models.card import CARD_FILE, read_card, write_card
from models.errors import ModelDamaged
from service.__main__ import check_models
from service.settings import ServiceSettings


def _write(content: bytes) -> Callable[[Path], Any]:
    return lambda path: path.write_bytes(content)


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**30)


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "deep lists": _write(b"[" * 100_000),
    "deep lists, whole": _write(b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "deep objects": _write(b'{"a":' * 100_000),
    "no bytes": _write(b""),
    "not UTF-8": _write(b'{"name": "\xff"}'),
    "half a character": _write(b'{"name": "\\ud800", "checksum": ""}'),
    "a long number": _write(b'{"version": ' + b"1" * 100_000 + b"}"),
    "another kind": _write(b"null"),
    "a gigabyte": _sparse,
    "a folder": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "nothing": lambda _: None,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_card_is_refused_in_one_line(tmp_path: Path, damage: str) -> None:
    (tmp_path / CARD_FILE).parent.mkdir()
    DAMAGES[damage](tmp_path / CARD_FILE)
    with pytest.raises(ModelDamaged) as refused:
        read_card(tmp_path)
    assert CARD_FILE in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_the_others_are_served(
    zoo: Path, serve: Callable[..., Any], digit: tuple[bytes, str]
) -> None:
    bad = {f"bad-{number}": damage for number, damage in enumerate(DAMAGES.values())}
    for name, damage in bad.items():
        card = zoo / name / "1" / CARD_FILE
        card.parent.mkdir(parents=True)
        damage(card)
    (zoo / "file").write_text("no folder")
    (zoo / "piped").mkdir()
    os.mkfifo(zoo / "piped" / "1")
    shutil.copytree(zoo / "digits", zoo / "with-pipe")
    os.mkfifo(zoo / "with-pipe" / "1" / "pipe")
    check_models(ServiceSettings.read(zoo=zoo, default_models=("bad-0", "digits")))
    client: TestClient
    with serve(zoo) as client:
        models = {model["name"]: model for model in client.get("/models").json()["models"]}
        assert client.post("/classify", content=digit[0]).status_code == 200
        assert client.get("/readyz").status_code == 200
        refused = client.post("/classify?model=bad-0", content=digit[0])
    assert (refused.status_code, refused.json()["error_type"]) == (503, "model_refused")
    assert models.pop("digits")["state"] == "ready"
    assert models.keys() == {*bad, "piped", "with-pipe"}
    for model in models.values():
        assert model["state"] == "refused"
        assert str(zoo) not in model["reason"]


def test_the_others_are_listed(zoo: Path, okazu: Callable[..., Any]) -> None:
    for name, damage in (("deep", DAMAGES["deep lists"]), ("piped", DAMAGES["a pipe"])):
        card = zoo / name / "1" / CARD_FILE
        card.parent.mkdir(parents=True)
        damage(card)
    done = okazu("models", "--zoo", zoo, "--json")
    assert done.code == 0
    rows = json.loads(done.out)["models"]
    listed = {row["name"]: row for row in rows if row["zoo"] == "own"}
    assert listed.keys() == {"deep", "digits", "piped"}
    assert all("problem" in listed[name] for name in ("deep", "piped"))


def test_metrics_that_are_no_numbers_are_null(zoo: Path, serve: Callable[..., Any]) -> None:
    path = zoo / "digits" / "1"
    card = read_card(path)
    card.evaluation.metrics["loss"] = float("nan")
    write_card(path, card)
    client: TestClient
    with serve(zoo) as client:
        answers = [client.get("/models").json()["models"][0], client.get("/models/digits").json()]
    assert [answer["card"]["evaluation"]["metrics"]["loss"] for answer in answers] == [None, None]
