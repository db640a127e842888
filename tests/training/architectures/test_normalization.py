"""The fused batch normalisation computes what Keras' own does."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from training.architectures.normalization import BatchNormalization

tf = pytest.importorskip("tensorflow")

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="fused on TensorFlow alone"
)
SHAPE = (4, 5, 3, 6)


def built(kind: type[keras.Layer]) -> keras.Layer:
    random = np.random.default_rng(1)
    layer = kind(momentum=0.9)
    layer.build((None, *SHAPE[1:]))
    layer.set_weights([random.uniform(0.5, 1.5, SHAPE[-1]) for _ in range(4)])
    return layer


def trained(layer: keras.Layer, x: np.ndarray[Any, Any]) -> tuple[Any, list[Any]]:
    """The outputs of a training step, and the gradients of their weighted sum."""
    weights = tf.constant(np.random.default_rng(2).normal(size=x.shape), x.dtype)
    inputs = tf.constant(x)
    variables = [variable.value for variable in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, training=True)
        total = tf.reduce_sum(outputs * weights)
    return outputs, tape.gradient(total, [inputs, *variables])


def images() -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).normal(3, 2, SHAPE).astype(np.float32)


def test_outputs_and_gradients_are_those_of_keras() -> None:
    ours, reference = built(BatchNormalization), built(keras.layers.BatchNormalization)
    outputs, gradients = trained(ours, images())
    expected_outputs, expected_gradients = trained(reference, images())
    np.testing.assert_allclose(outputs, expected_outputs, atol=1e-5)
    for gradient, expected in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(gradient, expected, atol=1e-4)


def test_the_moving_averages_are_those_of_the_batch_as_a_sample() -> None:
    layer = built(BatchNormalization)
    mean, variance = (layer.moving_mean.numpy(), layer.moving_variance.numpy())
    trained(layer, images())
    flat = images().reshape(-1, SHAPE[-1])
    np.testing.assert_allclose(layer.moving_mean, 0.9 * mean + 0.1 * flat.mean(0), rtol=1e-5)
    np.testing.assert_allclose(
        layer.moving_variance, 0.9 * variance + 0.1 * flat.var(0, ddof=1), rtol=1e-5
    )


def test_inference_and_a_frozen_layer_are_as_ever() -> None:
    ours, reference = built(BatchNormalization), built(keras.layers.BatchNormalization)
    np.testing.assert_array_equal(ours(images()), reference(images()))
    ours.trainable = False
    before = ours.get_weights()
    np.testing.assert_array_equal(ours(images(), training=True), reference(images()))
    for weight, earlier in zip(ours.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, earlier)


def test_bfloat16_stays_bfloat16_and_is_near() -> None:
    layer = BatchNormalization(dtype="mixed_bfloat16")
    outputs = layer(images(), training=True)
    assert outputs.dtype == "bfloat16"
    expected = keras.layers.BatchNormalization()(images(), training=True)
    np.testing.assert_allclose(np.asarray(outputs, np.float32), expected, atol=0.03)


def test_vectors_are_normalised_too() -> None:
    x = np.random.default_rng(0).normal(2, 3, (64, 7)).astype(np.float32)
    outputs = np.asarray(BatchNormalization()(x, training=True))
    np.testing.assert_allclose(outputs.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(outputs.std(0), 1, atol=1e-3)
