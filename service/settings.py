"""Settings of the service: one place, typed, validated; `docs/serving.md` lists them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from models.settings import ModelSettings


def _split_commas(value: object) -> object:
    """Lets the environment say `OKAZU_MODELS=digits,cifar10:2`."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Models = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_commas)]


class ServiceSettings(ModelSettings):
    """How the service listens, what it serves and where its limits are."""

    knows_every_key: ClassVar[bool] = True

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        max_length=255,
        description="address to listen on; 0.0.0.0 lets other machines in",
    )
    port: int = Field(default=3000, ge=1, le=65_535, description="TCP port to listen on")
    models: Models = Field(
        default=(),
        max_length=256,
        description="models to serve, NAME or NAME:VERSION, separated by commas;"
        " nothing serves the newest version of every model",
    )
    default_models: Models = Field(
        default=(),
        max_length=256,
        description="models that answer where a request names none and several would do,"
        " NAME or NAME:VERSION, separated by commas, one for a task",
    )
    max_body_bytes: int = Field(
        default=10 * 1024 * 1024,
        ge=1024,
        le=1024**3,
        description="a request with a larger body is refused before it is read whole",
    )
    max_buffered_bytes: int = Field(
        default=256 * 1024 * 1024,
        ge=1024,
        le=1024**4,
        description="bytes of bodies held at once, the first 64 KiB of each not counted;"
        " a request that would need more gets a 503",
    )
    max_connections: int = Field(
        default=1000,
        ge=1,
        le=65_536,
        description="connections open at once; one more gets a 503",
    )
    max_images: int = Field(default=64, ge=1, le=1024, description="the most images in one request")
    max_rows: int = Field(
        default=10_000, ge=1, le=1_000_000, description="the most rows of a table in one request"
    )
    max_texts: int = Field(
        default=10_000, ge=1, le=1_000_000, description="the most texts in one request"
    )
    max_translated_characters: int = Field(
        default=100_000,
        ge=1,
        le=1024**3,
        description="the most characters in one request to translate",
    )
    header_timeout: float = Field(
        default=10.0,
        gt=0,
        le=3600,
        description="seconds that a client has to send the headers of a request;"
        " a slower one gets a 408",
    )
    body_timeout: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="seconds that a client has to send the body of a request;"
        " a slower one gets a 408",
    )
    request_timeout: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="seconds from the end of its body after which a request that is not"
        " answered yet gets a 504",
    )
    max_concurrency: int = Field(
        default=256,
        ge=1,
        le=65_536,
        description="inference requests in progress at once; one more gets a 503",
    )
    max_queue: int = Field(
        default=1024,
        ge=1,
        le=65_536,
        description="inputs that may wait for one model; one more gets a 503",
    )
    max_batch_size: int = Field(
        default=32, ge=1, le=1024, description="inputs that a model is given at once"
    )
    retry_after: int = Field(
        default=1, ge=1, le=3600, description="seconds that a 503 asks its client to wait"
    )
    access_log: bool = Field(default=False, description="log one line for every request")
    keep_alive: int = Field(
        default=30, ge=1, le=3600, description="seconds that an idle connection is kept open"
    )
    shutdown_timeout: int = Field(
        default=10,
        ge=1,
        le=3600,
        description="seconds that running requests are given to finish when the service stops",
    )

    @model_validator(mode="after")
    def _a_full_request_fits(self) -> Self:
        if self.max_images > self.max_queue:
            raise ValueError(
                f"expected max_queue of at least max_images ({self.max_images}),"
                f" received {self.max_queue}"
            )
        if self.max_body_bytes > self.max_buffered_bytes:
            raise ValueError(
                f"expected max_buffered_bytes of at least max_body_bytes ({self.max_body_bytes}),"
                f" received {self.max_buffered_bytes}"
            )
        return self
