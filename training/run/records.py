"""What a run's JSON files hold: `metrics.json`, `data.json` and `environment.json`, typed.

They are written and read as these classes alone. What is read may have been edited, torn, or made
by another version, so it is checked like any other input.
"""

from __future__ import annotations

from typing import ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.card import AnyInput, SentenceInput, Target
from models.errors import OkazuError
from models.inputs import InputSection, expect_distinct

SomeInput = TypeVar("SomeInput", bound=InputSection)


class _Part(BaseModel):
    """Keys that a later version adds are passed over; what diverged may be NaN."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")


class Record(_Part):
    """The content of one of the run folder's files.

    Attributes:
        file: Its name there.
    """

    file: ClassVar[str]


class Summary(Record):
    """How a run ended."""

    file = "metrics.json"

    metrics: dict[str, float] = Field(description="of the test part")
    temperature: float = Field(gt=0)
    parameters: int = Field(ge=0)
    epochs: int = Field(ge=0)
    best_epoch: int | None
    seconds: float
    interrupted: bool


class Examples(_Part):
    """How many there are in each part."""

    train: int
    validation: int
    test: int


class TargetRecord(Target):
    """What a table's model predicts; of a number also its mean and deviation in training."""

    mean: float | None = None
    deviation: float | None = None

    @model_validator(mode="after")
    def _numbers_have_statistics(self) -> Self:
        if self.kind == "number" and (self.mean is None or self.deviation is None):
            raise ValueError("expected mean and deviation, as the target is a number")
        return self


class DataRecord(Record):
    """All that is needed of the data once training is over."""

    file = "data.json"

    name: str
    examples: Examples
    fingerprint: str
    licence: str
    source: str
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...]
    input: AnyInput
    target: TargetRecord | None = None

    @model_validator(mode="after")
    def _labels_fit(self) -> Self:
        number = self.target is not None and self.target.kind == "number"
        classes = not number and not isinstance(self.input, SentenceInput)
        if self.labels and not classes:
            raise ValueError("expected no labels, as there are no classes")
        if classes and len(self.labels) < 2:
            raise ValueError(f"expected at least two labels, received {len(self.labels)}")
        expect_distinct(self.labels, "labels")
        return self

    def input_of(self, section: type[SomeInput]) -> SomeInput:
        """The input, known to be of one kind.

        Raises:
            OkazuError: It is of another: recipe and data are not of one run.
        """
        if isinstance(self.input, section):
            return self.input
        wanted = section.model_fields["kind"].default
        raise OkazuError(
            f"{self.file}: expected an input of the kind {wanted}, as the recipe's task has it;"
            f" received {self.input.kind}"
        )


class Machine(_Part):
    """What it ran on."""

    system: str
    cores: int


class Environment(Record):
    """What a result depends on beside the recipe."""

    file = "environment.json"

    libraries: dict[str, str]
    python: str
    backend: str
    machine: Machine
    seed: int
    data_fingerprint: str
    command: tuple[str, ...]
