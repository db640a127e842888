"""Recipes of image classifiers."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from training.architectures.options import ModelOptions
from training.recipe.base import Data, Kinds, Recipe, members
from training.recipe.section import Fraction, Section


class ImageData(Data):
    """Pictures, and how they are brought to one size."""

    task: ClassVar[str] = "image_classification"

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


TestTimeAugmentation = Literal["none", "flip", "flip_and_shift"]


class Measurement(Section):
    """What is measured of the trained network beside the metrics that always are."""

    test_time_augmentation: TestTimeAugmentation = Field(
        default="none",
        description="also the mean over so many views of each test image",
    )


class ImageRecipe(Recipe):
    """A recipe of `task: image_classification`."""

    kinds: ClassVar[Kinds] = {
        "model.architecture": members(ModelOptions, "architecture"),
        **Recipe.kinds,
    }

    task: Literal["image_classification"]
    data: ImageData
    model: ModelOptions
    augment: Augment = Augment()
    evaluation: Measurement = Measurement()


RECIPE = ImageRecipe
