"""Every network for texts goes through one table: shapes, parameters, learning, padding, export."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models.artifact.saved_model import check_operations
from models.card import ModelCard
from models.runtimes import load_runner
from models.settings import ModelSettings
from tests.helpers.text_networks import (
    SMALL,
    TOKENS,
    answers,
    context,
    network,
    options,
    small,
    texts,
)
from training.architectures.float32 import in_float32
from training.architectures.texts import BUILDERS, build_text_network
from training.classification.losses import build_loss, stack_heads
from training.classification.serving import serving_classifier
from training.jobs.export import write_saved_model
from training.recipe import Fit

# Of the greatest answer. A rounding to bfloat16 is off by 0.2 %; of these networks the answers were
# off by 0.65 % at most.
BFLOAT16_ERROR = 0.02
# Small enough for a test; dropout off where weights must all move.
# The mean of small vectors is smaller still.
LEARNING_RATES = {"fasttext": 0.2}
# What takes another way through the builders.
OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("ngrams", {"normalize": "none"}),
    ("ngrams_regions", {"word_ngrams": 1, "region_words": 5, "distinct": False}),
    ("fasttext", {"hidden": [7]}),
    ("textcnn", {"kernel_sizes": [4], "activation": "gelu"}),
    ("rnn", {"cell": "gru", "layers": 2, "pooling": "last"}),
    ("rnn", {"bidirectional": False, "pooling": "attention"}),
    ("transformer", {"pooling": "max"}),
]
EVERY: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in BUILDERS] + OTHERS
NAMES = ["-".join([name, *(f"{key}={value}" for key, value in o.items())]) for name, o in EVERY]
EMBEDDED = [name for name in BUILDERS if not name.startswith("ngrams")]
every = pytest.mark.parametrize(("architecture", "values"), EVERY, ids=NAMES)


@pytest.mark.parametrize("architecture", BUILDERS)
def test_options_and_builder_have_the_same_arguments_and_defaults(architecture: str) -> None:
    module, function = BUILDERS[architecture]
    parameters = inspect.signature(getattr(importlib.import_module(module), function)).parameters
    expected = {
        name: list(p.default) if isinstance(p.default, tuple) else p.default
        for name, p in parameters.items()
        if name != "context"
    }
    assert options(architecture).model_dump(exclude={"architecture"}) == expected


@every
def test_texts_of_any_length_and_batches_of_any_size(
    architecture: str, values: dict[str, Any]
) -> None:
    model = network(architecture, values)
    assert model.input_shape == (None, None)
    assert model.inputs[0].dtype == "int32"
    assert model.inputs[0].name == "text"
    for length, batch in ((1, 1), (2, 3), (17, 3)):
        logits = model(texts(*[length] * batch), training=False)
        assert tuple(logits.shape) == (batch, 3)
        assert logits.dtype == "float32"
        assert np.isfinite(logits).all()


# Counted by hand.
PARAMETERS = [
    ("ngrams", {}, 2, TOKENS * 2 + 1),
    ("ngrams", {}, 3, TOKENS * 3 * 2 + 3),
    ("fasttext", {"dimensions": 5}, 3, TOKENS * 5 + 5 * 3 + 3),
    ("fasttext", {"dimensions": 5, "hidden": [4]}, 3, TOKENS * 5 + 5 * 4 + 4 + 4 * 3 + 3),
    (
        "ngrams_regions",
        {"word_ngrams": 3, "buckets": 64, "region_words": 2, "filters": 5},
        2,
        3 * TOKENS + (65 + 65 + 1) + (2 * TOKENS * 5 + 5) + (5 + 1) + 2,
    ),
    (
        "textcnn",
        {"dimensions": 6, "kernel_sizes": [2, 3], "filters": 4},
        3,
        TOKENS * 6 + (2 * 6 * 4 + 4) + (3 * 6 * 4 + 4) + 8 * 3 + 3,
    ),
    (
        "rnn",
        {"dimensions": 6, "units": 4},
        3,
        TOKENS * 6 + 2 * 4 * ((6 + 4) * 4 + 4) + 8 * 3 + 3,
    ),
    (
        # Keras' GRU has a second bias.
        "rnn",
        {"dimensions": 6, "units": 4, "cell": "gru", "layers": 2, "bidirectional": False},
        3,
        TOKENS * 6 + 3 * ((6 + 4) * 4 + 8) + 3 * ((4 + 4) * 4 + 8) + 4 * 3 + 3,
    ),
    (
        "rnn",
        {"dimensions": 6, "units": 4, "bidirectional": False, "pooling": "attention"},
        3,
        TOKENS * 6 + 4 * ((6 + 4) * 4 + 4) + (4 * 4 + 4 + 4) + 4 * 3 + 3,
    ),
    (
        "transformer",
        {"dimensions": 8, "heads": 2, "layers": 1, "feed_forward": 12},
        3,
        TOKENS * 8 + 3 * 16 + 4 * (8 * 8 + 8) + (8 * 12 + 12 + 12 * 8 + 8) + 8 * 3 + 3,
    ),
]


@pytest.mark.parametrize(("architecture", "values", "classes", "count"), PARAMETERS)
def test_parameters(architecture: str, values: dict[str, Any], classes: int, count: int) -> None:
    model = build_text_network(options(architecture, **values), context(classes))
    assert model.count_params() == count


@pytest.mark.slow
@pytest.mark.parametrize("architecture", BUILDERS)
def test_training_lowers_the_loss_and_reaches_every_weight(architecture: str) -> None:
    """Of the vectors those of ids that came up, which padding is none of; of regions some."""
    keras.utils.set_random_seed(0)
    model = build_text_network(small(architecture, {}, dropout=0.0), context())
    before = [weight.numpy().copy() for weight in model.trainable_weights]
    heads = len(model.outputs)
    model = keras.Model(model.inputs[0], stack_heads(model.outputs) if heads > 1 else model.output)
    model.compile(
        keras.optimizers.Adam(LEARNING_RATES.get(architecture, 0.02)),
        build_loss(heads, Fit()),
        jit_compile=False,
    )
    ids, labels = texts(*range(1, 13)), np.eye(3, dtype=np.float32)[np.arange(12) % 3]
    losses = [float(model.train_on_batch(ids, labels)) for _ in range(12)]
    assert min(losses[1:]) < 0.8 * losses[0]
    for weight, old in zip(model.trainable_weights, before, strict=True):
        if weight.shape[0] == TOKENS:
            changed = set(np.flatnonzero((weight.numpy() != old).any(axis=1)))
            known = set(np.unique(ids)) - {0}
            assert changed == known or (changed and "regions" in weight.path and changed < known)
        else:
            assert not np.array_equal(weight.numpy(), old), weight.path


@every
def test_padding_has_no_effect(architecture: str, values: dict[str, Any]) -> None:
    """However much of it there is, and whatever vector stands for it."""
    model = network(architecture, values)
    lengths = (1, 2, 11)
    together = answers(model, texts(*lengths, padded=19))
    ids = texts(*lengths)
    for row, length, answer in zip(ids, lengths, together, strict=True):
        np.testing.assert_allclose(answers(model, row[None, :length])[0], answer, atol=1e-5)
    if architecture in EMBEDDED:  # of n-grams the ratio is what must be 0
        table = model.get_layer("embedding").embeddings
        table.assign(np.concatenate([np.full_like(table[:1], 50.0), table[1:]]))
        assert np.array_equal(answers(model, texts(*lengths, padded=19)), together)


@every
def test_a_text_of_padding_alone_has_an_answer(architecture: str, values: dict[str, Any]) -> None:
    model = network(architecture, values)
    assert np.isfinite(answers(model, np.zeros((2, 5), np.int32))).all()


@every
def test_a_saved_network_answers_the_same(
    architecture: str, values: dict[str, Any], tmp_path: Path
) -> None:
    model = network(architecture, values)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    ids = texts(1, 5, 9)
    assert np.array_equal(answers(model, ids), answers(loaded, ids))


@pytest.mark.slow
@every
def test_an_export_answers_the_same_in_every_runtime(
    architecture: str, values: dict[str, Any], tmp_path: Path
) -> None:
    served = serving_classifier(network(architecture, values), temperature=1.5)
    write_saved_model(served, tmp_path)
    check_operations(tmp_path)
    card = ModelCard.model_construct(name=architecture)
    settings = ModelSettings(threads=1)
    batches = [texts(*lengths) for lengths in ((1,), (2,), (17, 3), (33, 1, 8))]
    for runtime in ("openvino", "tensorflow"):
        runner = load_runner(runtime, tmp_path, card, settings)
        for ids in batches:
            expected = np.asarray(served(ids, training=False)["probabilities"])
            np.testing.assert_allclose(runner({"text": ids})["probabilities"], expected, atol=1e-5)


@pytest.mark.slow
@every
def test_mixed_precision_is_left_behind_for_serving(
    architecture: str, values: dict[str, Any]
) -> None:
    exact = network(architecture, values)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        mixed = network(architecture, values)
    finally:
        keras.config.set_dtype_policy("float32")
    assert mixed.outputs[0].dtype == "float32"
    assert {weight.dtype for weight in mixed.weights} <= {"float32", "int32", "int64", "uint32"}
    ids = texts(1, 5, 30)
    expected = answers(exact, ids)
    atol = BFLOAT16_ERROR * np.abs(expected).max()
    np.testing.assert_allclose(answers(mixed, ids), expected, rtol=0, atol=atol)
    served = in_float32(mixed)
    assert {layer.compute_dtype for layer in served.layers} == {"float32"}
    np.testing.assert_allclose(answers(served, ids), expected, atol=1e-5)


@every
def test_penalties_reach_every_kernel(architecture: str, values: dict[str, Any]) -> None:
    model = build_text_network(small(architecture, values), context(l1=0.01, l2=0.02))
    kernels = [w for w in model.trainable_weights if w.name.endswith("kernel")]
    expected = sum(
        0.01 * np.abs(k.numpy()).sum() + 0.02 * np.square(k.numpy()).sum() for k in kernels
    )
    assert float(sum(model.losses)) == pytest.approx(float(expected), rel=1e-4)
    assert build_text_network(small(architecture, values), context()).losses == []


@pytest.mark.parametrize("architecture", EMBEDDED)
def test_vectors_are_the_only_way_in(architecture: str) -> None:
    """Which ids they are is known to the embedding alone; the others know where padding is."""
    model = network(architecture, {})
    embedding = model.get_layer("embedding")
    rest = keras.Model([model.inputs[0], embedding.output], model.outputs[0])
    ids = texts(3, 9)
    others = keras.ops.convert_to_tensor(np.where(ids > 0, 1, 0).astype(np.int32))
    assert embedding.output.dtype == "float32"
    assert len(embedding.output.shape) == 3
    np.testing.assert_array_equal(
        rest([others, embedding(ids)], training=False), answers(model, ids)
    )


@pytest.mark.parametrize("architecture", EMBEDDED)
def test_embedding_dropout_drops_dimensions_of_a_whole_text(architecture: str) -> None:
    model = network(architecture, {}, embedding_dropout=0.5)
    vectors = np.ones((50, 4, SMALL[architecture]["dimensions"]), np.float32)
    dropped = np.asarray(model.get_layer("embedding_dropout")(vectors, training=True))
    assert set(np.unique(dropped)) == {0.0, 2.0}
    assert (dropped == dropped[:, :1]).all()
    assert 0.3 < (dropped == 0).mean() < 0.7
