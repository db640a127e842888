"""Settings of whoever loads models: one place, typed, validated.

Each setting is read, strongest first, from the command line, the environment
(`OKAZU_THREADS=2`), the file `okazu.toml` in the working directory (or the file that
`OKAZU_CONFIG` names), and the default below.
"""

from __future__ import annotations

import difflib
import math
import os
import sys
import tomllib
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from models.errors import InvalidSetting

ENV_PREFIX = "OKAZU_"
CONFIG_FILE_VARIABLE = "OKAZU_CONFIG"
DEFAULT_CONFIG_FILE = "okazu.toml"
_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")

Precision = Literal["f32", "bf16"]
RuntimeChoice = Literal["auto", "openvino", "tensorflow"]


def _expect_path(value: object) -> object:
    """Without this the empty text would be the working directory."""
    if not str(value) or "\0" in str(value):
        raise ValueError("expected the path of a folder")
    return value


class ModelSettings(BaseSettings):
    """How models are found and run.

    The service's settings, a subclass, share the file. They set `knows_every_key`, and a key of
    the file that even they do not know is a mistake.
    """

    knows_every_key: ClassVar[bool] = False

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="ignore", frozen=True)

    zoo: Annotated[Path, BeforeValidator(_expect_path)] = Field(
        default=Path("zoo"),
        description="folder of your own models; a relative one lies below the working directory",
    )
    shipped_models: bool = Field(
        default=True,
        description="whether the models that come with Okazu are read besides your own",
    )
    runtime: RuntimeChoice = Field(
        default="auto",
        description="what runs the models; auto takes OpenVINO, and TensorFlow where that cannot",
    )
    precision: Precision = Field(
        default="f32", description="arithmetic of the OpenVINO runtime; bf16 is faster, less exact"
    )
    threads: int = Field(
        default=0, ge=0, le=1024, description="threads of one model; 0 takes every core we may use"
    )
    max_image_pixels: int = Field(
        default=20_000_000, ge=1, description="a picture with more pixels is refused undecoded"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        path = _config_file()
        if path and cls.knows_every_key:
            _refuse_unknown_keys(path, list(cls.model_fields))
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path))

    @classmethod
    def read(cls, **overrides: object) -> Self:
        """Gathers the settings; `overrides` are the command line's, None where it is silent.

        Raises:
            InvalidSetting: A value is out of range, or the settings file is missing or broken.
        """
        given = {name: value for name, value in overrides.items() if value is not None}
        try:
            return cls(**given)  # type: ignore[arg-type]
        except ValidationError as error:
            raise InvalidSetting(_describe(error)) from None

    @property
    def thread_count(self) -> int:
        """The number of threads that `threads` stands for on this machine."""
        return self.threads or available_cores()


def available_cores() -> int:
    """Cores that this process may use: what it is bound to, and what its container is given."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(cores, _container_cores()))


def _container_cores() -> int:
    """The CPU quota of this control group (cgroup v2), rounded up; without one, any number."""
    try:
        quota, period = _CPU_QUOTA.read_text(encoding="ascii").split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):  # no such file, or "max"
        return sys.maxsize


def _config_file() -> Path | None:
    named = os.environ.get(CONFIG_FILE_VARIABLE)
    path = Path(named or DEFAULT_CONFIG_FILE)
    if not path.is_file():
        if named:
            raise InvalidSetting(f"{CONFIG_FILE_VARIABLE}: there is no file {path}")
        return None
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidSetting(f"{path}: expected a TOML file ({error})") from None
    return path


def _refuse_unknown_keys(path: Path, known: list[str]) -> None:
    for key in tomllib.loads(path.read_text(encoding="utf-8")):
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            meant = f"did you mean {near[0]!r}?" if near else f"expected one of: {', '.join(known)}"
            raise InvalidSetting(f"{path}: unknown setting {key!r}; {meant}")


def _describe(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    return (
        f"setting {name} ({ENV_PREFIX}{name.upper()}): {plain_message(first['msg'])};"
        f" received {first['input']!r}"
    )


def plain_message(message: str) -> str:
    """Pydantic's words for what was wrong, in the words of the other messages here."""
    expectation, _, _ = message.partition(", unable to parse")
    return expectation.removeprefix("Value error, ").replace("Input should be", "expected")
