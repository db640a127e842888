"""The options of each architecture, as recipes write them.

They stand apart from the builders so that a recipe can be checked without importing Keras. Each
class has the fields of its builder's keyword arguments, no more and no fewer; a test compares them.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from training.recipe.base import Architecture
from training.recipe.section import Fraction

Activation = Literal[
    "relu", "gelu", "silu", "elu", "selu", "leaky_relu", "tanh", "sigmoid", "softplus", "linear"
]
Units = Annotated[int, Field(ge=1, le=65_536)]
Dropout = Annotated[float, Field(ge=0, lt=1)]
VectorSize = Annotated[int, Field(ge=1, le=4096)]
BackboneName = Literal[
    "mobilenet-v2",
    "mobilenet-v3-small",
    "mobilenet-v3-large",
    "efficientnet-b0",
    "efficientnet-v2-b0",
    "resnet-50",
    "resnet-50-v2",
    "densenet-121",
    "convnext-tiny",
    "xception",
    "inception-v3",
    "vgg-16",
]
# Of n-grams that are hashed in the graph; see `training.architectures.texts.word_ngrams`.
MOST_BUCKETS = 2**23
# Factors on the channels for which there are ImageNet weights, where there are several.
PUBLISHED_WIDTHS: dict[str, tuple[float, ...]] = {
    "mobilenet-v2": (0.35, 0.5, 0.75, 1.0, 1.3, 1.4),
    "mobilenet-v3-small": (0.75, 1.0),
    "mobilenet-v3-large": (0.75, 1.0),
}


class MlpOptions(Architecture):
    """See `training.architectures.images.mlp.build_mlp`."""

    architecture: Literal["mlp"]
    hidden: list[Units] = Field(default=[256, 128], min_length=1, max_length=32)
    activation: Activation = "relu"
    batch_normalization: bool = False
    dropout: Dropout = 0.2


class TableMlpOptions(Architecture):
    """See `training.architectures.tables.build_table_mlp`."""

    architecture: Literal["mlp"]
    hidden: list[Units] = Field(default=[64, 32], max_length=32)
    activation: Activation = "relu"
    batch_normalization: bool = False
    dropout: Dropout = 0.0


class CnnOptions(Architecture):
    """See `training.architectures.images.cnn.build_cnn`."""

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


class AlexNetOptions(Architecture):
    """See `training.architectures.images.alexnet.build_alexnet`."""

    architecture: Literal["alexnet"]
    hidden: list[Units] | None = Field(default=None, max_length=8)
    activation: Activation = "relu"
    batch_normalization: bool = True
    dropout: Dropout = 0.5


class VggOptions(Architecture):
    """See `training.architectures.images.vgg.build_vgg`."""

    architecture: Literal["vgg"]
    depth: Literal[11, 13, 16, 19] = 16
    hidden: list[Units] | None = Field(default=None, max_length=8)
    activation: Activation = "relu"
    batch_normalization: bool = True
    dropout: Dropout = 0.5


class InceptionOptions(Architecture):
    """See `training.architectures.images.inception.build_inception`."""

    architecture: Literal["inception"]
    activation: Activation = "relu"
    batch_normalization: bool = True
    dropout: Dropout = 0.4
    auxiliary_heads: bool = True


class AirbenchOptions(Architecture):
    """See `training.architectures.images.airbench.build_airbench`."""

    architecture: Literal["airbench"]
    filters: list[Units] = Field(default=[64, 256, 256], min_length=1, max_length=16)
    activation: Activation = "relu"
    dropout: Dropout = 0.0


class ResNetOptions(Architecture):
    """See `training.architectures.images.resnet.build_resnet`."""

    architecture: Literal["resnet"]
    depth: Literal[18, 20, 32, 34, 44, 50, 56, 110] = 20
    width: float = Field(default=1.0, gt=0, le=16)
    activation: Activation = "relu"
    dropout: Dropout = 0.0


class PretrainedOptions(Architecture):
    """See `training.architectures.images.pretrained.build_pretrained`."""

    architecture: Literal["pretrained"]
    backbone: BackboneName = "mobilenet-v2"
    weights: str = Field(
        default="imagenet", description="imagenet, a file of weights (.h5), or none"
    )
    width: float = Field(default=1.0, gt=0, le=16, description="of a MobileNet's layers")
    dropout: Dropout = 0.2

    @property
    def has_weights_to_start_from(self) -> bool:
        return self.weights != "none"

    @field_validator("weights")
    @classmethod
    def _weights_are_no_program(cls, weights: str) -> str:
        if weights in ("imagenet", "none") or weights.endswith(".h5"):
            return weights
        raise ValueError(
            f"expected imagenet, none, or a file of weights that ends in .h5, received {weights!r}"
        )

    @model_validator(mode="after")
    def _width_is_to_be_had(self) -> Self:
        widths = PUBLISHED_WIDTHS.get(self.backbone, (1.0,))
        if self.backbone not in PUBLISHED_WIDTHS and self.width != 1:
            raise ValueError(
                f"width: {self.backbone} has one width, expected 1, received {self.width}"
            )
        if self.weights == "imagenet" and self.width not in widths:
            raise ValueError(
                f"width: expected one that {self.backbone} was trained in"
                f" ({', '.join(map(str, widths))}), received {self.width}"
            )
        return self


ModelOptions = Annotated[
    MlpOptions
    | CnnOptions
    | AlexNetOptions
    | VggOptions
    | InceptionOptions
    | AirbenchOptions
    | ResNetOptions
    | PretrainedOptions,
    Field(discriminator="architecture"),
]


class NgramsOptions(Architecture):
    """See `training.architectures.texts.ngrams.build_ngrams`."""

    architecture: Literal["ngrams"]
    alpha: float = Field(default=1.0, gt=0, le=1000, description="smoothing, added to each count")
    normalize: Literal["l2", "none"] = "l2"
    dropout: Dropout = 0.0


class NgramsRegionsOptions(Architecture):
    """See `training.architectures.texts.ngrams_regions.build_ngrams_regions`."""

    architecture: Literal["ngrams_regions"]
    word_ngrams: int = Field(default=3, ge=1, le=8, description="the most words of an n-gram")
    buckets: int = Field(default=2**21, ge=2, le=MOST_BUCKETS, description="ids of n-grams")
    distinct: bool = Field(default=True, description="whether repetitions in a text are dropped")
    alpha: float = Field(default=8.0, gt=0, le=1000, description="smoothing, added to each count")
    normalize: Literal["l2", "none"] = "l2"
    region_words: int = Field(default=3, ge=1, le=16, description="words in a region")
    filters: Units = 512
    word_dropout: Dropout = 0.2
    dropout: Dropout = 0.5
    region_share: Fraction = 0.4


class FastTextOptions(Architecture):
    """See `training.architectures.texts.fasttext.build_fasttext`."""

    architecture: Literal["fasttext"]
    dimensions: VectorSize = 10
    hidden: list[Units] = Field(default=[], max_length=8)
    activation: Activation = "relu"
    embedding_dropout: Dropout = 0.0
    dropout: Dropout = 0.0


class TextCnnOptions(Architecture):
    """See `training.architectures.texts.textcnn.build_textcnn`."""

    architecture: Literal["textcnn"]
    dimensions: VectorSize = 128
    kernel_sizes: list[Annotated[int, Field(ge=1, le=64)]] = Field(
        default=[3, 4, 5], min_length=1, max_length=16, description="words in a window"
    )
    filters: Units = 100
    activation: Activation = "relu"
    embedding_dropout: Dropout = 0.0
    dropout: Dropout = 0.5


class RnnOptions(Architecture):
    """See `training.architectures.texts.rnn.build_rnn`."""

    architecture: Literal["rnn"]
    dimensions: VectorSize = 128
    cell: Literal["lstm", "gru"] = "lstm"
    units: int = Field(default=64, ge=1, le=4096)
    layers: int = Field(default=1, ge=1, le=8)
    bidirectional: bool = True
    pooling: Literal["last", "max", "mean", "attention"] = "max"
    embedding_dropout: Dropout = 0.0
    dropout: Dropout = 0.5


class TransformerOptions(Architecture):
    """See `training.architectures.texts.transformer.build_transformer`."""

    architecture: Literal["transformer"]
    dimensions: VectorSize = 128
    layers: int = Field(default=2, ge=1, le=48)
    heads: int = Field(default=4, ge=1, le=64)
    feed_forward: Units = 256
    activation: Activation = "gelu"
    pooling: Literal["max", "mean", "attention"] = "mean"
    embedding_dropout: Dropout = 0.0
    dropout: Dropout = 0.1

    @model_validator(mode="after")
    def _heads_share_the_dimensions(self) -> Self:
        if self.dimensions % self.heads:
            raise ValueError(
                f"heads: expected a divisor of dimensions ({self.dimensions}), received"
                f" {self.heads}"
            )
        return self


TextModelOptions = Annotated[
    NgramsOptions
    | NgramsRegionsOptions
    | FastTextOptions
    | TextCnnOptions
    | RnnOptions
    | TransformerOptions,
    Field(discriminator="architecture"),
]


class Seq2SeqRnnOptions(Architecture):
    """See `training.architectures.seq2seq.rnn.build_rnn`."""

    architecture: Literal["gru", "lstm"]
    attention: bool = Field(default=True, description="additive, from the decoder to the source")
    dimensions: VectorSize = 256
    units: VectorSize = 256
    encoder_layers: int = Field(default=1, ge=1, le=8)
    decoder_layers: int = Field(default=1, ge=1, le=8)
    dropout: Dropout = 0.3


class Seq2SeqTransformerOptions(Architecture):
    """See `training.architectures.seq2seq.transformer.build_transformer`."""

    architecture: Literal["transformer"]
    dimensions: VectorSize = 256
    encoder_layers: int = Field(default=3, ge=1, le=48)
    decoder_layers: int = Field(default=3, ge=1, le=48)
    heads: int = Field(default=4, ge=1, le=64)
    feed_forward: Units = 1024
    normalization: Literal["pre", "post"] = "pre"
    dropout: Dropout = 0.1
    attention_dropout: Dropout = 0.0
    feed_forward_dropout: Dropout = 0.0

    @model_validator(mode="after")
    def _heads_share_the_dimensions(self) -> Self:
        if self.dimensions % self.heads:
            raise ValueError(
                f"heads: expected a divisor of dimensions ({self.dimensions}), received"
                f" {self.heads}"
            )
        return self


Seq2SeqOptions = Annotated[
    Seq2SeqRnnOptions | Seq2SeqTransformerOptions, Field(discriminator="architecture")
]
