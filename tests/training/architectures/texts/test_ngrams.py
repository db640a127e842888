"""The n-gram classifier: its scores worked out by hand, and the small one that is served."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from models.artifact.saved_model import check_operations
from models.card import ModelCard
from models.runtimes import load_runner
from models.settings import ModelSettings
from tests.helpers.text_networks import answers, context, ratios, texts
from training.architectures.texts import TextContext
from training.architectures.texts.ngrams import NgramScores, build_ngrams, fold
from training.classification.serving import serving_classifier
from training.jobs.export import write_saved_model

RATIOS = np.array([[0], [3], [-4], [0]], np.float32)


def two_classes(alpha: float = 1.0, normalize: str = "l2") -> keras.Model:
    told = TextContext(4, 2, lambda alpha: RATIOS * alpha)
    return build_ngrams(told, alpha=alpha, normalize=normalize)


def test_scores_worked_out_by_hand() -> None:
    network = two_classes()
    scores = network.get_layer("scores")
    scores.kernel.assign([[9], [2], [0.5], [1]])
    scores.bias.assign([0.25])
    ids = np.array([[1, 2, 0], [1, 1, 0], [3, 0, 0]], np.int32)
    expected = np.array([(3 * 2 - 4 * 0.5) / 5, 2 * 6 / 18**0.5, 0]) + 0.25
    np.testing.assert_allclose(
        answers(network, ids), np.stack([-expected / 2, expected / 2], 1), rtol=1e-6
    )


def test_untrained_it_is_naive_bayes() -> None:
    """The same answer as the sign of the sum of the ratios, whether divided or not."""
    ids = texts(*range(1, 30))
    told = TextContext(40, 2, lambda alpha: ratios(1) * alpha)
    sums = ratios(1)[:, 0][ids].sum(axis=1)
    for normalize in ("l2", "none"):
        logits = answers(build_ngrams(told, normalize=normalize), ids)
        assert (logits.argmax(axis=1) == (sums > 0)).all()
        assert np.abs(logits).max() < 5


def test_ratios_are_smoothed_as_asked_and_never_trained() -> None:
    network = two_classes(alpha=0.5)
    scores = network.get_layer("scores")
    assert np.array_equal(scores.ratios, RATIOS * 0.5)
    assert not scores.ratios.trainable


def test_ratios_of_another_shape_are_refused() -> None:
    told = TextContext(4, 3, lambda alpha: RATIOS * alpha)
    with pytest.raises(ValueError, match=r"expected ratios of shape \(4, 3\), received \(4, 1\)"):
        build_ngrams(told)


def test_dropout_leaves_out_ngrams_and_keeps_the_mean() -> None:
    layer = NgramScores(2, 2, normalize="none", dropout=0.25)
    layer.build((None, None))
    layer.ratios.assign([[0, 0], [1, 10]])
    layer.kernel.assign(np.ones((2, 2)))
    scores = np.asarray(layer(np.ones((400, 30), np.int32), training=True))
    np.testing.assert_allclose(scores[:, 1], scores[:, 0] * 10, rtol=1e-5)
    kept = scores[:, 0] * 0.75
    np.testing.assert_allclose(kept, np.round(kept), atol=1e-4)
    assert scores[:, 0].mean() == pytest.approx(30, abs=0.5)
    assert (layer(np.ones((1, 30), np.int32), training=False) == [[30, 300]]).numpy().all()


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("normalize", ["l2", "none"])
def test_folded_it_answers_the_same_from_a_table_of_16_bits(
    classes: int, normalize: str, tmp_path: Path
) -> None:
    network = build_ngrams(context(classes), normalize=normalize)
    scores = network.get_layer("scores")
    random = np.random.default_rng(0)
    scores.kernel.assign(random.normal(0.2, 0.2, scores.kernel.shape))
    scores.bias.assign(random.normal(0, 1, scores.bias.shape))
    folded = serving_classifier(fold(network), temperature=1.0)
    write_saved_model(folded, tmp_path)
    check_operations(tmp_path)
    ids = texts(1, 2, 30, 200)
    expected = np.asarray(keras.ops.softmax(answers(network, ids)))
    columns = scores.kernel.shape[1] * (2 if normalize == "l2" else 1)
    variables = tmp_path / "variables" / "variables.data-00000-of-00001"
    assert variables.stat().st_size < 40 * columns * 2 + 2000
    for runtime in ("openvino", "tensorflow"):
        card = ModelCard.model_construct(name="ngrams")
        runner = load_runner(runtime, tmp_path, card, ModelSettings(threads=1))
        answer = runner({"text": ids})["probabilities"]
        np.testing.assert_allclose(answer, np.asarray(folded(ids)["probabilities"]), atol=1e-6)
        np.testing.assert_allclose(answer, expected, atol=1e-3)


def test_folding_keeps_what_16_bits_cannot_hold_finite() -> None:
    network = two_classes(normalize="none")
    network.get_layer("scores").kernel.assign(np.full((4, 1), 1e6))
    assert np.isfinite(answers(fold(network), np.array([[1, 0]], np.int32))).all()
