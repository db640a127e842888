"""What text networks are built with, and asked, in tests."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from training.architectures.options import TextModelOptions
from training.architectures.texts import TextContext, build_text_network
from training.classification.losses import without_auxiliary_heads
from training.recipe.base import members

KINDS = members(TextModelOptions, "architecture")


SMALL: dict[str, dict[str, Any]] = {
    "ngrams": {},
    "ngrams_regions": {"buckets": 64, "filters": 5},
    "fasttext": {"dimensions": 6},
    "textcnn": {"dimensions": 6, "kernel_sizes": [2, 3, 5], "filters": 4},
    "rnn": {"dimensions": 6, "units": 5},
    "transformer": {"dimensions": 8, "heads": 2, "layers": 1, "feed_forward": 12},
}


def options(architecture: str, **values: Any) -> Any:
    return KINDS[architecture](architecture=architecture, **values)  # type: ignore[call-arg]


TOKENS = 40


def ratios(columns: int, tokens: int = TOKENS) -> NDArray[np.float32]:
    made = np.random.default_rng(3).normal(size=(tokens, columns)).astype(np.float32)
    made[0] = 0
    return made


def context(classes: int = 3, **penalties: float) -> TextContext:
    columns = 1 if classes == 2 else classes

    def made(alpha: float, features: Any = None, size: int = TOKENS) -> NDArray[np.float32]:
        del features
        return ratios(columns, size) * alpha

    return TextContext(TOKENS, classes, made, **penalties)


def small(architecture: str, values: dict[str, Any], **more: Any) -> Any:
    return options(architecture, **{**SMALL[architecture], **values, **more})


def network(
    architecture: str, values: dict[str, Any], classes: int = 3, **more: Any
) -> keras.Model:
    """A small network, its weights pushed about, so that no answer is small by chance."""
    keras.utils.set_random_seed(0)
    made = build_text_network(small(architecture, values, **more), context(classes))
    random = np.random.default_rng(1)
    for weight in made.trainable_weights:
        weight.assign(weight + random.normal(0, 0.3, weight.shape))
    return without_auxiliary_heads(made)


def texts(*lengths: int, padded: int | None = None) -> NDArray[np.int32]:
    """Random ids of so many texts, padding at their ends."""
    random = np.random.default_rng(2)
    ids = np.zeros((len(lengths), padded or max(lengths)), np.int32)
    for row, length in zip(ids, lengths, strict=True):
        row[:length] = random.integers(1, TOKENS, length)
    return ids


def answers(model: keras.Model, ids: NDArray[np.int32]) -> NDArray[np.float32]:
    return np.asarray(keras.ops.convert_to_numpy(model(ids, training=False)))
