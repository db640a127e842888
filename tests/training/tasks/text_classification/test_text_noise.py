"""Noise in training: what it does to a batch, and that it is repeatable."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import InvalidSetting
from training.architectures.texts import TextContext
from training.architectures.texts.fasttext import build_fasttext
from training.architectures.texts.ngrams import build_ngrams
from training.architectures.texts.textcnn import build_textcnn
from training.tasks.text_classification.noise import AdversarialModel, WordDropout

CONTEXT = TextContext(30, 2, lambda alpha: np.full((30, 1), alpha, np.float32))
LABELS = np.eye(2, dtype=np.float32)[np.arange(12) % 2]


def ids(texts: int = 12, length: int = 9, real: int = 6) -> NDArray[np.int32]:
    made = np.random.default_rng(0).integers(2, 30, (texts, length)).astype(np.int32)
    made[:, real:] = 0
    return made


def hidden(layer: WordDropout, x: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.asarray(layer(x, training=True))


@pytest.mark.parametrize("replacement", [0, 1])
def test_a_share_of_the_words_is_hidden_and_no_padding(replacement: int) -> None:
    x = ids(200, 50, 40)
    result = hidden(WordDropout(0.3, replacement, 5), x)
    assert result.dtype == np.int32
    assert (result[:, 40:] == 0).all()
    assert np.mean(result[:, :40] == replacement) == pytest.approx(0.3, abs=0.02)
    assert ((result == x) | (result == replacement)).all()
    assert (np.sum(result[:, :40] == replacement, axis=1) > 3).all()


def test_the_seed_decides_and_every_batch_is_another() -> None:
    first, second, other = WordDropout(0.5, 1, 5), WordDropout(0.5, 1, 5), WordDropout(0.5, 1, 6)
    one = hidden(first, ids())
    assert np.array_equal(one, hidden(second, ids()))
    assert not np.array_equal(one, hidden(other, ids()))
    assert not np.array_equal(one, hidden(first, ids()))


def test_its_state_is_a_variable_so_that_a_training_goes_on_exactly() -> None:
    text = keras.Input((None,), dtype="int32")
    layer = WordDropout(0.5, 1, 5)
    model = keras.Model(text, layer(text))
    hidden(layer, ids())
    [state] = model.variables
    saved = state.numpy()
    following = hidden(layer, ids())
    state.assign(saved)
    assert np.array_equal(hidden(layer, ids()), following)


def test_without_training_words_pass_untouched() -> None:
    assert np.array_equal(WordDropout(0.9, 1, 0)(ids(), training=False), ids())


def adversarial(network: keras.Model, epsilon: float, rate: float = 0.0) -> keras.Model:
    """For a few steps, which are quicker than a compilation; `test_texts_training` has one."""
    model = AdversarialModel(network, epsilon, WordDropout(0.0, 1, 0), name="training")
    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=False,
        run_eagerly=True,
    )
    return model


def loss_of(model: keras.Model) -> float:
    return float(model.train_on_batch(ids(), LABELS, return_dict=True)["loss"])


def built(builder: Any, **values: Any) -> keras.Model:
    keras.utils.set_random_seed(1)
    network: keras.Model = builder(CONTEXT, dropout=0.0, **values)
    return network


@pytest.mark.slow
def test_moved_embeddings_cost_more_and_without_a_move_nothing_changes() -> None:
    network = built(build_textcnn, dimensions=6, filters=5)
    plain = adversarial(network, 0).evaluate(ids(), LABELS, verbose=0, return_dict=True)["loss"]
    losses = [loss_of(adversarial(network, epsilon)) for epsilon in (0, 0.5, 2)]
    assert losses[0] == pytest.approx(plain, rel=1e-5)
    assert losses[0] + 1e-4 < losses[1] < losses[2]


def test_the_move_is_what_the_paper_says() -> None:
    """For a linear network, whose gradient is known: the loss at the moved vectors by hand."""
    network = built(build_fasttext, dimensions=4)
    table, kernel, _ = network.get_weights()
    vectors = table[ids()]  # [12, 9, 4]
    real = (ids() > 0)[:, :, None]
    logits = (vectors * real).sum(axis=1) / 6 @ kernel
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    gradient = ((probabilities - LABELS) @ kernel.T)[:, None, :] * real / 6
    unit = gradient / np.sqrt(np.square(gradient).sum(axis=(1, 2), keepdims=True))
    size = np.sqrt(np.square(vectors * real).sum(axis=(1, 2), keepdims=True) / (6 * 4))
    moved = ((vectors + 3 * size * unit) * real).sum(axis=1) / 6 @ kernel

    def entropy(x: NDArray[Any]) -> float:
        return float(np.mean(np.log(np.exp(x).sum(axis=1)) - (x * LABELS).sum(axis=1)))

    expected = (entropy(logits) + entropy(moved)) / 2
    assert loss_of(adversarial(network, 3)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_it_is_fitted_like_any_model() -> None:
    network = built(build_fasttext, dimensions=6, hidden=[4])
    before = [weight.numpy().copy() for weight in network.trainable_weights]
    model = adversarial(network, 2, rate=0.02)
    validation = (ids(), LABELS)
    history = model.fit(ids(), LABELS, epochs=8, validation_data=validation, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert history["val_loss"][-1] < history["loss"][-1]  # validation is of texts as they are
    for weight, old in zip(network.trainable_weights, before, strict=True):
        assert not np.array_equal(weight.numpy(), old), weight.path
    assert len(model.variables) == len(network.variables) + 1  # word dropout's state


def test_weights_of_examples_count() -> None:
    network = built(build_fasttext, dimensions=4)
    model = adversarial(network, 1)
    nothing = model.train_on_batch(ids(), LABELS, sample_weight=np.zeros(12), return_dict=True)
    assert nothing["loss"] == 0


def test_a_network_without_embeddings_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="ngrams has no embeddings to move"):
        AdversarialModel(build_ngrams(CONTEXT), 1.0)
