"""Random changes of training images, a whole batch at a time, on whatever device trains.

Flips, shifts, rotation and zoom are one affine map for each image, so a picture is resampled once.
The layer stands in front of the network while it trains; it is no part of what is saved or
exported. Mixup and CutMix, which change the labels too, are in
`training.tasks.image_classification.mixing`.
"""

from __future__ import annotations

import math

import keras
from keras import ops

from training.tasks.image_classification.recipe import Augment


class Augmentation(keras.layers.Layer):  # type: ignore[misc]
    """Augments uint8 images `[batch, height, width, channels]`; gives the same shape and dtype.

    When not training it hands the images through.

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
        x = ops.cast(images, "float32")
        if _moves(self.augment):
            x = self._move(x)
        if _recolours(self.augment):
            x = self._recolour(x)
        if self.augment.cutout:
            x = self._cut_out(x)
        # What the network sees in training has the values it will see when it serves.
        return ops.cast(ops.clip(ops.round(x), 0, 255), "uint8")

    def compute_output_spec(
        self, images: keras.KerasTensor, training: bool | None = None
    ) -> keras.KerasTensor:
        del training
        return keras.KerasTensor(images.shape, dtype="uint8")

    def _move(self, x: keras.KerasTensor) -> keras.KerasTensor:
        _, height, width, _ = x.shape
        return ops.image.affine_transform(
            x,
            self._transforms(ops.shape(x)[0], height, width),
            interpolation="bilinear",
            fill_mode=self.augment.fill,
        )

    def _transforms(self, batch: int, height: int, width: int) -> keras.KerasTensor:
        """The maps from output to input pixels, `[batch, 8]`, turned about the picture's centre."""
        angle = self._uniform(batch, self.augment.rotation * math.pi / 180)
        scale = 1 / (1 + self._uniform(batch, self.augment.zoom))
        mirror = self._mirror(batch)
        cos, sin = ops.cos(angle) * scale, ops.sin(angle) * scale
        center_x, center_y = (width - 1) / 2, (height - 1) / 2
        shift_x = self._shift(batch, width) + center_x
        shift_y = self._shift(batch, height) + center_y
        zero = ops.zeros_like(cos)
        return ops.stack(
            [
                mirror * cos,
                mirror * -sin,
                center_x - mirror * (cos * shift_x - sin * shift_y),
                sin,
                cos,
                center_y - sin * shift_x - cos * shift_y,
                zero,
                zero,
            ],
            axis=1,
        )

    def _mirror(self, batch: int) -> keras.KerasTensor:
        """1, or -1 for an image that is flipped."""
        if not self.augment.horizontal_flip:
            return ops.ones((batch,))
        return ops.sign(keras.random.uniform((batch,), -1, 1, seed=self.seed_generator))

    def _shift(self, batch: int, size: int) -> keras.KerasTensor:
        """Pixels; whole ones where nothing else asks for resampling, as a random crop has it."""
        if self.augment.rotation or self.augment.zoom:
            return self._uniform(batch, self.augment.shift * size)
        most = round(self.augment.shift * size)
        places = keras.random.uniform((batch,), -most, most + 1, seed=self.seed_generator)
        return ops.floor(places)

    def _recolour(self, x: keras.KerasTensor) -> keras.KerasTensor:
        batch = ops.shape(x)[0]
        mean = ops.mean(x, axis=(1, 2, 3), keepdims=True)
        contrast = 1 + self._per_image(batch, self.augment.contrast)
        x = mean + (x - mean) * contrast + 255 * self._per_image(batch, self.augment.brightness)
        if x.shape[-1] != 3 or not self.augment.hue:
            return x
        return self._turn_hue(x, self._uniform(batch, self.augment.hue * 2 * math.pi))

    @staticmethod
    def _turn_hue(x: keras.KerasTensor, angle: keras.KerasTensor) -> keras.KerasTensor:
        """Turns the colours about the grey axis, by Rodrigues' rotation formula."""
        angle = ops.reshape(angle, (-1, 1, 1, 1))
        cos, sin = ops.cos(angle), ops.sin(angle) / math.sqrt(3)
        grey = ops.mean(x, axis=-1, keepdims=True)
        red, green, blue = ops.split(x, 3, axis=-1)
        cross = ops.concatenate([blue - green, red - blue, green - red], axis=-1)
        return grey + (x - grey) * cos + cross * sin

    def _cut_out(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Greys a square at a random place, which may reach over the edge (DeVries et al. 2017)."""
        batch, (_, height, width, _) = ops.shape(x)[0], x.shape
        half = self.augment.cutout * min(height, width) / 2
        inside = [
            ops.abs(ops.arange(size, dtype="float32") - self._place(batch, size)) < half
            for size in (height, width)
        ]
        square = ops.logical_and(inside[0][:, :, None, None], inside[1][:, None, :, None])
        return ops.where(square, ops.mean(x, axis=(1, 2), keepdims=True), x)

    def _place(self, batch: int, size: int) -> keras.KerasTensor:
        return keras.random.uniform((batch, 1), -0.5, size - 0.5, seed=self.seed_generator)

    def _uniform(self, batch: int, bound: float) -> keras.KerasTensor:
        return keras.random.uniform((batch,), -bound, bound, seed=self.seed_generator)

    def _per_image(self, batch: int, bound: float) -> keras.KerasTensor:
        return ops.reshape(self._uniform(batch, bound), (-1, 1, 1, 1))


def _moves(augment: Augment) -> bool:
    return bool(augment.shift or augment.rotation or augment.zoom or augment.horizontal_flip)


def _recolours(augment: Augment) -> bool:
    return bool(augment.brightness or augment.contrast or augment.hue)


def augments(augment: Augment) -> bool:
    """Whether the layer has anything to do."""
    return _moves(augment) or _recolours(augment) or bool(augment.cutout)
