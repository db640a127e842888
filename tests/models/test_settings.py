from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from models.errors import InvalidSetting
from models.settings import ModelSettings, available_cores


def test_defaults() -> None:
    settings = ModelSettings.read()
    assert settings.precision == "f32"
    assert settings.runtime == "auto"
    assert settings.thread_count == available_cores()
    assert settings.max_image_pixels == 20_000_000
    assert settings.zoo.name == "zoo"


def test_the_command_line_beats_the_environment_beats_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('threads = 3\nprecision = "bf16"\nruntime = "tensorflow"\n')
    monkeypatch.setenv("OKAZU_CONFIG", str(file))
    monkeypatch.setenv("OKAZU_PRECISION", "f32")
    monkeypatch.setenv("OKAZU_THREADS", "5")
    settings = ModelSettings.read(threads=7, precision=None)
    assert (settings.threads, settings.precision, settings.runtime) == (7, "f32", "tensorflow")


def test_okazu_toml_in_the_working_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / "okazu.toml").write_text("threads = 2\n")
    assert ModelSettings.read().threads == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("THREADS", "-1"),
        ("THREADS", "many"),
        ("PRECISION", "f16"),
        ("RUNTIME", "onnx"),
        ("MAX_IMAGE_PIXELS", "0"),
    ],
)
def test_an_impossible_value_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"OKAZU_{name}", value)
    with pytest.raises(InvalidSetting, match=f"OKAZU_{name}.*received '{value}'"):
        ModelSettings.read()


class EverySetting(ModelSettings):
    """As the service's settings: a key that these do not know is a mistake."""

    knows_every_key: ClassVar[bool] = True
    port: int = 3000


def test_a_misspelled_key_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "okazu.toml").write_text("port = 4000\nthreds = 2\n")
    assert ModelSettings.read().threads == 0  # cannot know whether another part knows the key
    with pytest.raises(InvalidSetting, match="unknown setting 'threds'; did you mean 'threads'"):
        EverySetting.read()
    (tmp_path / "okazu.toml").write_text("port = 4000\nthreads = 2\n")
    assert EverySetting.read().port == 4000


@pytest.mark.parametrize(("quota", "cores"), [("150000 100000", 2), ("10000 100000", 1)])
def test_a_containers_quota_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: str, cores: int
) -> None:
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    monkeypatch.setattr("models.settings._CPU_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    assert available_cores() == cores
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert available_cores() == 64


def test_a_missing_or_broken_file_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OKAZU_CONFIG", str(tmp_path / "nowhere.toml"))
    with pytest.raises(InvalidSetting, match="no file"):
        ModelSettings.read()
    (tmp_path / "nowhere.toml").write_text("threads = = 2")
    with pytest.raises(InvalidSetting, match="expected a TOML file"):
        ModelSettings.read()
