"""Decoding in the graph against a decoder without caches or batches, in both runtimes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models.artifact.saved_model import check_operations
from models.texts.sentencepiece_file import BEGINNING, END
from tests.helpers.seq2seq_networks import (
    SOURCES,
    Plain,
    Predict,
    compiled,
    graph,
    padded,
    sharp_network,
    without_padding,
)
from training.architectures.seq2seq.decoding import LengthRule, build_decoder
from training.architectures.seq2seq.transformer import fold_normalization
from training.jobs.export import write_saved_model

NAMES = ("transformer", "post-norm", "gru", "lstm without attention")
# Beyond the caches' first block, and with a limit of its own for each source.
LENGTH = LengthRule(ratio=2.0, extra=4, most=20)


GREEDY: dict[str, Any] = {"beam": 1}
BEAM: dict[str, Any] = {"beam": 4, "length_penalty": 0.6}
NGRAM: dict[str, Any] = {"beam": 3, "no_repeat_ngram": 2}
every = pytest.mark.parametrize("name", NAMES)


# Each network is built, and each of its decoders traced, once for all tests here.
@cache
def shared_network(name: str) -> keras.Model:
    return sharp_network(name)


@cache
def predict(name: str) -> Predict:
    return compiled(shared_network(name))


@cache
def decoder(name: str, **options: Any) -> keras.Model:
    """Answers all that it can, but for the last hypothesis where series of ids are forbidden."""
    hypotheses = options["beam"] - (1 if options.get("no_repeat_ngram") else 0)
    attention = "without" not in name
    return build_decoder(
        shared_network(name), hypotheses=hypotheses, length=LENGTH, attention=attention, **options
    )


@cache
def decode(name: str, **options: Any) -> Callable[[Any], dict[str, Any]]:
    return graph(decoder(name, **options))


def limit(source: tuple[int, ...]) -> int:
    return min(2 * len(source) + 4, 20)


@every
def test_greedy_is_the_plain_decoder(name: str) -> None:
    answers = decode(name, **GREEDY)(padded(SOURCES))
    plain = Plain(predict(name))
    assert answers["tokens"].dtype == np.int32
    for source, [ids] in zip(SOURCES, answers["tokens"], strict=True):
        assert without_padding(ids) == plain.greedy(source, limit(source))


@pytest.mark.parametrize(
    ("name", "options"),
    [*((name, options) for name in NAMES for options in (GREEDY, BEAM)), ("gru", NGRAM)],
    ids=str,
)
def test_beam_search_is_the_plain_decoder(name: str, options: dict[str, Any]) -> None:
    answers = decode(name, **options)(padded(SOURCES))
    assert answers["scores"].dtype == np.float32
    plain = Plain(predict(name), **options)
    for number, source in enumerate(SOURCES):
        found = [without_padding(ids) for ids in answers["tokens"][number]]
        expected = plain.search(source, limit(source))[: len(found)]
        assert found[: len(expected)] == [ids for ids, _ in expected]
        scores = answers["scores"][number]
        assert scores[: len(expected)] == pytest.approx([s for _, s in expected], abs=1e-3)


@pytest.mark.parametrize("name", ["transformer", "post-norm"])
def test_folded_normalisation_says_the_same(name: str) -> None:
    network = sharp_network(name)
    random = np.random.default_rng(0)
    for variable in network.trainable_variables:
        if variable.path.endswith(("gamma", "beta")):
            variable.assign(variable + random.normal(0, 0.3, variable.shape))
    source = padded(SOURCES)
    asked = [source, source[:, :4]]
    before = np.asarray(network(asked, training=False))
    fold_normalization(network)
    after = np.asarray(network(asked, training=False))
    assert after == pytest.approx(before, rel=1e-4, abs=1e-3)
    gammas = [v for v in network.trainable_variables if "block1" in v.path and "gamma" in v.path]
    folded = [bool((gamma.numpy() == 1).all()) for gamma in gammas]
    assert folded == [name == "transformer"] * len(folded)


@every
def test_answers_do_not_depend_on_padding_or_on_other_members(name: str) -> None:
    ask = decode(name, **BEAM)
    together = ask(padded(SOURCES, 21))
    for number, source in enumerate(SOURCES):
        alone = ask(padded([source]))
        for hypothesis in range(BEAM["beam"]):
            ids = without_padding(together["tokens"][number, hypothesis])
            assert ids == without_padding(alone["tokens"][0, hypothesis])
            assert ids[-1] == END
            assert len(ids) <= limit(source)
        assert together["scores"][number] == pytest.approx(alone["scores"][0], abs=1e-3)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("transformer", GREEDY, marks=pytest.mark.slow),
        pytest.param("transformer", BEAM, marks=pytest.mark.slow),
        pytest.param("gru", NGRAM, marks=pytest.mark.slow),
        ("lstm without attention", BEAM),
    ],
    ids=str,
)
def test_both_runtimes_answer_the_same(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    import openvino
    import tensorflow as tf

    write_saved_model(decoder(name, **options), tmp_path)
    check_operations(tmp_path)
    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled_model = core.compile_model(core.read_model(str(tmp_path)), "CPU", settings)
    loaded, ask = tf.saved_model.load(str(tmp_path)), decode(name, **options)
    for sources in (SOURCES, SOURCES[1:2], SOURCES[2:]):
        batch = padded(sources)
        ours = ask(batch)
        by_tensorflow = loaded.signatures["serving_default"](sentence=tf.constant(batch))
        by_openvino = compiled_model({"sentence": batch}).to_dict()
        theirs = {output.get_any_name(): x for output, x in by_openvino.items()}
        for found in ({n: x.numpy() for n, x in by_tensorflow.items()}, theirs):
            assert np.array_equal(found["tokens"], ours["tokens"])
            for output in ours.keys() - {"tokens"}:
                assert found[output] == pytest.approx(ours[output], abs=1e-3)


@pytest.mark.parametrize("name", ["transformer", "gru", "lstm"])
def test_attention_is_that_of_the_training_network(name: str) -> None:
    sources = padded(SOURCES, 11)
    answers = decode(name, **BEAM)(sources)
    tokens, weights = answers["tokens"], answers["attention"]
    assert weights.dtype == np.float32
    assert weights.shape == (*tokens.shape, 11)
    assert weights.sum(-1) == pytest.approx((tokens != 0).astype(float), abs=1e-5)
    assert (weights[np.broadcast_to((sources == 0)[:, None, None], weights.shape)] == 0).all()
    assert weights.max() > 1.5 / 11  # it does not look everywhere alike
    # The last sentence alone, its best answer given.
    network = shared_network(name)
    embedding, layers = network.get_layer("embedding"), network.get_layer("decoder")
    source, best = padded(SOURCES[2:]), tokens[2:, 0]
    target = np.concatenate([[[BEGINNING]], best[:, :-1]], axis=1)
    mask = network.get_layer("mask")(source)
    encoded = network.get_layer("encoder")([embedding(source), mask])
    alone = np.asarray(layers.alignment([embedding(target), mask, encoded]))
    real = (best[0] != 0).sum()
    assert weights[2, 0, :real, :9] == pytest.approx(alone[0, :real], abs=1e-4)


def test_a_source_may_be_longer_than_any_before() -> None:
    network = shared_network("transformer")
    translate = build_decoder(network, beam=2, length=LengthRule(most=40))
    source = np.random.default_rng(0).integers(4, 30, (1, 300)).astype(np.int32)
    ids = np.asarray(translate(source)["tokens"])
    assert ids.shape[:2] == (1, 1)
    assert ids.shape[2] <= 40


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beam": 2, "hypotheses": 3}, r"hypotheses: expected 1 to beam \(2\), received 3"),
        ({"beam": 0}, "hypotheses: expected 1 to beam"),
        ({"no_repeat_ngram": -1}, "no_repeat_ngram: expected 0 or more, received -1"),
        ({"length": LengthRule(extra=0)}, "length: expected ratio >= 0, extra and most >= 1"),
        ({"attention": True}, "attention: the network gru has none to answer"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_decoder(shared_network("gru without attention"), **options)
