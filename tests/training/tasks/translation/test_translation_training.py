"""A translator from a recipe to translations: trained, resumed, exported, checked, asked.

`test_command_pairs` is the same in one quick test.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from models.artifact.golden import read_golden
from models.artifact.loading import LoadedModel, load_model
from models.artifact.verification import verify_model
from models.card import ASSETS_DIRECTORY, SentenceInput, read_card
from models.errors import InvalidSetting, OkazuError
from models.runtimes import RUNTIMES, RuntimeName
from models.settings import ModelSettings
from models.tasks.translation.predict import ask_sentences, expect_subwords, translate
from models.texts.sentencepiece_file import END
from models.texts.subwords import Subwords, read_subwords, write_subwords
from tests.helpers.subword_models import small_subwords
from tests.helpers.translators import AVERAGED, silent, small_recipe
from training.data.catalogue import load_dataset
from training.fitting import callbacks
from training.fitting.backend import prepare_training
from training.fitting.fit import fit
from training.fitting.progress import Progress
from training.jobs import train as jobs
from training.jobs.export import export_run
from training.jobs.tune import search
from training.recipe.loading import dump, load_recipe, override
from training.run.folder import RunFolder
from training.run.records import DataRecord, Summary
from training.tasks.translation.metrics import translation_metrics
from training.tasks.translation.recipe import TranslationRecipe
from training.tasks.translation.task import TASK

ASKED = ["Sarah is late.", "We are not in the garden, are we?", "12 cats", "He. She!"]


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(callbacks, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)


class CopyingProgress(Progress):
    """Copies the run folder in the middle of the second epoch: it looks as if killed then."""

    def __init__(self, runs: Path, copy: Path) -> None:
        super().__init__(Console(file=io.StringIO()), quiet=True)
        self._runs, self._copy, self._epoch = runs, copy, 0

    def callback(self, steps_per_epoch: int) -> keras.callbacks.Callback:
        def began(epoch: int, logs: object) -> None:
            del logs
            self._epoch = epoch

        def copied(batch: int, logs: object) -> None:
            del logs
            if (self._epoch, batch) == (1, steps_per_epoch // 2):
                [recipe] = self._runs.glob("*/*/recipe.yaml")
                shutil.copytree(recipe.parent, self._copy)

        return keras.callbacks.LambdaCallback(on_epoch_begin=began, on_train_batch_end=copied)


@pytest.fixture(scope="module")
def killed_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `translation_run` leaves a copy of itself, from the middle of its second epoch."""
    return tmp_path_factory.mktemp("killed") / "run"


@pytest.fixture(scope="module")
def translation_run(killed_run: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run of a tiny translator, its last epochs averaged; read it, do not change it."""
    runs = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OKAZU_RUNS", str(runs))
        patch.setattr(callbacks, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
        return jobs.train(small_recipe(**AVERAGED), CopyingProgress(runs, killed_run)).folder


@pytest.fixture(scope="module")
def exported(translation_run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the run that answers its attention, too; `test_command_pairs` has one without."""
    root = tmp_path_factory.mktemp("exported")
    folder = RunFolder(shutil.copytree(translation_run.path, root / "run"))
    recipe = folder.path / "recipe.yaml"
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text.replace("attention: false", "attention: true"), encoding="utf-8")
    return export_run(folder, root / "zoo")


@pytest.fixture(scope="module")
def models(exported: Path) -> dict[RuntimeName, LoadedModel]:
    return {runtime: load_model(exported, ModelSettings(runtime=runtime)) for runtime in RUNTIMES}


def translation_recipe(folder: RunFolder) -> TranslationRecipe:
    recipe = folder.recipe()
    assert isinstance(recipe, TranslationRecipe)
    return recipe


# From training to answers


def test_every_epoch_has_its_loss_and_its_bleu(translation_run: RunFolder) -> None:
    history = translation_run.read_history()
    assert [row["epoch"] for row in history] == [1, 2]
    assert history[1]["val_loss"] < history[0]["val_loss"]
    assert all(0 <= row["val_bleu"] <= 100 for row in history)
    metrics = translation_run.read(Summary).metrics
    assert {"bleu", "chrf", "exact_match", "perplexity"} <= set(metrics)
    assert 1 < metrics["perplexity"] < 500


