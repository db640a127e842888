"""N-grams and regions side by side: their parts worked out another way, and how they are joined."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from models.artifact.saved_model import check_operations
from models.card import ModelCard
from models.runtimes import load_runner
from models.settings import ModelSettings
from tests.helpers.text_networks import TOKENS, answers, context, network, small, texts
from training.architectures.options import MOST_BUCKETS
from training.architectures.texts import build_text_network
from training.architectures.texts.ngrams import fold
from training.architectures.texts.ngrams_regions import JointLogits
from training.architectures.texts.regions import Regions
from training.architectures.texts.word_ngrams import WordNgrams, ngram_codes, ngram_ids
from training.classification.serving import serving_classifier
from training.jobs.export import write_saved_model
from training.tasks.text_classification.logit_scales import MeasuredSpreads, spread

LENGTHS = (1, 2, 3, 17)


def test_an_ngram_is_the_sum_of_its_words_codes() -> None:
    codes = np.array([[0, 5, 2, 7], [0, 3, 6, 1]], np.int32)
    found = ngram_ids(np.array([[1, 2, 3, 0], [3, 0, 0, 0]], np.int32), codes, 8)
    pairs = [(5 + 6) % 8 + 1, (2 + 1) % 8 + 1]
    assert found.tolist() == [[6, 3, 8, 0, *pairs, 0, 0], [8, 0, 0, 0, 0, 0, 0, 0]]


def test_ngrams_rarely_meet() -> None:
    ids = np.arange(1, 1001, dtype=np.int32)[np.newaxis]
    found = ngram_ids(ids, ngram_codes(1001, 3, 2**21), 2**21)
    assert np.count_nonzero(found) == 1000 + 999 + 998
    assert len(np.unique(found)) > 2980
    assert found.max() <= 2**21


@pytest.mark.parametrize("distinct", [False, True])
@pytest.mark.parametrize("buckets", [2, 1000, 2**21, MOST_BUCKETS])
def test_graph_and_numpy_make_the_same_ngrams(buckets: int, distinct: bool, tmp_path: Path) -> None:
    """The counts that ratios are made of are NumPy's; what is looked up are the graph's."""
    ids = texts(*LENGTHS)
    ids[3, 8:16] = ids[3, :8]
    codes = ngram_codes(TOKENS, 4, buckets)
    text = keras.Input((None,), dtype="int32", name="text")
    layer = WordNgrams(TOKENS, 4, buckets, distinct=distinct)
    served = keras.Model(text, {"ids": layer(text)})
    write_saved_model(served, tmp_path)
    card = ModelCard.model_construct(name="ids")
    for runtime in ("openvino", "tensorflow"):
        runner = load_runner(runtime, tmp_path, card, ModelSettings(threads=1))
        for some in (ids, ids[:1, :1]):
            expected = ngram_ids(some, codes, buckets)
            if distinct:
                expected = np.sort(expected, axis=1)
                expected[:, 1:][expected[:, 1:] == expected[:, :-1]] = 0
            assert np.array_equal(served(some)["ids"], expected)
            assert np.array_equal(runner({"text": some})["ids"], expected), runtime


def regions(words: int = 3, word_dropout: float = 0.0) -> Regions:
    """With vectors that differ, but for those of padding and of unknown words."""
    keras.utils.set_random_seed(0)
    layer = Regions(TOKENS, words, 6, word_dropout=word_dropout)
    layer.build((None, None))
    for table in layer.tables:
        table.assign(table * 50)
    layer.bias.assign(np.linspace(-0.5, 0.5, 6))
    return layer


@pytest.mark.parametrize("words", [1, 2, 3])
def test_regions_are_a_convolution_over_one_hot_words(words: int) -> None:
    layer = regions(words)
    kernel = np.stack([table.numpy() for table in layer.tables])
    kernel[:, :2] = 0
    for ids in (row[None, : max(np.flatnonzero(row)) + 1] for row in texts(*LENGTHS)):
        one_hot = np.eye(TOKENS, dtype=np.float32)[ids]
        one_hot = np.pad(one_hot, ((0, 0), (words - 1, words - 1), (0, 0)))
        found = keras.ops.relu(keras.ops.conv(one_hot, kernel) + layer.bias)
        np.testing.assert_allclose(layer(ids), np.max(found, axis=1), atol=1e-5)


@pytest.mark.parametrize("words", [1, 3])
def test_what_regions_learn_is_what_keras_would_derive(words: int) -> None:
    layer, ids = regions(words), texts(*LENGTHS, 0)
    weights = [weight.value for weight in layer.trainable_weights]
    found, learned = [], []
    for training in (False, True):
        with tf.GradientTape() as tape:
            features = layer(ids, training=training)
            loss = tf.reduce_sum(features**2)
        found.append(features.numpy())
        learned.append([tf.convert_to_tensor(g).numpy() for g in tape.gradient(loss, weights)])
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)
    for derived, own in zip(*learned, strict=True):
        if len(own) == TOKENS:
            assert not own[:2].any(), "of padding and of unknown words nothing is learned"
            assert own.any()
            derived, own = derived[2:], own[2:]
        np.testing.assert_allclose(own, derived, rtol=1e-5, atol=1e-5)


def test_hidden_words_are_unknown_ones() -> None:
    ids = np.full((300, 1), 7, np.int32)
    layer = regions(1, word_dropout=0.25)
    seen = np.asarray(layer(ids, training=True))
    unknown = np.asarray(layer(np.ones((1, 1), np.int32)))
    hidden = (seen == unknown).all(axis=1)
    assert 0.15 < hidden.mean() < 0.35
    np.testing.assert_allclose(seen[~hidden], np.asarray(layer(ids))[~hidden])


def test_the_answer_is_the_mean_of_logits_by_their_spreads() -> None:
    joint = JointLogits([0.75, 0.25])
    joint.build([(None, 2), (None, 2)])
    joint.spreads.assign([2, 0.5])
    parts = [np.array([[1.0, -1.0]], np.float32), np.array([[-3.0, 3.0]], np.float32)]
    assert np.array_equal(joint(parts), [[0.375 - 1.5, -0.375 + 1.5]])


def test_spreads_are_those_of_the_validation_part() -> None:
    made = build_text_network(small("ngrams_regions", {}), context(2))
    batches = [(texts(3, 9, 4), None), (texts(20, 1), None)]
    MeasuredSpreads(made, batches).on_test_end()  # type: ignore[arg-type]
    logits = [made(ids, training=False)[1:] for ids, _ in batches]
    scores = [np.concatenate(part)[:, 1] * 2 for part in zip(*logits, strict=True)]
    expected = [(part - np.mean(part)).std() / 2 for part in scores]
    found = made.get_layer("joint_logits").spreads.numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("value", [3.0, np.nan, np.inf])
def test_a_spread_can_be_divided_by(value: float) -> None:
    """Also that of a network whose training diverged, or that answers all the same."""
    logits: NDArray[np.float32] = np.full((4, 2), value, np.float32)
    with np.errstate(invalid="ignore"):
        assert spread(logits) == 1


def test_neither_part_learns_from_the_others_mistakes() -> None:
    made = build_text_network(small("ngrams_regions", {}), context(2))
    ids = texts(*LENGTHS)
    for output, own in enumerate([(), ("scores",), ("regions", "region_scores")]):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(made(ids)[output] ** 2)
        weights = made.trainable_weights
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        reached = {
            w.path.split("/")[0] for w, g in zip(weights, gradients, strict=True) if g is not None
        }
        assert reached == set(own)


@pytest.mark.parametrize("classes", [2, 3])
def test_folded_it_answers_the_same_in_every_runtime(classes: int, tmp_path: Path) -> None:
    made = network("ngrams_regions", {}, classes)
    made.get_layer("joint_logits").spreads.assign([2, 0.5])
    served = serving_classifier(fold(made), temperature=1.5)
    write_saved_model(served, tmp_path)
    check_operations(tmp_path)
    assert {weight.dtype for weight in served.weights} == {"float16", "float32", "int32"}
    expected = np.asarray(keras.ops.softmax(answers(made, texts(*LENGTHS)) / 1.5))
    for runtime in ("openvino", "tensorflow"):
        card = ModelCard.model_construct(name="both")
        runner = load_runner(runtime, tmp_path, card, ModelSettings(threads=1))
        answer = runner({"text": texts(*LENGTHS)})["probabilities"]
        np.testing.assert_allclose(answer, served(texts(*LENGTHS))["probabilities"], atol=1e-5)
        np.testing.assert_allclose(answer, expected, atol=2e-3)
