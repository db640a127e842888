"""From a trained network to one that answers by itself; shared by the tasks."""

from __future__ import annotations

import keras

from models.card import Output

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


def in_float32(network: keras.Model) -> keras.Model:
    """A network trained in mixed precision keeps float32 weights: serve it in float32."""

    def rebuild(layer: keras.Layer) -> keras.Layer:
        if not isinstance(layer, keras.Layer):
            return layer  # an operation, which has neither weights nor a precision
        configuration = layer.get_config()
        if not isinstance(layer, keras.layers.InputLayer):
            configuration["dtype"] = "float32"
        return layer.__class__.from_config(configuration)

    # Networks within the network are rebuilt too.
    twin = keras.models.clone_model(network, clone_function=rebuild, recursive=True)
    twin.set_weights(network.get_weights())
    for layer in twin.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # keeps what it computed of its weights
    return twin
