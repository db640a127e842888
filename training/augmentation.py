"""Random changes of training images, a whole batch at a time, on whatever device trains.

Shift, rotation and zoom are one affine map for each image, so a picture is resampled once. The
layer stands in front of the network while it trains; it is no part of what is saved or exported.
"""

from __future__ import annotations

import math

import keras
from keras import ops

from training.recipe import Augment


class Augmentation(keras.layers.Layer):  # type: ignore[misc]
    """Augments uint8 images `[batch, height, width, channels]`; gives the same shape and dtype.

    When not training it hands the images through. Uncovered corners repeat the edge.

    Args:
        augment: What to do, and how much of it at most.
        seed: Of the layer's own random numbers, whose state is a variable of the model.
    """

    def __init__(self, augment: Augment, seed: int, **kwargs: object) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.augment = augment
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images: keras.KerasTensor, training: bool | None = None) -> keras.KerasTensor:
        if not training:
            return images
        _, height, width, _ = images.shape
        transforms = self._transforms(ops.shape(images)[0], height, width)
        moved = ops.image.affine_transform(
            ops.cast(images, "float32"), transforms, interpolation="bilinear", fill_mode="nearest"
        )
        # What the network sees in training has the values it will see when it serves.
        return ops.cast(ops.clip(ops.round(moved), 0, 255), "uint8")

    def compute_output_spec(
        self, images: keras.KerasTensor, training: bool | None = None
    ) -> keras.KerasTensor:
        del training
        return keras.KerasTensor(images.shape, dtype="uint8")

    def _transforms(self, batch: int, height: int, width: int) -> keras.KerasTensor:
        """The maps from output to input pixels, `[batch, 8]`, turned about the picture's centre."""
        angle = self._uniform(batch, self.augment.rotation * math.pi / 180)
        scale = 1 / (1 + self._uniform(batch, self.augment.zoom))
        cos, sin = ops.cos(angle) * scale, ops.sin(angle) * scale
        center_x, center_y = (width - 1) / 2, (height - 1) / 2
        shift_x = self._uniform(batch, self.augment.shift * width) + center_x
        shift_y = self._uniform(batch, self.augment.shift * height) + center_y
        zero = ops.zeros_like(cos)
        return ops.stack(
            [
                cos,
                -sin,
                center_x - cos * shift_x + sin * shift_y,
                sin,
                cos,
                center_y - sin * shift_x - cos * shift_y,
                zero,
                zero,
            ],
            axis=1,
        )

    def _uniform(self, batch: int, bound: float) -> keras.KerasTensor:
        return keras.random.uniform((batch,), -bound, bound, seed=self.seed_generator)


def augments(augment: Augment) -> bool:
    """Whether there is anything to do."""
    return augment != Augment()
