"""The networks for texts: one family per file, each a function that returns a Functional model.

Every network takes int32 ids `[batch, length]`, of any length, and returns float32 logits `[batch,
classes]`. Id 0 is padding and has no effect, however much of it there is. In all networks but
`ngrams` and `ngrams_regions` ids enter through one layer called `embedding` alone, beside the mask
of what is padding, so that noise can be added to its vectors; see
`training.tasks.text_classification.noise`. A network may have further outputs of the same kind, as
those for images may.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.architectures.options import TextModelOptions

if TYPE_CHECKING:
    import keras

# architecture -> its builder, imported when it is needed
BUILDERS = {
    "ngrams": ("training.architectures.texts.ngrams", "build_ngrams"),
    "fasttext": ("training.architectures.texts.fasttext", "build_fasttext"),
    "textcnn": ("training.architectures.texts.textcnn", "build_textcnn"),
    "rnn": ("training.architectures.texts.rnn", "build_rnn"),
    "ngrams_regions": ("training.architectures.texts.ngrams_regions", "build_ngrams_regions"),
    "transformer": ("training.architectures.texts.transformer", "build_transformer"),
}


@dataclass(frozen=True)
class TextContext:
    """What a builder needs beside its own options.

    Attributes:
        tokens: All ids are below it.
        classes: Number of logits.
        log_count_ratios: From the smoothing to the log-count ratios of the training part, float32
            `[tokens, columns]`: one column for two classes, else one for each class against the
            rest. The row of padding is 0. A network that makes other ids of a text's ids gives
            besides how, and below what they are: `(alpha, features, size)`. It is called by the
            networks that need it.
        l1: L1 penalty on every kernel.
        l2: L2 penalty on every kernel.
    """

    tokens: int
    classes: int
    log_count_ratios: Callable[..., NDArray[np.float32]]
    l1: float = 0.0
    l2: float = 0.0


def build_text_network(options: TextModelOptions, context: TextContext) -> keras.Model:
    """Builds the network that the `model` section of a text's recipe describes."""
    module, function = BUILDERS[options.architecture]
    builder = getattr(importlib.import_module(module), function)
    arguments: dict[str, Any] = options.model_dump(exclude={"architecture"})
    network: keras.Model = builder(context, **arguments)
    return network