@pytest.mark.slow
def test_an_interrupted_run_goes_on_to_the_same_bits(
    translation_run: RunFolder, killed_run: Path, tmp_path: Path
) -> None:
    """It ended in the second of the two epochs whose weights are averaged."""
    part = RunFolder(shutil.copytree(killed_run, tmp_path / "run"))
    assert len(part.read_history()) == 1
    assert not part.has(Summary)
    resumed = jobs.resume(part, silent())
    ours, theirs = (jobs.load_network(run) for run in (resumed.folder, translation_run))
    for left, right in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert np.array_equal(left, right)
    assert resumed.metrics == translation_run.read(Summary).metrics
    for ours_row, theirs_row in zip(
        resumed.folder.read_history(), translation_run.read_history(), strict=True
    ):
        assert {**ours_row, "seconds": 0} == {**theirs_row, "seconds": 0}
    assert read_subwords(resumed.folder.path).model == read_subwords(translation_run.path).model


def test_a_run_with_another_vocabulary_is_not_taken_up(
    translation_run: RunFolder, tmp_path: Path
) -> None:
    """As where another version of SentencePiece learns other pieces from the same sentences."""
    folder = RunFolder(shutil.copytree(translation_run.path, tmp_path / "run"))
    write_subwords(folder.path, small_subwords())
    with pytest.raises(OkazuError, match=r"tokenizer.model: not what is learned from the data now"):
        jobs.report(folder)
    (folder.path / "metrics.json").unlink()
    with pytest.raises(OkazuError, match="tokenizer"):
        jobs.resume(folder, silent())
    assert read_subwords(folder.path).model == small_subwords().model


@pytest.mark.slow
def test_the_exported_translator_is_sound_in_both_runtimes(
    exported: Path, models: dict[RuntimeName, LoadedModel]
) -> None:
    assert exported.parts[-2:] == ("phrases-en-fr", "1")
    checks = verify_model(exported, ModelSettings(), runtimes=())
    assert {check.outcome for check in checks} == {"passed"}
    assert "tokenizer" in {check.name for check in checks}
    # These answered the golden questions, or they would not be loaded.
    assert [(model.runtime, model.fallback) for model in models.values()] == [
        ("openvino", None),
        ("tensorflow", None),
    ]


@pytest.mark.slow
def test_the_card_says_what_the_translator_takes(
    translation_run: RunFolder, exported: Path
) -> None:
    card = read_card(exported)
    assert card.task == "translation"
    assert card.labels == []
    spec = card.expect_input(SentenceInput)
    assert (spec.source, spec.target, spec.max_tokens) == ("en", "fr", 48)
    assert spec.placeholders
    assert [output.shape for output in card.outputs] == [[2, None], [2], [2, None, None]]
    assert card.evaluation.metrics == translation_run.read(Summary).metrics
    assert f"{ASSETS_DIRECTORY}/tokenizer.model" in card.files


@pytest.mark.slow
def test_both_runtimes_translate_alike(models: dict[RuntimeName, LoadedModel]) -> None:
    ours, theirs = (translate(model, ASKED, alternatives=1) for model in models.values())
    assert [answer.text for answer in ours] == [answer.text for answer in theirs]
    assert all(answer.text for answer in ours)
    assert [a.score for a in ours] == pytest.approx([a.score for a in theirs], abs=1e-4)


@pytest.mark.slow
def test_attention_is_answered_alike_and_a_distribution(
    models: dict[RuntimeName, LoadedModel],
) -> None:
    weights = []
    for model in models.values():
        ids = expect_subwords(model).pad([expect_subwords(model).encode("Sarah is late.")])
        answer = model.runner({"sentence": ids})
        said = answer["tokens"] != 0
        assert answer["attention"].shape == (*said.shape, ids.shape[1])
        assert answer["attention"].sum(-1) == pytest.approx(said.astype(float), abs=1e-5)
        weights.append(answer["attention"])
    assert weights[0] == pytest.approx(weights[1], abs=1e-4)


