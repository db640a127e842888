"""The model card: what a model is, takes, returns and scored.

The card is `assets.extra/card.json` inside the SavedModel directory. It carries the SHA-256 of
every other file there and a checksum of itself, so a changed byte anywhere is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, ValidationError, model_validator

from models.errors import InvalidSetting, ModelDamaged

# Whoever reads a card finds its sections here too.
from models.inputs import AnyInput as AnyInput
from models.inputs import CardSection, InputSection, expect_distinct
from models.inputs import ImageInput as ImageInput
from models.inputs import SentenceInput as SentenceInput
from models.inputs import TableColumn as TableColumn
from models.inputs import TableInput as TableInput
from models.inputs import TextInput as TextInput

ASSETS_DIRECTORY = "assets.extra"
CARD_FILE = f"{ASSETS_DIRECTORY}/card.json"
GOLDEN_FILE = f"{ASSETS_DIRECTORY}/golden.npz"
TOKENIZER_FILE = "tokenizer.json"
_MAX_CARD_BYTES = 16 * 1024 * 1024
NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"


class Target(CardSection):
    """What a model of tables predicts: a class, one of the card's labels, or a number."""

    name: str = Field(min_length=1, description="of the column in the training data")
    kind: Literal["class", "number"]


class Output(CardSection):
    """One output tensor of `serving_default`, `[batch, ...]`."""

    name: str
    dtype: str
    shape: list[int | None] = Field(
        description="without the batch axis; null for an axis of any length, padded by zeros"
    )


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

SomeInput = TypeVar("SomeInput", bound=InputSection)

Task = Literal["image_classification", "tabular", "text_classification", "translation"]
_INPUT_KINDS: dict[Task, str] = {
    "image_classification": "image",
    "tabular": "table",
    "text_classification": "text",
    "translation": "sentence",
}
_FEELINGS = {"negative", "positive"}


class ModelCard(CardSection):
    """Everything that a person or a program needs to know to use a model.

    The first output is float32: `probabilities` `[batch, labels]`, or `value` `[batch, 1]` where
    the target is a number. A translator has two: `tokens`, int32 `[batch, hypotheses, length]`, and
    `scores`, float32 `[batch, hypotheses]`, minus infinity where there are no more hypotheses.
    """

    schema_version: Literal[1] = 1
    name: str = Field(pattern=NAME_PATTERN)
    version: int = Field(ge=1)
    task: Task
    description: str
    limits: str = Field(default="", description="what the model does not know, for its users")
    labels: list[str] = Field(description="of the classes; none where there are no classes")
    input: AnyInput
    target: Target | None = Field(default=None, description="of a table's model, else null")
    outputs: list[Output] = Field(min_length=1)
    evaluation: Evaluation
    temperature: float = Field(
        default=1.0,
        gt=0,
        description="the logits are divided by it inside the graph (Guo et al. 2017)",
    )
    parameters: int = Field(ge=0, description="weights of the network")
    recipe: dict[str, Any]
    training_data: TrainingData
    libraries: dict[str, str]
    created: datetime
    files: dict[MemberPath, Digest] = Field(
        default_factory=dict, description="SHA-256 of every file but the card"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.input.kind != _INPUT_KINDS[self.task]:
            raise ValueError(
                f"a model for {self.task} has an input of kind {_INPUT_KINDS[self.task]},"
                f" received {self.input.kind}"
            )
        if (self.target is None) == (self.task == "tabular"):
            raise ValueError("a model of tables has a target, the others have none")
        if self.labels and not self.has_labels:
            raise ValueError(f"expected no labels, as there are no classes; got {self.labels}")
        if self.has_labels and len(self.labels) < 2:
            raise ValueError(f"expected at least two labels, received {self.labels}")
        if self.task == "translation":
            _expect_hypotheses(self.outputs)
        expect_distinct(self.labels, "labels")
        if self.target and isinstance(self.input, TableInput):
            names = [column.name for column in self.input.columns]
            expect_distinct([*names, self.target.name], "names of columns and target")
        return self

    @property
    def predicts_number(self) -> bool:
        """Whether the answer is a number (regression), not a class."""
        return self.target is not None and self.target.kind == "number"

    @property
    def has_labels(self) -> bool:
        """Whether the answer is one of several classes, the card's labels."""
        return self.task != "translation" and not self.predicts_number

    @property
    def tells_sentiment(self) -> bool:
        """Whether it says of a text that it is negative or positive, and nothing else."""
        return self.task == "text_classification" and set(self.labels) == _FEELINGS

    def expect_input(self, section: type[SomeInput]) -> SomeInput:
        """The input, known to be of one kind.

        Raises:
            InvalidSetting: The model takes something else.
        """
        if isinstance(self.input, section):
            return self.input
        wanted = section.model_fields["kind"].default
        raise InvalidSetting(
            f"model {self.name}: expected an input of kind {wanted}, not {self.input.kind}"
        )


def _expect_hypotheses(outputs: list[Output]) -> None:
    found = [(output.dtype, output.shape) for output in outputs]
    [(_, shape), *_] = found
    count = shape[0] if shape else None
    expected = [("int32", [count, None]), ("float32", [count]), ("float32", [count, None, None])]
    if count is None or found not in (expected[:2], expected):
        raise ValueError(
            "a translator has int32 tokens [hypotheses, null], float32 scores [hypotheses] and"
            f" perhaps float32 attention [hypotheses, null, null], received {found}"
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
        return _checked_card(path, json.loads(_read_regular_file(path)))
    except FileNotFoundError:
        raise ModelDamaged(
            f"{directory}: expected a model card at {CARD_FILE}, found none"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the card"
        raise ModelDamaged(f"{path}: {where}: {first['msg']}") from None
    except ModelDamaged:
        raise
    # Whatever one card does to its reader, the other models are served: nesting without end is a
    # RecursionError, and that is not the only one.
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise ModelDamaged(f"{path}: the card cannot be read ({reason})") from None


def _read_regular_file(path: Path) -> bytes:
    # Not blocking: a pipe in the file's place would be waited for without end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_CARD_BYTES:
            raise ModelDamaged(
                f"{path}: expected a file of at most {_MAX_CARD_BYTES:,} bytes, found"
                + (f" {found.st_size:,}" if stat.S_ISREG(found.st_mode) else " no regular file")
            )
        return file.read(_MAX_CARD_BYTES + 1)


def _checked_card(path: Path, content: object) -> ModelCard:
    if not isinstance(content, dict):
        raise ModelDamaged(f"{path}: expected a JSON object, received {type(content).__name__}")
    recorded = content.pop("checksum", None)
    if recorded != _checksum(content):
        raise ModelDamaged(f"{path}: the card was changed after it was written (checksum differs)")
    return ModelCard.model_validate(content)
