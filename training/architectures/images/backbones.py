"""The networks of `keras.applications` that a pretrained classifier may stand on.

Each was trained on ImageNet with a scaling of the pixels of its own, has a smallest image that it
takes, and a file of weights without its classifier, which Keras' authors host.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from training.architectures.options import PUBLISHED_WIDTHS

_HOME = "https://storage.googleapis.com/"
_TENSORFLOW = f"{_HOME}tensorflow/keras-applications/"


@dataclass(frozen=True)
class Scaling:
    """From pixels of 0 to 255 to what a backbone was trained with.

    Attributes:
        scale: A factor for each channel, in the backbone's order.
        offset: Added afterwards.
        reverse: Whether the backbone's order is blue, green, red.
    """

    scale: tuple[float, float, float]
    offset: tuple[float, float, float]
    reverse: bool = False


_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, 0 to 1, RGB
ONE = (1.0, 1.0, 1.0)
AS_IT_IS = Scaling(ONE, (0.0, 0.0, 0.0))
TO_ONE = Scaling((1 / 127.5,) * 3, (-1.0,) * 3)
STANDARDISED = Scaling(
    (1 / (255 * _DEVIATION[0]), 1 / (255 * _DEVIATION[1]), 1 / (255 * _DEVIATION[2])),
    (-_MEAN[0] / _DEVIATION[0], -_MEAN[1] / _DEVIATION[1], -_MEAN[2] / _DEVIATION[2]),
)
CENTRED_BGR = Scaling(ONE, (-103.939, -116.779, -123.68), reverse=True)


@dataclass(frozen=True)
class Backbone:
    """What there is to know of a backbone.

    Attributes:
        function: Its name in `keras.applications`.
        scaling: Of its input, where Keras' own is left out of the graph.
        url: Of its ImageNet weights; `{width}` where there are several.
        checksums: MD5 or SHA-256 of the weights for each width; None where Keras knows none.
        minimum: Side of the smallest image that it takes, pixels.
        scales_itself: Whether its own graph has a scaling that can be left out.
        weights_scale: Whether its weights have the mean and variance of pixels among them.
    """

    function: str
    scaling: Scaling
    url: str
    checksums: Mapping[float, str | None]
    minimum: int = 32
    scales_itself: bool = False
    weights_scale: bool = False

    @property
    def takes_width(self) -> bool:
        """Whether its number of channels can be multiplied."""
        return len(self.checksums) > 1

    def weights_url(self, width: float) -> str:
        return self.url.replace("{width}", str(width))


BACKBONES = {
    "mobilenet-v2": Backbone(
        "MobileNetV2",
        TO_ONE,
        _TENSORFLOW
        + "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{width}_224_no_top.h5",
        dict.fromkeys(PUBLISHED_WIDTHS["mobilenet-v2"]),
    ),
    "mobilenet-v3-small": Backbone(
        "MobileNetV3Small",
        TO_ONE,
        _TENSORFLOW + "mobilenet_v3/weights_mobilenet_v3_small_224_{width}_float_no_top_v2.h5",
        {0.75: "ebdb5cc8e0b497cd13a7c275d475c819", 1.0: "d3e8ec802a04aa4fc771ee12a9a9b836"},
        scales_itself=True,
    ),
    "mobilenet-v3-large": Backbone(
        "MobileNetV3Large",
        TO_ONE,
        _TENSORFLOW + "mobilenet_v3/weights_mobilenet_v3_large_224_{width}_float_no_top_v2.h5",
        {0.75: "40af19a13ebea4e2ee0c676887f69a2e", 1.0: "07fb09a5933dd0c8eaafa16978110389"},
        scales_itself=True,
    ),
    "efficientnet-b0": Backbone(
        "EfficientNetB0",
        AS_IT_IS,
        f"{_HOME}keras-applications/efficientnetb0_notop.h5",
        {1.0: "50bc09e76180e00e4465e1a485ddc09d"},
        weights_scale=True,
    ),
    "efficientnet-v2-b0": Backbone(
        "EfficientNetV2B0",
        STANDARDISED,
        f"{_TENSORFLOW}efficientnet_v2/efficientnetv2-b0_notop.h5",
        {1.0: "893217f2bb855e2983157299931e43ff"},
        scales_itself=True,
    ),
    "resnet-50": Backbone(
        "ResNet50",
        CENTRED_BGR,
        f"{_TENSORFLOW}resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        {1.0: "4d473c1dd8becc155b73f8504c6f6626"},
    ),
    "resnet-50-v2": Backbone(
        "ResNet50V2",
        TO_ONE,
        f"{_TENSORFLOW}resnet/resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        {1.0: "fac2f116257151a9d068a22e544a4917"},
    ),
    "densenet-121": Backbone(
        "DenseNet121",
        STANDARDISED,
        f"{_TENSORFLOW}densenet/densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5",
        {1.0: "30ee3e1110167f948a6b9946edeeb738"},
    ),
    "convnext-tiny": Backbone(
        "ConvNeXtTiny",
        STANDARDISED,
        f"{_TENSORFLOW}convnext/convnext_tiny_notop.h5",
        {1.0: "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1"},
        scales_itself=True,
    ),
    "xception": Backbone(
        "Xception",
        TO_ONE,
        f"{_TENSORFLOW}xception/xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
        {1.0: "b0042744bf5b25fce3cb969f33bebb97"},
        minimum=71,
    ),
    "inception-v3": Backbone(
        "InceptionV3",
        TO_ONE,
        f"{_TENSORFLOW}inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
        {1.0: "bcbd6486424b2319ff4ef7d526e38f63"},
        minimum=75,
    ),
    "vgg-16": Backbone(
        "VGG16",
        CENTRED_BGR,
        f"{_TENSORFLOW}vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        {1.0: "6d6bbae143d832006294945121d1f1fc"},
    ),
}