def test_attention_is_answered_only_where_there_is_some() -> None:
    changes = {"model.architecture": "gru", "model.attention": False, "decoding.attention": True}
    with pytest.raises(InvalidSetting, match="expected a network with attention"):
        override(load_recipe("multi30k-gru"), changes)


@pytest.mark.slow
def test_the_run_was_measured_as_it_is_served(
    translation_run: RunFolder, models: dict[RuntimeName, LoadedModel]
) -> None:
    test = load_dataset(translation_recipe(translation_run).data).test
    answers = [best.text for best, *_ in ask_sentences(models["openvino"], list(test.sources))]
    measured = translation_run.read(Summary).metrics
    served = translation_metrics(answers, test.references)
    assert served == {name: pytest.approx(measured[name]) for name in served}


@pytest.mark.slow
def test_no_sentence_of_the_data_travels_with_the_model(
    translation_run: RunFolder, exported: Path
) -> None:
    dataset = TASK.load(translation_recipe(translation_run))
    known = {
        tuple(part.sources[row].tolist())
        for part in (dataset.train, dataset.validation, dataset.test)
        for row in range(len(part))
    }
    questions = read_golden(exported).inputs["sentence"]
    asked = {tuple(row[row != 0].tolist()) for row in questions}
    assert (END,) in asked
    assert len(asked) > 2
    assert not {question for question in asked if len(question) > 3} & known


@pytest.mark.parametrize("longest", [16, 128])
def test_samples_are_no_longer_than_a_sentence_may_be(longest: int) -> None:
    recipe = small_recipe(**{"subwords.longest": longest})
    samples = TASK.samples(TASK.load(recipe))["sentence"]
    assert 10 < (samples != 0).sum(axis=1).max() <= min(longest, 21)
    assert ((samples == END).sum(axis=1) == 1).all()


# Early stopping, averages


