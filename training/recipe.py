"""The recipe: one typed object drives a job, from the data to the last metric.

A recipe is a YAML file; `--set fit.epochs=5` overrides any field by the same validation. A
hyperparameter, its field here and the argument of the function that it reaches have one name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Discriminator, Field, Tag, model_validator

from training.architectures.options import ModelOptions
from training.section import Section

Fraction = Annotated[float, Field(ge=0, lt=1)]


class Data(Section):
    """What is learned from, and how it is split."""

    dataset: str = Field(description="a name that `okazu datasets` lists")
    path: Path | None = Field(
        default=None, description="a local copy: folder, zip or tar, in a layout of the data set"
    )
    height: int | None = Field(
        default=None, ge=1, le=4096, description="pixels; the data set's own, if not said"
    )
    width: int | None = Field(default=None, ge=1, le=4096, description="pixels, as height")
    mode: Literal["L", "RGB"] | None = Field(default=None, description="grey or colour")
    resize: Literal["stretch", "crop", "pad"] | None = Field(
        default=None, description="how a picture of another shape is brought to this one"
    )
    memory_mb: int = Field(
        default=2048,
        ge=0,
        description="decoded images of up to so many MB are held in memory; more stay on disk",
    )
    test_fraction: float = Field(default=0.2, gt=0, lt=1, description="where no test set is given")
    validation_fraction: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        description="of what is not test, where none is given; for early stopping, calibration",
    )
    split_seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _size_is_two_numbers(self) -> Self:
        if (self.height is None) != (self.width is None):
            given = "height" if self.width is None else "width"
            raise ValueError(f"expected height and width together, received {given} alone")
        return self


class Augment(Section):
    """Random changes of the training images; none of them is in the exported model."""

    shift: float = Field(default=0, ge=0, le=0.5, description="at most, as a part of the size")
    rotation: float = Field(default=0, ge=0, le=180, description="degrees, to either side")
    zoom: Fraction = Field(default=0, description="0.1 scales by 0.9 to 1.1")
    horizontal_flip: bool = Field(default=False, description="every other image, at random")
    fill: Literal["nearest", "constant", "reflect"] = Field(
        default="nearest", description="of what a move uncovers: the edge, black, or mirrored"
    )
    brightness: Fraction = Field(default=0, description="at most, as a part of the range")
    contrast: Fraction = Field(default=0, description="0.1 scales by 0.9 to 1.1")
    hue: float = Field(default=0, ge=0, le=0.5, description="at most, as a part of the circle")
    cutout: float = Field(default=0, ge=0, le=1, description="side of a greyed square, of the size")
    mixup: float = Field(default=0, ge=0, le=10, description="alpha of its beta distribution")
    cutmix: float = Field(default=0, ge=0, le=10, description="alpha of its beta distribution")


class _Optimizer(Section):
    learning_rate: float = Field(gt=0, le=100)


class Sgd(_Optimizer):
    """Stochastic gradient descent; with momentum, and Nesterov's (Sutskever et al. 2013)."""

    name: Literal["sgd"]
    learning_rate: float = Field(default=0.05, gt=0, le=100)
    momentum: Fraction = 0.9
    nesterov: bool = False
    weight_decay: float = Field(default=0, ge=0, le=1)

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov needs a momentum above 0")
        return self


class Adagrad(_Optimizer):
    """Duchi et al. 2011."""

    name: Literal["adagrad"]
    learning_rate: float = Field(default=0.01, gt=0, le=100)


class RmsProp(_Optimizer):
    """Tieleman and Hinton 2012."""

    name: Literal["rmsprop"]
    learning_rate: float = Field(default=0.001, gt=0, le=100)
    rho: Fraction = 0.9
    momentum: Fraction = 0


class Adam(_Optimizer):
    """Kingma and Ba 2015."""

    name: Literal["adam"]
    learning_rate: float = Field(default=0.001, gt=0, le=100)
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    name: Literal["adamw"]  # type: ignore[assignment]
    weight_decay: float = Field(default=0.004, ge=0, le=1)


Optimizer = Annotated[Sgd | Adagrad | RmsProp | Adam | AdamW, Field(discriminator="name")]


class Constant(Section):
    """The optimizer's learning rate throughout, after the warm-up."""

    name: Literal["constant"]
    warmup_epochs: float = Field(default=0, ge=0)


class Step(Section):
    """Multiplied by `factor` every so many epochs."""

    name: Literal["step"]
    every_epochs: float = Field(default=10, gt=0)
    factor: float = Field(default=0.1, gt=0, le=1)
    warmup_epochs: float = Field(default=0, ge=0)


class Exponential(Section):
    """Multiplied by `decay` over each epoch, smoothly."""

    name: Literal["exponential"]
    decay: float = Field(default=0.95, gt=0, le=1)
    warmup_epochs: float = Field(default=0, ge=0)


