"""The options of each architecture, as recipes write them.

They stand apart from the builders so that a recipe can be checked without importing Keras. Each
class has the fields of its builder's keyword arguments, no more and no fewer; a test compares them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from training.section import Section

Activation = Literal[
    "relu", "gelu", "silu", "elu", "selu", "leaky_relu", "tanh", "sigmoid", "softplus", "linear"
]
Units = Annotated[int, Field(ge=1, le=65_536)]
Dropout = Annotated[float, Field(ge=0, lt=1)]


class MlpOptions(Section):
    """See `training.architectures.mlp.build_mlp`."""

    architecture: Literal["mlp"]
    hidden: list[Units] = Field(default=[256, 128], min_length=1, max_length=32)
    activation: Activation = "relu"
    batch_normalization: bool = False
    dropout: Dropout = 0.2


class CnnOptions(Section):
    """See `training.architectures.cnn.build_cnn`."""

    architecture: Literal["cnn"]
    filters: list[Units] = Field(default=[32, 64], min_length=1, max_length=16)
    convolutions: int = Field(default=2, ge=1, le=8)
    kernel_size: int = Field(default=3, ge=1, le=15)
    pooling: Literal["max", "average"] = "max"
    head: Literal["flatten", "global_average"] = "flatten"
    hidden: list[Units] = Field(default=[128], max_length=8)
    activation: Activation = "relu"
    batch_normalization: bool = True
    dropout: Dropout = 0.3


class AlexNetOptions(Section):
    """See `training.architectures.alexnet.build_alexnet`."""

    architecture: Literal["alexnet"]
    hidden: list[Units] | None = Field(default=None, max_length=8)
    activation: Activation = "relu"
    batch_normalization: bool = True
    dropout: Dropout = 0.5


class VggOptions(Section):
    """See `training.architectures.vgg.build_vgg`."""

    architecture: Literal["vgg"]
    depth: Literal[11, 13, 16, 19] = 16
    hidden: list[Units] | None = Field(default=None, max_length=8)
    activation: Activation = "relu"
    batch_normalization: bool = True
    dropout: Dropout = 0.5


class InceptionOptions(Section):
    """See `training.architectures.inception.build_inception`."""

    architecture: Literal["inception"]
    activation: Activation = "relu"
    batch_normalization: bool = True
    dropout: Dropout = 0.4
    auxiliary_heads: bool = True


class ResNetOptions(Section):
    """See `training.architectures.resnet.build_resnet`."""

    architecture: Literal["resnet"]
    depth: Literal[18, 20, 32, 34, 44, 50, 56, 110] = 20
    width: float = Field(default=1.0, gt=0, le=16)
    activation: Activation = "relu"
    dropout: Dropout = 0.0


ModelOptions = Annotated[
    MlpOptions | CnnOptions | AlexNetOptions | VggOptions | InceptionOptions | ResNetOptions,
    Field(discriminator="architecture"),
]
