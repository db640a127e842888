"""Networks in float32, whatever precision they were trained in."""

from __future__ import annotations

import keras


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