@pytest.mark.slow
def test_early_stopping_keeps_the_weights_whose_bleu_was_best(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With moving averages, too: it is these that are measured, and kept."""
    changes = {"fit.early_stopping": {"monitor": "val_bleu", "patience": 1}, "fit.ema": 0.9}
    recipe = small_recipe(**{"fit.epochs": 9, **changes})
    dataset = TASK.load(recipe)
    prepare_training(recipe.fit)
    network = TASK.build_network(recipe, dataset)
    values = iter([10.0, 30.0, 20.0])
    measured: list[list[NDArray[Any]]] = []
    translations: list[tuple[str, ...]] = []

    def bleu(texts: Sequence[str], references: object) -> float:
        del references
        measured.append(network.get_weights())
        translations.append(tuple(texts))
        return next(values)

    monkeypatch.setattr("training.tasks.translation.validation_bleu.bleu", bleu)
    result = fit(network, recipe, dataset, progress=silent())
    assert [row["val_bleu"] for row in result.history] == [10, 30, 20]
    assert result.best_epoch == 2
    # What was measured is what is kept, which with `ema` are the averages; see `test_fit`.
    for kept, best in zip(network.get_weights(), measured[1], strict=True):
        assert np.array_equal(kept, best)
    assert len(set(translations)) == 3


# Search


@pytest.mark.slow
def test_a_search_learns_the_subwords_that_each_trial_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = {"subwords.vocabulary_size": {"values": [480]}}
    recipe = small_recipe(**{"fit.average_epochs": 1, "search": space})
    build, sizes = type(TASK).build_network, []

    def watched(self: Any, recipe: TranslationRecipe, dataset: Any) -> Any:
        sizes.append((recipe.subwords.vocabulary_size, dataset.subwords.size))
        return build(self, recipe, dataset)

    monkeypatch.setattr(type(TASK), "build_network", watched)
    monkeypatch.setattr(type(TASK), "validation_callbacks", lambda *_: ())  # they take long
    shown: list[Any] = []
    found = search(recipe, tuner="random", trials=1, progress=silent(), show=shown.append)
    assert [trial.failure for trial in shown] == [None]
    assert sizes == [(480, 480)]
    assert next(iter(found.metrics)) == "val_loss"
    best = load_recipe(found.recipe_file)
    assert isinstance(best, TranslationRecipe)
    assert best.subwords.vocabulary_size == 480
    assert best.fit.average_epochs == 1


# Recipes

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "one language": ({"data.target": "en"}, "target: expected another language than source, en"),
    "no language": ({"data.source": "English"}, "data.source: "),
    "more hypotheses than the beam holds": (
        {"decoding.hypotheses": 5},
        r"hypotheses: expected at most beam \(2\), received 5",
    ),
    "no hypotheses": ({"decoding.hypotheses": 0}, "decoding.hypotheses: .*received 0"),
    "heads that do not fit": ({"model.heads": 3}, r"heads: expected a divisor of .*received 3"),
    "accuracy to stop at": (
        {"fit.early_stopping": {"monitor": "val_accuracy"}},
        "fit.early_stopping.monitor: .*'val_loss' or 'val_bleu'",
    ),
    "weights of classes": ({"fit.class_weights": "balanced"}, "fit.class_weights: .*'none'"),
    "a loss of numbers": ({"fit.loss": "mean_squared_error"}, "fit.loss: .*'cross_entropy'"),
    "too small a batch": ({"fit.batch_tokens": 8}, "fit.batch_tokens: .*received 8"),
    "too few pieces": ({"subwords.vocabulary_size": 10}, "subwords.vocabulary_size: .*received 10"),
    "sampling of nothing": ({"augment.subword_sampling": -1}, "augment.subword_sampling: "),
    "symbols in every pair": ({"augment.placeholders": 1}, "augment.placeholders: .*less than 1"),
    "augmentation of pictures": ({"augment.rotation": 3}, "augment: unknown key 'rotation'"),
    "a network for pictures": ({"model.architecture": "cnn"}, "model: .*'gru', 'lstm', 'trans"),
    "a backbone": ({"fit.fine_tune": {"after_epochs": 0}}, "fit.fine_tune: expected architecture"),
    "two kinds of kept weights": (
        {"fit.average_epochs": 1, "fit.early_stopping": {}},
        "average_epochs: with early_stopping it would be left open",
    ),
    "an endless warm-up": (
        {"fit.schedule.name": "inverse_sqrt", "fit.schedule.warmup_epochs": 2},
        r"schedule.warmup_epochs: expected less than epochs \(1\), received 2",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_recipe_cannot_ask_for(case: str) -> None:
    changes, message = REFUSED[case]
    with pytest.raises(InvalidSetting, match=message) as refused:
        small_recipe(**changes)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_recurrent_networks_are_one_section(kind: str) -> None:
    transformer = load_recipe("phrases")
    recurrent = override(transformer, {"model.units": 24, "model.architecture": kind})
    model = dump(recurrent)["model"]
    assert (model["architecture"], model["units"], model["attention"]) == (kind, 24, True)
    assert model["encoder_layers"] == dump(transformer)["model"]["encoder_layers"]  # both have it
    assert "heads" not in model
    other = override(recurrent, {"model.architecture": {"gru": "lstm", "lstm": "gru"}[kind]})
    assert dump(other)["model"] == {**model, "architecture": other.model.architecture}
    assert override(recurrent, {"model.architecture": "transformer"}).model.architecture


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data.dataset": "digits"}, "data.dataset: .*digits"),
        ({"data.source": "fr", "data.target": "de"}, "data"),
        ({"data.path": "nowhere"}, "data.path: phrases are made up"),
        ({"data.dataset": "pairs"}, "data.path: pairs is your own data"),
        ({"subwords.vocabulary_size": 90_000}, "vocabulary_size: expected at most"),
    ],
)
def test_what_the_data_does_not_allow(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSetting, match=message) as refused:
        TASK.load(small_recipe(**changes))
    assert "\n" not in str(refused.value)


def test_what_is_recorded_of_the_data_is_its_subwords_too(translation_run: RunFolder) -> None:
    data = translation_run.read(DataRecord)
    assert data.examples.test == 50
    signature = TASK.signature(translation_recipe(translation_run), data, translation_run.path)
    assert isinstance(signature.tokenizer, Subwords)
    train = load_dataset(translation_recipe(translation_run).data).train
    decoded = signature.tokenizer.decode(signature.tokenizer.encode(train.sources[0]))
    assert decoded == train.sources[0]
