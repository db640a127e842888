"""Default models, as they are checked before anything starts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from models.card import CARD_FILE
from models.errors import InvalidSetting
from service.__main__ import check_models
from service.settings import ServiceSettings
from tests.helpers.model_folders import add_version


def check(zoo: Path, *defaults: str, models: tuple[str, ...] = ()) -> None:
    options = {"models": models, "default_models": defaults, "shipped_models": False}
    check_models(ServiceSettings.read(zoo=zoo, **options))


def test_one_default_for_each_task_is_well(text_zoo: Path, zoo: Path) -> None:
    check(text_zoo, "reviews", "topics")
    check(zoo, "digits:1")


def test_two_defaults_for_one_task_are_refused(zoo: Path) -> None:
    add_version(zoo, "letters", 1)
    with pytest.raises(InvalidSetting) as refused:
        check(zoo, "digits:1", "letters")
    assert str(refused.value) == (
        "default_models: expected one default model for each task, received 'digits:1' and"
        " 'letters', both for image_classification"
    )


def test_two_versions_of_a_model_are_two_defaults(zoo: Path) -> None:
    add_version(zoo, "digits", 2)
    with pytest.raises(InvalidSetting, match="'digits:1' and 'digits/2'"):
        check(zoo, "digits:1", "digits/2", models=("digits:1", "digits:2"))


@pytest.mark.parametrize("default", ["letters", "digits:2", "digits/x"])
def test_a_default_that_is_not_served_is_refused(zoo: Path, default: str) -> None:
    with pytest.raises(InvalidSetting, match=r"are served \(digits:1\), received"):
        check(zoo, default)


def test_a_default_that_is_damaged_is_for_the_registry_to_tell(zoo: Path) -> None:
    (zoo / "digits" / "1" / CARD_FILE).write_text("{")
    check(zoo, "digits")


def test_a_server_that_nobody_checked_says_which_default_answers(
    zoo: Path,
    serve: Callable[..., AbstractContextManager[TestClient]],
    caplog: pytest.LogCaptureFixture,
    digit: tuple[bytes, str],
) -> None:
    add_version(zoo, "letters", 1)
    with serve(zoo, default_models=("letters", "digits")) as client:
        assert client.post("/classify", content=digit[0]).json()["model"] == "letters"
    assert "'letters:1' and 'digits:1', both for image_classification; the first" in caplog.text
