"""The `fit` section, the same for every task: optimizer, schedule, penalties, when to stop."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from training.recipe.section import Fraction, Section


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
    initial_accumulator_value: float = Field(
        default=0.1,
        ge=0,
        le=100,
        description="the sum of squared gradients at first; larger than they are, it makes the"
        " optimizer that of plain descent",
    )


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


class InverseSquareRoot(Section):
    """Up to the learning rate in a line, then down as 1 / sqrt(step) (Vaswani et al. 2017, 5.3)."""

    name: Literal["inverse_sqrt"]
    warmup_epochs: float = Field(default=2, gt=0)


class OneCycle(Section):
    """Up to the learning rate, then down to nothing (Smith and Topin 2019)."""

    name: Literal["one_cycle"]
    start: Fraction = Field(default=0.04, description="of the learning rate, at the first step")
    peak_at: float = Field(default=0.3, gt=0, lt=1, description="part of the training")


Schedule = Annotated[
    Constant | Step | Exponential | Cosine | InverseSquareRoot | OneCycle,
    Field(discriminator="name"),
]


class EarlyStopping(Section):
    """Stop when validation no longer improves, and go back to the best weights."""

    monitor: Literal["val_loss", "val_accuracy"] = Field(
        default="val_loss", description="val_loss has no penalty and no label smoothing in it"
    )
    patience: int = Field(default=10, ge=1, description="epochs without an improvement")
    min_delta: float = Field(default=0, ge=0, description="what counts as an improvement")


class FineTune(Section):
    """Train a pretrained backbone too, once the new classifier has learned on top of it.

    The optimizer and its schedule begin anew then.
    """

    after_epochs: int = Field(default=5, ge=0, le=10_000, description="with the backbone frozen")
    learning_rate: float = Field(
        default=0.0001, gt=0, le=100, description="from then on, in place of the optimizer's"
    )
    layers: int | None = Field(
        default=None, ge=1, description="so many of the backbone's last ones; all, if not said"
    )


class Fit(Section):
    """How the weights are found."""

    epochs: int = Field(default=20, ge=1, le=10_000)
    batch_size: int = Field(default=64, ge=1, le=65_536)
    optimizer: Optimizer = Adam(name="adam")
    schedule: Schedule = Constant(name="constant")
    loss: Literal["cross_entropy", "mean_squared_error"] | None = Field(
        default=None, description="cross-entropy for classes, if not said, else squared error"
    )
    l1: float = Field(default=0, ge=0, le=1, description="L1 penalty on every kernel")
    l2: float = Field(default=0, ge=0, le=1, description="L2 penalty on every kernel")
    label_smoothing: Fraction = Field(default=0, description="Szegedy et al. 2016, section 7")
    early_stopping: EarlyStopping | None = None
    fine_tune: FineTune | None = Field(
        default=None, description="of a pretrained backbone, which else stays as it is"
    )
    ema: Fraction = Field(
        default=0, description="decay of an average of the weights, which is what is kept; 0 is off"
    )
    average_epochs: int = Field(
        default=0,
        ge=0,
        description="the mean of the weights after each of so many last epochs is what is kept;"
        " 0 is off",
    )
    clip_norm: float | None = Field(
        default=None, gt=0, description="longest gradient, over all weights together"
    )
    class_weights: Literal["none", "balanced"] = Field(
        default="none", description="balanced weights a class by the inverse of its share"
    )
    mixed_precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = Field(
        default="auto", description="auto: bfloat16 on a GPU or a CPU with AMX, else float32"
    )
    seed: int = Field(default=0, ge=0, le=2**32 - 1)

    @model_validator(mode="after")
    def _fine_tuning_begins(self) -> Self:
        if self.fine_tune and self.fine_tune.after_epochs >= self.epochs:
            raise ValueError(
                f"fine_tune.after_epochs: expected less than epochs ({self.epochs}),"
                f" received {self.fine_tune.after_epochs}"
            )
        return self

    @model_validator(mode="after")
    def _one_kind_of_weights_is_kept(self) -> Self:
        if not self.average_epochs:
            return self
        others = {"early_stopping": self.early_stopping, "ema": self.ema}
        if other := next((name for name, value in others.items() if value), None):
            raise ValueError(
                f"average_epochs: with {other} it would be left open which weights are kept; leave"
                " one of them out"
            )
        if self.average_epochs > self.epochs:
            raise ValueError(
                f"average_epochs: expected at most epochs ({self.epochs}), received"
                f" {self.average_epochs}"
            )
        return self

    @model_validator(mode="after")
    def _warmup_must_end(self) -> Self:
        warmup = getattr(self.schedule, "warmup_epochs", 0)
        if warmup >= self.epochs:
            raise ValueError(
                f"schedule.warmup_epochs: expected less than epochs ({self.epochs}),"
                f" received {warmup}"
            )
        for begin, end in self.phases:
            if warmup >= end - begin:
                raise ValueError(
                    "schedule.warmup_epochs: expected less than the epochs before fine-tuning"
                    f" and those after it, received {warmup}"
                )
        return self

    @property
    def phases(self) -> list[tuple[int, int]]:
        """The first epoch, from 0, and the end of what is trained in one go."""
        frozen = self.fine_tune.after_epochs if self.fine_tune else 0
        return [(0, frozen), (frozen, self.epochs)] if frozen else [(0, self.epochs)]
