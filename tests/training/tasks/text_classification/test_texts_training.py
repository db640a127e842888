"""Texts from a recipe to answers: trained, exported, checked in both runtimes, asked offline."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from rich.console import Console

from models.artifact.loading import load_model
from models.card import ASSETS_DIRECTORY, read_card
from models.errors import InvalidSetting
from models.settings import ModelSettings
from models.tasks.text_classification.predict import classify_texts
from models.texts.tokenizers import NgramTokenizer, WordTokenizer, read_tokenizer
from training.data.catalogue import load_dataset
from training.fitting import callbacks
from training.fitting.backend import prepare_training
from training.fitting.fit import fit
from training.fitting.interrupts import Interrupted
from training.fitting.progress import Progress
from training.jobs import train as jobs
from training.jobs.evaluate import evaluate_model, evaluate_run
from training.jobs.export import export_run
from training.jobs.tune import search
from training.recipe import Recipe
from training.recipe.loading import load_recipe
from training.run.folder import RunFolder
from training.run.records import Summary
from training.tasks import task_of
from training.tasks.text_classification.data.everyday import everyday_sentences
from training.tasks.text_classification.recipe import TextRecipe

# A recipe of each kind of network, made small; every kind of randomness is in the second.
NETWORKS: dict[str, dict[str, Any]] = {
    "ngrams": {
        "tokenizer.kind": "hashed_ngrams",
        "tokenizer.buckets": 4096,
        "tokenizer.distinct": True,
        "model.architecture": "ngrams",
        "fit.optimizer.learning_rate": 0.1,
    },
    "ngrams_regions": {
        "model.architecture": "ngrams_regions",
        "model.buckets": 4096,
        "model.filters": 16,
        "fit.optimizer": {"name": "adagrad", "learning_rate": 0.1, "initial_accumulator_value": 0},
    },
    "textcnn": {
        "model.architecture": "textcnn",
        "model.dimensions": 16,
        "model.filters": 8,
        "model.kernel_sizes": [2, 3],
        "augment": {"word_dropout": 0.1, "adversarial_noise": 1.0},
        "fit.optimizer.learning_rate": 0.01,
    },
}
SMALL = {"data.examples": 600, "fit.epochs": 3, "fit.batch_size": 32, "data.dataset": "reviews"}


def silent() -> Progress:
    return Progress(Console(file=io.StringIO()), quiet=True)


def opinions(path: Path) -> Path:
    """400 texts that a glance at single words tells apart, of many lengths."""
    random = np.random.default_rng(0)
    plain = "the film we saw with them on that day was in all its parts".split()
    words = {"negative": ["dull", "poor", "bad"], "positive": ["fine", "great", "good"]}
    rows = ["text\tlabel"]
    for number in range(400):
        label = ["negative", "positive"][number % 2]
        text = [*random.choice(plain, size=random.integers(2, 60)), f"n{number}"]
        text.insert(int(random.integers(len(text))), random.choice(words[label]))
        rows.append(f"{' '.join(text)}\t{label}")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def recipe_of(network: str, **changes: Any) -> Recipe:
    return load_recipe(
        "reviews-rnn", {**SMALL, **NETWORKS[network], "model_name": network, **changes}
    )


def own_file(path: Path) -> dict[str, Any]:
    return {
        "data.dataset": "text-csv",
        "data.path": str(path),
        "data.text_column": "text",
        "data.label_column": "label",
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    """A finished run of each; read them, do not change them."""
    folder = tmp_path_factory.mktemp("runs")
    path = opinions(folder / "opinions.tsv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OKAZU_RUNS", str(folder))
        return {
            name: jobs.train(
                recipe_of(name, **{**own_file(path), "fit.epochs": 5}), silent()
            ).folder
            for name in NETWORKS
        }


@pytest.fixture(scope="module")
def zoo(runs: dict[str, RunFolder], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exported, and so checked in both runtimes."""
    root = tmp_path_factory.mktemp("zoo")
    for folder in runs.values():
        export_run(folder, root)
    return root


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(callbacks, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)


@pytest.mark.parametrize("name", NETWORKS)
def test_it_learns(runs: dict[str, RunFolder], name: str) -> None:
    assert runs[name].read(Summary).metrics["accuracy"] > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_the_exported_model_answers_as_the_run_does(
    runs: dict[str, RunFolder], zoo: Path, name: str
) -> None:
    settings = ModelSettings(zoo=zoo)
    model = evaluate_model(zoo / name / "1", settings, None)
    run = evaluate_run(runs[name], settings, None)
    summary = runs[name].read(Summary).metrics
    assert model.metrics["accuracy"] == run.metrics["accuracy"] == summary["accuracy"]
    assert model.metrics["loss"] == pytest.approx(summary["loss"], abs=1e-3)


@pytest.mark.slow
def test_what_is_exported_says_what_it_reads(zoo: Path) -> None:
    card, tokenizer = read_card(zoo / "ngrams" / "1"), read_tokenizer(zoo / "ngrams" / "1")
    assert card.tells_sentiment
    assert card.labels == ["negative", "positive"]
    assert card.input.kind == "text"
    assert isinstance(tokenizer, NgramTokenizer)
    assert tokenizer.buckets == 4096
    assert f"{ASSETS_DIRECTORY}/tokenizer.json" in card.files


