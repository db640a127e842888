"""Settings of the service: their bounds, their sources, and the list in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

import service
from models.errors import InvalidSetting
from service.__main__ import parser
from service.settings import ServiceSettings

DOCS = Path(service.__file__).parents[1] / "docs" / "serving.md"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 0),
        ("port", 65_536),
        ("port", "http"),
        ("host", ""),
        ("max_body_bytes", 10),
        ("max_buffered_bytes", 2048),  # smaller than max_body_bytes
        ("max_connections", 0),
        ("header_timeout", 0),
        ("body_timeout", -1),
        ("max_images", 0),
        ("max_images", 1025),
        ("max_rows", 0),
        ("max_rows", 1_000_001),
        ("max_texts", 0),
        ("max_texts", 1_000_001),
        ("max_translated_characters", 0),
        ("request_timeout", 0),
        ("request_timeout", "nan"),
        ("max_concurrency", 0),
        ("max_queue", 1),  # smaller than max_images
        ("max_batch_size", 0),
        ("retry_after", 0),
        ("keep_alive", 0),
        ("shutdown_timeout", -1),
        ("access_log", "perhaps"),
        ("runtime", "abacus"),
    ],
)
def test_an_impossible_value_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(InvalidSetting, match=name):
        ServiceSettings.read(**{name: value})


def test_models_are_a_list_in_every_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert ServiceSettings.read().models == ()
    (tmp_path / "okazu.toml").write_text('models = ["digits", "cifar10:2"]')
    assert ServiceSettings.read().models == ("digits", "cifar10:2")
    monkeypatch.setenv("OKAZU_MODELS", " digits:1, ")
    assert ServiceSettings.read().models == ("digits:1",)
    assert ServiceSettings.read(models=["a", "b"]).models == ("a", "b")


def test_every_setting_is_an_option_of_the_command_line() -> None:
    arguments = ["--port", "80", "--model", "a", "--model", "b:2", "--access-log"]
    arguments += ["--default-model", "a"]
    options = vars(parser().parse_args(arguments))
    assert options.keys() == ServiceSettings.model_fields.keys()
    settings = ServiceSettings.read(**options)
    assert (settings.port, settings.models, settings.access_log) == (80, ("a", "b:2"), True)
    assert settings.default_models == ("a",)
    assert all(field.description for field in ServiceSettings.model_fields.values())


def test_the_docs_list_every_setting_with_its_default() -> None:
    table = DOCS.read_text("utf-8").partition("| setting | default | meaning |")[2]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    expected = []
    for name, field in ServiceSettings.model_fields.items():
        named = {"models": "all", "default_models": "none"}
        default = named.get(name, str(field.default))
        expected.append(f"| `{name}` | {default} | {field.description} |")
    assert rows == expected
