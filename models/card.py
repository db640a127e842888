"""The model card: what a model is, takes, returns and scored.

The card is `assets.extra/card.json` inside the SavedModel directory. It carries the SHA-256 of
every other file there and a checksum of itself, so a changed byte anywhere is noticed.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from models.errors import ModelDamaged

ASSETS_DIRECTORY = "assets.extra"
CARD_FILE = f"{ASSETS_DIRECTORY}/card.json"
GOLDEN_FILE = f"{ASSETS_DIRECTORY}/golden.npz"
NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"


class CardSection(BaseModel):
    """Cards are read-only, and an unknown key means a card from a later version of Okazu."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ImageInput(CardSection):
    """An image tensor: uint8 `[batch, height, width, channels]`, values 0 to 255.

    As for every input, the tensor of `serving_default` bears the name of the kind.
    """

    kind: Literal["image"] = "image"
    height: int = Field(ge=1, description="pixels")
    width: int = Field(ge=1, description="pixels")
    mode: Literal["L", "RGB"] = Field(description="grey or colour, Pillow's mode names")
    resize: Literal["stretch", "crop", "pad"] = Field(
        default="stretch", description="how a picture of another shape is brought to this one"
    )

    @property
    def channels(self) -> int:
        return 1 if self.mode == "L" else 3

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)`."""
        return (self.height, self.width, self.channels)


class Output(CardSection):
    """One output tensor of `serving_default`, `[batch, ...]`."""

    name: str
    dtype: str
    shape: list[int] = Field(description="without the batch axis")


class Evaluation(CardSection):
    """Metrics, and the data they were measured on."""

    data: str = Field(description="the data set and the part of it, with its number of examples")
    metrics: dict[str, float]


class TrainingData(CardSection):
    """Where the model's knowledge comes from."""

    name: str
    fingerprint: str = Field(description="SHA-256 over the examples and the split")
    licence: str
    source: str


def _inside_the_model(path: str) -> str:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or str(pure) != path:
        raise ValueError("expected a plain path inside the model's directory")
    return path


MemberPath = Annotated[str, AfterValidator(_inside_the_model)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ModelCard(CardSection):
    """Everything that a person or a program needs to know to use a model.

    `input` is told apart by its `kind`; a task that takes something else adds a section beside
    `ImageInput` and old cards stay valid.
    """

    schema_version: Literal[1] = 1
    name: str = Field(pattern=NAME_PATTERN)
    version: int = Field(ge=1)
    task: Literal["image_classification"]
    description: str
    limits: str = Field(default="", description="what the model does not know, for its users")
    labels: list[str] = Field(min_length=2)
    input: ImageInput
    outputs: list[Output] = Field(min_length=1)
    evaluation: Evaluation
    temperature: float = Field(
        gt=0, description="the logits are divided by it inside the graph (Guo et al. 2017)"
    )
    parameters: int = Field(ge=0, description="weights of the network")
    recipe: dict[str, Any]
    training_data: TrainingData
    libraries: dict[str, str]
    created: datetime
    files: dict[MemberPath, Digest] = Field(
        default_factory=dict, description="SHA-256 of every file but the card"
    )


def _checksum(content: dict[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def write_card(directory: Path, card: ModelCard) -> None:
    """Writes the card into a model's directory, with the card's own checksum beside its fields."""
    content = card.model_dump(mode="json")
    content["checksum"] = _checksum(content)
    path = directory / CARD_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_card(directory: Path) -> ModelCard:
    """Reads and checks a model's card.

    Raises:
        ModelDamaged: The card is missing, unreadable, altered, or not a card.
    """
    path = directory / CARD_FILE
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ModelDamaged(
            f"{directory}: expected a model card at {CARD_FILE}, found none"
        ) from None
    except (OSError, ValueError) as error:
        raise ModelDamaged(f"{path}: the card cannot be read ({error})") from None
    if not isinstance(content, dict):
        raise ModelDamaged(f"{path}: expected a JSON object, received {type(content).__name__}")
    recorded = content.pop("checksum", None)
    if recorded != _checksum(content):
        raise ModelDamaged(f"{path}: the card was changed after it was written (checksum differs)")
    try:
        return ModelCard.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ModelDamaged(f"{path}: {where}: {first['msg']}") from None