@pytest.mark.slow
def test_an_exported_model_answers_texts_alone_as_among_others(zoo: Path) -> None:
    model = load_model(zoo / "textcnn" / "1", ModelSettings(zoo=zoo))
    texts = ["A great film!", "not good", "", "the worst of them all, and long " * 20]
    together = classify_texts(model, texts)
    for text, answer in zip(texts, together, strict=True):
        [alone] = classify_texts(model, [text])
        assert alone["label"] == answer["label"]
        assert alone["score"] == pytest.approx(answer["score"], abs=1e-4)


@pytest.mark.slow
def test_no_text_of_the_data_travels_with_the_model(runs: dict[str, RunFolder], zoo: Path) -> None:
    recipe = runs["textcnn"].recipe()
    dataset = task_of(recipe).load(recipe)
    with np.load(zoo / "textcnn" / "1" / "assets.extra" / "golden.npz") as golden:
        questions = [row[row != 0].tolist() for row in golden["input:text"]]
    known = {
        tuple(part.ids[place].tolist())
        for part in (dataset.train, dataset.validation, dataset.test)
        for place in range(len(part))
    }
    assert not known & {tuple(question) for question in questions if len(question) > 2}
    assert min(map(len, questions)) == 1


def test_the_vocabulary_is_of_the_training_part_alone(runs: dict[str, RunFolder]) -> None:
    recipe = runs["textcnn"].recipe()
    assert isinstance(recipe, TextRecipe)
    tokenizer = read_tokenizer(runs["textcnn"].path)
    assert isinstance(tokenizer, WordTokenizer)
    train = load_dataset(recipe.data).train
    words = {word for text in train.texts for word in tokenizer.read(text).words}
    assert set(tokenizer.vocabulary) <= words


def trained(recipe: Recipe) -> keras.Model:
    dataset = task_of(recipe).load(recipe)
    prepare_training(recipe.fit)
    network = task_of(recipe).build_network(recipe, dataset)
    fit(network, recipe, dataset, progress=silent())
    return network


@pytest.mark.slow
def test_the_same_seed_gives_weights_equal_to_the_bit(runs: dict[str, RunFolder]) -> None:
    """As with `textcnn`, whose run is taken up again below."""
    ours = trained(runs["ngrams_regions"].recipe()).get_weights()
    theirs = jobs.load_network(runs["ngrams_regions"]).get_weights()
    for left, right in zip(ours, theirs, strict=True):
        assert np.array_equal(left, right)


@pytest.mark.slow
def test_an_interrupted_run_goes_on_to_the_same_weights(
    runs: dict[str, RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    class PullsThePlug(callbacks.Checkpointer):
        def save(self, next_epoch: int) -> None:
            super().save(next_epoch)
            if next_epoch == 2:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("training.fitting.fit.Checkpointer", PullsThePlug)
        with pytest.raises(Interrupted):
            jobs.train(runs["textcnn"].recipe(), silent())
    folder = RunFolder.open("reviews-rnn")
    jobs.resume(folder, silent())
    ours, theirs = (jobs.load_network(run).get_weights() for run in (folder, runs["textcnn"]))
    for left, right in zip(ours, theirs, strict=True):
        assert np.array_equal(left, right)


def test_the_report_shows_what_matters_for_texts(runs: dict[str, RunFolder]) -> None:
    report = runs["ngrams"].report.read_text(encoding="utf-8")
    for title in ("Words that weigh most", "Short and long texts", "Worst errors"):
        assert title in report


@pytest.mark.slow
def test_a_search_reads_texts_as_each_trial_says(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    space = {"tokenizer.buckets": {"values": [256, 512]}}
    recipe = recipe_of("ngrams", **{"fit.epochs": 1, "search": space})
    task = type(task_of(recipe))
    build = task.build_network

    def watched(self: Any, recipe: Any, dataset: Any) -> Any:
        seen.append((recipe.tokenizer.buckets, dataset.tokenizer.size))
        return build(self, recipe, dataset)

    monkeypatch.setattr(task, "build_network", watched)
    search(recipe, tuner="random", trials=2, progress=silent(), show=lambda _: None)
    assert sorted(seen) == [(256, 257), (512, 513)]


def test_everyday_sentences_are_measured_and_not_learned_from() -> None:
    recipe = recipe_of("ngrams", **{"data.also": ["everyday"]})
    dataset = task_of(recipe).load(recipe)
    texts = {sentence.text for sentence in everyday_sentences()}
    assert texts <= set(dataset.test.texts)
    assert not texts & {*dataset.train.texts, *dataset.validation.texts}
    with pytest.raises(InvalidSetting, match=r"data\.dataset: everyday is only to measure with"):
        load_dataset(recipe_of("ngrams", **{"data.dataset": "everyday"}).data)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"tokenizer": {"kind": "hashed_ngrams"}},
            "tokenizer.kind: rnn reads words in their order",
        ),
        (
            {"tokenizer.kind": "hashed_ngrams", "tokenizer.buckets": 1000},
            "buckets: expected a power of two",
        ),
        ({"tokenizer.head": 81}, "head: expected at most max_tokens"),
        ({"tokenizer.buckets": 8}, "unknown key 'buckets'"),
        (
            {**NETWORKS["ngrams"], "augment.adversarial_noise": 1},
            "ngrams has no embeddings to move",
        ),
        (
            {"model": {"architecture": "ngrams_regions"}, "tokenizer": {"kind": "hashed_ngrams"}},
            "tokenizer.kind: ngrams_regions reads words in their order",
        ),
    ],
)
def test_what_a_recipe_cannot_ask_for(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSetting, match=message):
        load_recipe("reviews-rnn", changes)
