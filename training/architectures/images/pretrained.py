"""A network of `keras.applications` under a new classifier: transfer learning.

The backbone's layers become layers of the network itself, behind the scaling that the backbone was
trained with. With pretrained weights it is frozen as it is built, and
`training.fitting.fine_tuning` thaws it when the new classifier has learned something. Its batch
normalisation keeps the statistics of ImageNet throughout: those of a small set, in small batches,
would spoil it.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import keras
from keras import ops

from models.errors import InvalidSetting
from training.architectures.images import NetworkContext
from training.architectures.images.backbones import BACKBONES, Backbone, Scaling
from training.architectures.images.imagenet_weights import fetch_weights
from training.architectures.layers import logits


def build_pretrained(
    context: NetworkContext,
    *,
    backbone: str = "mobilenet-v2",
    weights: str = "imagenet",
    width: float = 1.0,
    dropout: float = 0.2,
) -> keras.Model:
    """Builds a classifier on a pretrained backbone, whose weights are frozen.

    Args:
        context: Shapes, classes and penalties; a penalty is on the classifier alone.
        backbone: A name of `BACKBONES`.
        weights: `imagenet`, a file of weights without a classifier (`.weights.h5`, or `.h5` as
            Keras' authors publish them), or `none`, which starts from nothing and freezes nothing.
        width: Factor on the channels of a MobileNet.
        dropout: Share dropped before the classifier, 0 to 1.

    Returns:
        uint8 images `[batch, height, width, channels]` to logits `[batch, classes]`.

    Raises:
        InvalidSetting: The images are too small, or the weights do not fit.
        OkazuError: The weights cannot be fetched.
    """
    kind = BACKBONES[backbone]
    _expect_room(backbone, kind, context)
    image = keras.Input(context.input_shape, dtype="uint8", name="image")
    body = _build_body(kind, _scaled(image, kind.scaling), width)
    if weights != "none":
        path = fetch_weights(kind, width) if weights == "imagenet" else Path(weights).expanduser()
        _load_weights(body, path, backbone)
        if kind.weights_scale:
            _divide_by_deviation(body)
        for layer in body.layers:
            layer.trainable = False
    x = body.output
    if dropout:
        x = keras.layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(image, logits(x, context), name=backbone.replace("-", "_"))


def _expect_room(name: str, kind: Backbone, context: NetworkContext) -> None:
    height, width, _ = context.input_shape
    if min(height, width) < kind.minimum:
        raise InvalidSetting(
            f"model.backbone: {name} takes images of {kind.minimum}x{kind.minimum} pixels and more,"
            f" received {height}x{width}; set data.height and data.width"
        )


def _scaled(image: keras.KerasTensor, scaling: Scaling) -> keras.KerasTensor:
    """uint8 `[batch, height, width, 1 or 3]` to float32 `[batch, height, width, 3]`."""
    colours = image
    if image.shape[-1] == 1:
        colours = keras.layers.Concatenate(name="grey_to_colour")([image] * 3)
    if scaling.reverse:
        colours = ops.flip(colours, axis=-1)
    # In float32 even where the layers behind it compute in 16 bits.
    return keras.layers.Rescaling(
        list(scaling.scale), list(scaling.offset), dtype="float32", name="scaling"
    )(colours)


def _build_body(kind: Backbone, scaled: keras.KerasTensor, width: float) -> keras.Model:
    """The backbone with pooling, `[batch, features]`, from the image on."""
    options: dict[str, float] = {"include_preprocessing": False} if kind.scales_itself else {}
    if kind.takes_width:
        options["alpha"] = width
    function = getattr(keras.applications, kind.function)
    with warnings.catch_warnings():
        # Keras compares the size with those that weights were published for.
        warnings.simplefilter("ignore", UserWarning)
        body: keras.Model = function(
            include_top=False, weights=None, input_tensor=scaled, pooling="avg", **options
        )
    return body


def _load_weights(body: keras.Model, path: Path, backbone: str) -> None:
    """Reads weights, and nothing else: a `.keras` file would be a program."""
    if not path.is_file():
        raise InvalidSetting(f"model.weights: there is no file {path}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            body.load_weights(path)
    except Exception as error:  # Keras and h5py raise whatever they meet
        reason = str(error).strip().splitlines()[0]
        raise InvalidSetting(
            f"model.weights: {path} is no file of weights for {backbone} without its classifier"
            f" ({reason})"
        ) from None


def _divide_by_deviation(body: keras.Model) -> None:
    """Makes EfficientNet's own normalisation that of its ImageNet weights.

    They were trained with a further division by the root of the deviation, for which Keras adds a
    layer, but only where it fetches the weights itself; here the variance takes that in.
    """
    for layer in body.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.adapt_variance.assign(layer.adapt_variance * ops.sqrt(layer.adapt_variance))
            layer.finalize_state()
