"""Decoding in the graph against a decoder without caches or batches, in both runtimes."""

from __future__ import annotations

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


@pytest.fixture(scope="module", params=NAMES)
def network(request: pytest.FixtureRequest) -> keras.Model:
    return sharp_network(request.param)


@pytest.fixture(scope="module")
def predict(network: keras.Model) -> Predict:
    return compiled(network)


def limit(source: tuple[int, ...]) -> int:
    return min(2 * len(source) + 4, 20)


def test_greedy_is_the_plain_decoder(network: keras.Model, predict: Predict) -> None:
    answers = graph(build_decoder(network, length=LENGTH))(padded(SOURCES))
    plain = Plain(predict)
    assert answers["tokens"].dtype == np.int32
    for source, [ids] in zip(SOURCES, answers["tokens"], strict=True):
        assert without_padding(ids) == plain.greedy(source, limit(source))


@pytest.mark.parametrize(
    "options",
    [
        {"beam": 1},
        {"beam": 4, "length_penalty": 0.6},
        {"beam": 3, "no_repeat_ngram": 2},
    ],
    ids=str,
)
def test_beam_search_is_the_plain_decoder(
    network: keras.Model, predict: Predict, options: dict[str, Any]
) -> None:
    decoder = build_decoder(network, hypotheses=options["beam"], length=LENGTH, **options)
    answers = graph(decoder)(padded(SOURCES))
    assert answers["scores"].dtype == np.float32
    plain = Plain(predict, **options)
    for number, source in enumerate(SOURCES):
        expected = plain.search(source, limit(source))
        found = [without_padding(ids) for ids in answers["tokens"][number]]
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
    before = network.predict_on_batch(asked)
    fold_normalization(network)
    assert network.predict_on_batch(asked) == pytest.approx(before, rel=1e-4, abs=1e-3)
    gammas = [v for v in network.trainable_variables if "block1" in v.path and "gamma" in v.path]
    folded = [bool((gamma.numpy() == 1).all()) for gamma in gammas]
    assert folded == [name == "transformer"] * len(folded)


def test_answers_do_not_depend_on_padding_or_on_other_members(network: keras.Model) -> None:
    decode = graph(build_decoder(network, beam=3, hypotheses=2, length=LENGTH))
    together = decode(padded(SOURCES, 21))
    for number, source in enumerate(SOURCES):
        alone = decode(padded([source]))
        for hypothesis in range(2):
            ids = without_padding(together["tokens"][number, hypothesis])
            assert ids == without_padding(alone["tokens"][0, hypothesis])
            assert ids[-1] == END
            assert len(ids) <= limit(source)
        assert together["scores"][number] == pytest.approx(alone["scores"][0], abs=1e-3)


@pytest.mark.parametrize("name", ["transformer", "gru", "lstm without attention"])
@pytest.mark.parametrize("options", [{}, {"beam": 3, "hypotheses": 2, "no_repeat_ngram": 3}])
def test_both_runtimes_answer_the_same(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    import openvino
    import tensorflow as tf

    decoder = build_decoder(
        sharp_network(name), length=LENGTH, attention="without" not in name, **options
    )
    write_saved_model(decoder, tmp_path)
    check_operations(tmp_path)
    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled_model = core.compile_model(core.read_model(str(tmp_path)), "CPU", settings)
    loaded, ask = tf.saved_model.load(str(tmp_path)), graph(decoder)
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
    network = sharp_network(name)
    decoder = build_decoder(network, beam=2, hypotheses=2, length=LENGTH, attention=True)
    sources = padded(SOURCES, 11)
    answers = decoder(sources)
    tokens, weights = np.asarray(answers["tokens"]), np.asarray(answers["attention"])
    assert weights.dtype == np.float32
    assert weights.shape == (*tokens.shape, 11)
    assert weights.sum(-1) == pytest.approx((tokens != 0).astype(float), abs=1e-5)
    assert (weights[np.broadcast_to((sources == 0)[:, None, None], weights.shape)] == 0).all()
    assert weights.max() > 1.5 / 11  # it does not look everywhere alike
    # The last sentence alone, its best answer given.
    embedding, decode = network.get_layer("embedding"), network.get_layer("decoder")
    source, best = padded(SOURCES[2:]), tokens[2:, 0]
    target = np.concatenate([[[BEGINNING]], best[:, :-1]], axis=1)
    mask = network.get_layer("mask")(source)
    encoded = network.get_layer("encoder")([embedding(source), mask])
    alone = np.asarray(decode.alignment([embedding(target), mask, encoded]))
    real = (best[0] != 0).sum()
    assert weights[2, 0, :real, :9] == pytest.approx(alone[0, :real], abs=1e-4)


def test_a_source_may_be_longer_than_any_before() -> None:
    decoder = build_decoder(sharp_network("transformer"), beam=2, length=LengthRule(most=40))
    source = np.random.default_rng(0).integers(4, 30, (1, 300)).astype(np.int32)
    ids = np.asarray(decoder(source)["tokens"])
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
        build_decoder(sharp_network("gru without attention"), **options)
