"""From a trained network to one that answers by itself; shared by the tasks."""

from __future__ import annotations

import keras

from models.card import Output
from training.architectures.float32 import in_float32

PROBABILITIES = "probabilities"


def serving_classifier(network: keras.Model, temperature: float) -> keras.Model:
    """A classifier with its decoding: calibrated probabilities in place of logits, all float32.

    Args:
        network: Any input to logits `[batch, classes]`.
        temperature: To divide the logits by (Guo et al. 2017).
    """
    network = in_float32(network)
    scaled = keras.layers.Rescaling(1 / temperature, dtype="float32", name="calibration")(
        network.outputs[0]
    )
    probabilities = keras.layers.Softmax(dtype="float32", name=PROBABILITIES)(scaled)
    return keras.Model(network.inputs[0], {PROBABILITIES: probabilities}, name="serving")


def probabilities_output(classes: int) -> Output:
    """What the card says of a classifier's output."""
    return Output(name=PROBABILITIES, dtype="float32", shape=[classes])
