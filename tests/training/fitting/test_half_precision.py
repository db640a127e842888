"""What reads the optimizer does so in float16 too, where Keras wraps it to scale the loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.helpers.fits import Watching, quick, runs_in, same, silent, tiny, train_network
from training.fitting import callbacks
from training.fitting.backend import prepare_training
from training.fitting.checkpoints import Weights
from training.fitting.optimizers import build_optimizer, own_optimizer
from training.jobs import train as jobs
from training.recipe.fit import AdamW, Cosine, Fit, Sgd
from training.run.folder import RunFolder
from training.run.records import Summary
from training.tasks import task_of

POLICIES = ["mixed_float16", "mixed_bfloat16"]


@pytest.fixture(autouse=True)
def _runs_and_policy(tmp_path: Path) -> Iterator[None]:
    with runs_in(tmp_path / "runs"):
        yield
    keras.config.set_dtype_policy("float32")


@dataclass(frozen=True)
class Watched:
    """A whole run, the weights after each of its epochs, and what it was before the third."""

    run: jobs.Outcome
    after: list[Weights]
    before_the_third: RunFolder


@pytest.fixture(scope="module", params=POLICIES)
def watched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    changes = {
        "fit.ema": 0.9,
        "fit.clip_norm": 1.0,
        "fit.early_stopping": {"patience": 9},
        "fit.mixed_precision": request.param,
    }
    copy = tmp_path_factory.mktemp("killed") / "run"
    watching = Watching(copy_before=2, copy_to=copy)
    with runs_in(tmp_path_factory.mktemp("whole")):
        run = jobs.train(tiny(**changes), watching)
    yield Watched(run, watching.after, RunFolder(copy))
    keras.config.set_dtype_policy("float32")


@pytest.mark.slow
def test_averages_are_validated_and_kept(watched: Watched) -> None:
    folder = watched.run.folder
    recipe, history = folder.recipe(), folder.read_history()
    assert np.isfinite([row["loss"] for row in history]).all()
    dataset = task_of(recipe).load(recipe)
    prepare_training(recipe.fit)
    network = task_of(recipe).build_network(recipe, dataset)  # as it was trained, not as it is kept
    assert f"mixed_{network.get_layer('stage1_conv1').compute_dtype}" == recipe.fit.mixed_precision
    assert network.outputs[0].dtype == "float32"
    network.set_weights(jobs.load_network(folder).get_weights())
    logits = np.asarray(network(dataset.validation.images, training=False), np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    likelihoods = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    loss = -likelihoods[np.arange(len(logits)), dataset.validation.labels].mean()
    best = folder.read(Summary).best_epoch
    assert best is not None
    assert loss == pytest.approx(history[best - 1]["val_loss"], abs=2e-3)
    assert not same(network.get_weights(), watched.after[best - 1])  # those that were trained


@pytest.mark.slow
def test_a_killed_run_goes_on_exactly(watched: Watched) -> None:
    folder = watched.before_the_third
    assert len(folder.read_history()) == 2
    resumed = jobs.resume(folder, silent())
    assert same(*(jobs.load_network(run.folder).get_weights() for run in (watched.run, resumed)))


def test_the_learning_rate_that_is_recorded_is_the_schedules() -> None:
    rates = []
    for policy in ("float32", "mixed_float16"):
        schedule = {"name": "step", "every_epochs": 1, "factor": 0.5}
        _, result = train_network(
            quick(**{"fit.schedule": schedule, "fit.epochs": 2, "fit.mixed_precision": policy})
        )
        rates.append([row["learning_rate"] for row in result.history])
    assert rates[0] == rates[1]
    assert rates[0][0] == 2 * rates[0][1]


def stepped(policy: str, fit: Fit, steps: int = 3) -> keras.Model:
    """A layer after some steps on one batch, from the same weights each time."""
    keras.config.set_dtype_policy(policy)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    kernel = np.linspace(-1, 1, 8).reshape(4, 2)
    model.set_weights([kernel, np.array([0.5, -0.5])])
    # A handful of steps is quicker than a graph of one.
    model.compile(
        build_optimizer(fit, steps), loss="mse", auto_scale_loss=True, run_eagerly=steps < 10
    )
    model.optimizer.build(model.trainable_variables)
    for _ in range(steps):
        model.train_on_batch(np.eye(4, dtype=np.float32), np.ones((4, 2), np.float32))
    return model


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    "options",
    [
        {"clip_norm": 0.01, "optimizer": Sgd(name="sgd", learning_rate=0.5, momentum=0)},
        {"optimizer": AdamW(name="adamw", learning_rate=0.01, weight_decay=0.9)},
        {"schedule": Cosine(name="cosine"), "epochs": 1},
        {"ema": 0.9},
    ],
)
def test_steps_are_those_of_float32(policy: str, options: dict[str, Any]) -> None:
    fit = Fit(**options)
    half, whole = stepped(policy, fit), stepped("float32", fit)
    for a, b in zip(half.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=4e-3)
    assert isinstance(half.optimizer, keras.optimizers.LossScaleOptimizer) == (
        policy == "mixed_float16"
    )
    ours = own_optimizer(half)
    assert int(ours.iterations) == int(half.optimizer.iterations) == 3
    assert (ours.use_ema, ours.global_clipnorm) == (bool(fit.ema), fit.clip_norm)
    averages = callbacks.evaluated_weights(half)
    for a, b in zip(averages, callbacks.evaluated_weights(whole), strict=True):
        np.testing.assert_allclose(a, b, atol=4e-3)
    if fit.ema:
        assert not same(averages, half.get_weights())


def test_scales_and_biases_do_not_decay_in_float16() -> None:
    decaying, still = (
        stepped(
            "mixed_float16",
            Fit(optimizer=AdamW(name="adamw", learning_rate=0.0001, weight_decay=decay)),
            steps=50,
        ).get_weights()
        for decay in (1.0, 0.0)
    )
    np.testing.assert_allclose(decaying[0], still[0] * (1 - 0.0001) ** 50, atol=1e-3)
    assert not np.allclose(decaying[0], still[0], atol=2e-3)
    np.testing.assert_allclose(decaying[1], still[1], atol=1e-3)