class Cosine(Section):
    """Half a cosine down to `final` of the learning rate (Loshchilov and Hutter 2017)."""

    name: Literal["cosine"]
    final: Fraction = 0
    warmup_epochs: float = Field(default=0, ge=0)


class OneCycle(Section):
    """Up to the learning rate, then down to nothing (Smith and Topin 2019)."""

    name: Literal["one_cycle"]
    start: Fraction = Field(default=0.04, description="of the learning rate, at the first step")
    peak_at: float = Field(default=0.3, gt=0, lt=1, description="part of the training")


Schedule = Annotated[Constant | Step | Exponential | Cosine | OneCycle, Field(discriminator="name")]


class EarlyStopping(Section):
    """Stop when validation no longer improves, and go back to the best weights."""

    monitor: Literal["val_loss", "val_accuracy"] = "val_loss"
    patience: int = Field(default=10, ge=1, description="epochs without an improvement")
    min_delta: float = Field(default=0, ge=0, description="what counts as an improvement")


class Fit(Section):
    """How the weights are found."""

    epochs: int = Field(default=20, ge=1, le=10_000)
    batch_size: int = Field(default=64, ge=1, le=65_536)
    optimizer: Optimizer = Adam(name="adam")
    schedule: Schedule = Constant(name="constant")
    l1: float = Field(default=0, ge=0, le=1, description="L1 penalty on every kernel")
    l2: float = Field(default=0, ge=0, le=1, description="L2 penalty on every kernel")
    label_smoothing: Fraction = Field(default=0, description="Szegedy et al. 2016, section 7")
    early_stopping: EarlyStopping | None = None
    ema: Fraction = Field(
        default=0, description="decay of an average of the weights, which is what is kept; 0 is off"
    )
    clip_norm: float | None = Field(
        default=None, gt=0, description="longest gradient, over all weights together"
    )
    class_weights: Literal["none", "balanced"] = Field(
        default="none", description="balanced weights a class by the inverse of its share"
    )
    mixed_precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = Field(
        default="auto", description="auto computes in 16 bits on a GPU, in float32 on a CPU"
    )
    seed: int = Field(default=0, ge=0, le=2**32 - 1)

    @model_validator(mode="after")
    def _warmup_must_end(self) -> Self:
        warmup = getattr(self.schedule, "warmup_epochs", 0)
        if warmup >= self.epochs:
            raise ValueError(
                f"schedule.warmup_epochs: expected less than epochs ({self.epochs}),"
                f" received {warmup}"
            )
        return self


def _members(union: Any, tag: str) -> dict[str, type[Section]]:
    members = get_args(get_args(union)[0])
    return {get_args(member.model_fields[tag].annotation)[0]: member for member in members}


# Fields that say what kind their section is, and the kinds that there are.
KINDS: dict[str, dict[str, type[Section]]] = {
    "model.architecture": _members(ModelOptions, "architecture"),
    "fit.optimizer.name": _members(Optimizer, "name"),
    "fit.schedule.name": _members(Schedule, "name"),
}

TunerName = Literal["hyperband", "bayesian", "random"]


class Choice(Section):
    """A field that takes one of these values."""

    values: list[Any] = Field(min_length=1)


class Range(Section):
    """A number between two bounds, both included; whole where the bounds and the step are."""

    min: int | float
    max: int | float
    step: int | float | None = Field(default=None, gt=0)
    scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min >= self.max:
            raise ValueError(f"expected min below max, received {self.min} and {self.max}")
        if self.scale == "log" and self.min <= 0:
            raise ValueError(f"a logarithmic scale needs min above 0, received {self.min}")
        return self

    @property
    def whole(self) -> bool:
        numbers = (self.min, self.max, self.step or 1)
        return all(isinstance(number, int) for number in numbers)


def _kind_of_space(space: object) -> str:
    """Which of the two a space is meant to be, so that its errors speak of that one."""
    given = space if isinstance(space, dict) else getattr(space, "__dict__", {})
    return "choice" if "values" in given else "range"


SearchSpace = Annotated[
    Annotated[Choice, Tag("choice")] | Annotated[Range, Tag("range")],
    Discriminator(_kind_of_space),
]


class Recipe(Section):
    """Everything that decides what a training job does."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    description: str = ""
    limits: str = Field(default="", description="what the model will not know; goes on its card")
    model_name: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$",
        description="the name it is exported under, if not the data set's",
    )
    task: Literal["image_classification"]
    data: Data
    model: ModelOptions
    augment: Augment = Augment()
    fit: Fit = Fit()
    search: dict[str, SearchSpace] = Field(
        default_factory=dict, description="dotted recipe path -> what `okazu tune` tries there"
    )

    @property
    def export_name(self) -> str:
        return self.model_name or self.data.dataset
