"""Tables from a recipe to answers: trained, exported, checked in both runtimes, asked offline."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from rich.console import Console

from models.card import TableInput, read_card
from models.errors import InvalidSetting, OkazuError
from models.runtimes import RUNTIMES
from models.settings import ModelSettings
from tests.conftest import Finished
from tests.helpers.tables import Rows, flats, flowers, write_table
from training.fitting import callbacks
from training.fitting.fit import fit
from training.fitting.progress import Progress
from training.jobs import train as jobs
from training.jobs.evaluate import evaluate_model, evaluate_run
from training.jobs.export import export_run
from training.jobs.tune import search
from training.recipe import Recipe
from training.recipe.loading import load_recipe, shipped_recipes
from training.run.folder import RunFolder
from training.tasks import task_of

Okazu = Callable[..., Finished]

QUICK = {
    "model.hidden": [16],
    "model.dropout": 0.0,
    "fit.optimizer.learning_rate": 0.02,
    # Of few and long epochs: one costs a tenth of a second, whatever its steps.
    "fit.batch_size": 8,
    "fit.early_stopping": None,
    "fit.epochs": 12,
}
TABLES = {"rents": (flats, "rent"), "flowers": (flowers, "kind")}
# The first is also interrupted, and so has all that a checkpoint must keep.
MORE: dict[str, dict[str, Any]] = {
    "rents": {"model.dropout": 0.1, "fit.early_stopping": {"patience": 6}},
    "flowers": {"fit.label_smoothing": 0.05},
}


def silent() -> Progress:
    return Progress(Console(file=io.StringIO()), quiet=True)


def recipe_for(name: str, folder: Path, **changes: Any) -> Recipe:
    rows, target = TABLES[name]
    path = write_table(folder / f"{name}.csv", rows())
    data = {"data.path": str(path), "data.target_column": target, "model_name": name}
    return load_recipe("table-csv", {**QUICK, **data, **changes})


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    """A finished run for each of the tables; read them, do not change them."""
    folder = tmp_path_factory.mktemp("tables")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OKAZU_RUNS", str(folder / "runs"))
        return {
            name: jobs.train(recipe_for(name, folder, **MORE[name]), silent()).folder
            for name in TABLES
        }


@pytest.fixture(scope="module")
def zoo(runs: dict[str, RunFolder], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exported, and so checked in both runtimes."""
    root = tmp_path_factory.mktemp("zoo")
    for folder in runs.values():
        export_run(folder, root)
    return root


@pytest.fixture(autouse=True)
def _places(zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKAZU_ZOO", str(zoo))
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(callbacks, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)


def metrics_of(folder: RunFolder) -> dict[str, float]:
    content: dict[str, float] = json.loads((folder.path / "metrics.json").read_text())["metrics"]
    return content


def test_a_number_is_learned(runs: dict[str, RunFolder]) -> None:
    metrics = metrics_of(runs["rents"])
    # A tenth of the areas is missing: what can be known of those rents is little.
    assert metrics["r2"] > 0.7
    assert metrics["root_mean_squared_error"] < 0.6 * metrics["baseline_root_mean_squared_error"]
    history = runs["rents"].read_history()
    assert {"loss", "r2", "val_loss", "val_r2"} <= set(history[0])
    assert history[-1]["val_loss"] < history[0]["val_loss"]


def test_a_class_is_learned(runs: dict[str, RunFolder]) -> None:
    metrics = metrics_of(runs["flowers"])
    assert metrics["accuracy"] > 0.95
    assert "expected_calibration_error" in metrics


def test_the_report_shows_what_there_is_to_know(runs: dict[str, RunFolder]) -> None:
    rents, kinds = runs["rents"].report.read_text(), runs["flowers"].report.read_text()
    for page in (rents, kinds):
        assert "Which columns it relies on" in page
        assert page.count("<svg") >= 3
        assert "nan" not in page.partition("<svg")[0]
    assert "How far off it is" in rents
    assert "Calibration temperature" not in rents
    assert "how sure it may be" in kinds


def test_the_cards_say_what_the_models_take(zoo: Path) -> None:
    rents, kinds = (read_card(zoo / name / "1") for name in ("rents", "flowers"))
    assert (rents.task, rents.predicts_number, rents.labels) == ("tabular", True, [])
    assert rents.outputs[0].model_dump() == {"name": "value", "dtype": "float32", "shape": [1]}
    names = [column.name for column in rents.expect_input(TableInput).columns]
    assert names == ["area", "city", "balcony"]
    assert rents.target is not None
    assert rents.target.name == "rent"
    assert (kinds.predicts_number, kinds.labels) == (False, ["iris", "rose"])


@pytest.mark.parametrize("name", TABLES)
def test_a_run_its_model_and_its_record_score_the_same(
    runs: dict[str, RunFolder], zoo: Path, name: str
) -> None:
    by_run = evaluate_run(runs[name], ModelSettings.read(), None)
    recorded = metrics_of(runs[name])
    for runtime in RUNTIMES:
        by_model = evaluate_model(zoo / name / "1", ModelSettings.read(runtime=runtime), None)
        assert by_model.data == by_run.data
        for metric, value in by_model.metrics.items():
            assert value == pytest.approx(by_run.metrics[metric], rel=1e-3, abs=1e-5)
            assert value == pytest.approx(recorded[metric], rel=1e-3, abs=1e-5)


def test_a_file_is_predicted_row_by_row(okazu: Okazu, tmp_path: Path) -> None:
    table = write_table(tmp_path / "new.csv", flats(1500))
    written = okazu("predict", "rents", table, "--output", tmp_path / "out.csv")
    assert written.code == 0, written.err
    assert "1,500 rows" in written.out
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["area", "city", "balcony", "rent", "prediction", "error"]
    assert [row["rent"] for row in rows] == [str(row[3]) for row in flats(1500)[1:]]
    told = okazu("predict", "rents", table, "--json")
    results = json.loads(told.out)["results"]
    assert [result["row"] for result in results] == list(range(1, 1501))
    assert [str(result["value"]) for result in results] == [row["prediction"] for row in rows]
    measured = json.loads(okazu("evaluate", "rents", "--data", table, "--json").out)
    errors = [float(row["prediction"]) - float(row["rent"]) for row in rows]
    assert measured["metrics"]["mean_absolute_error"] == pytest.approx(
        float(np.mean(np.abs(errors))), rel=1e-4
    )
    assert measured["data"] == f"{table}, 1500 rows"


def test_classes_are_told_with_their_scores(okazu: Okazu, tmp_path: Path) -> None:
    table = write_table(tmp_path / "new.tsv", [["colour", "petal"], ["red", 4.2]], "\t")
    told = json.loads(okazu("predict", "flowers", table, "--json").out)
    assert (told["model"], told["version"]) == ("flowers", 1)
    [result] = told["results"]
    assert result["label"] == "rose"
    assert result["score"] == result["scores"]["rose"] > 0.9
    assert "row 1: rose " in okazu("predict", "flowers", table).out


def test_a_bad_row_is_its_own_matter(okazu: Okazu, tmp_path: Path) -> None:
    rows: Rows = [["petal", "colour", "error"], [1, "red", ""], ["?", "red", ""], [1, "green", ""]]
    table = write_table(tmp_path / "new.csv", [*rows, [3, " blue ", ""]])
    finished = okazu("predict", "flowers", table, "--json")
    assert finished.code == 2
    results = json.loads(finished.out)["results"]
    assert [sorted(result) for result in results] == [
        ["input", "label", "row", "score", "scores"],
        ["error", "input", "row"],
        ["error", "input", "row"],
        ["input", "label", "row", "score", "scores"],
    ]
    assert "row 2, column 'petal': expected a number, received no value" in finished.err
    assert "row 3, column 'colour': expected one of 'blue', 'red', received 'green'" in finished.err
    assert "2 of 4 inputs could not be read" in finished.err
    assert okazu("predict", "flowers", table, "--output", tmp_path / "out.csv").code == 2
    with (tmp_path / "out.csv").open(newline="") as file:
        header, _, second, *_ = csv.reader(file)
    assert header == ["petal", "colour", "error", "prediction", "score", "error_"]
    assert second[:5] == ["?", "red", "", "", ""]
    assert "received no value" in second[5]


REFUSED: dict[str, tuple[list[str], str]] = {
    "a missing column": (["predict", "flowers", "{short}"], "expected the columns 'colour'; there"),
    "no table": (["predict", "flowers", "{image}"], "expected a name that ends in .csv"),
    "no file": (["predict", "flowers", "no.csv"], "no.csv: there is no such file"),
    "both": (["predict", "flowers", "{short}", "--json", "--output", "o.csv"], "received both"),
    "other columns": (
        ["predict", "flowers", "{good}", "{more}", "--output", "o.csv"],
        "expected the columns of",
    ),
    "no place": (["predict", "flowers", "{good}", "--output", "{good}/o.csv"], "o.csv: "),
    "no truth": (["evaluate", "flowers", "--data", "{good}"], "expected the columns 'kind'"),
    "another truth": (
        ["evaluate", "flowers", "--data", "{other}"],
        "row 1, column 'kind': expected one of: iris, rose; received 'tulip'",
    ),
    "a folder": (["evaluate", "flowers", "--data", "."], "expected a name that ends in"),
    "no augmentation": (["augment", "wine-mlp"], "expected a recipe of images"),
    "images": (["train", "wine-mlp", "--set", "data.dataset=digits"], "for task image_classif"),
    "a network of images": (
        ["train", "wine-mlp", "--set", "model.architecture=cnn"],
        "model.architecture: expected 'mlp'; received 'cnn'",
    ),
    "no such task": (
        ["train", "wine-mlp", "--set", "task=text"],
        "task: expected one of: image_cl",
    ),
    "a section of images": (["train", "wine-mlp", "--set", "augment.mixup=1"], "unknown key 'augm"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_mistake_is_one_line_and_exit_code_2(okazu: Okazu, tmp_path: Path, case: str) -> None:
    files: dict[str, Rows] = {
        "short": [["petal"], [1]],
        "good": [["petal", "colour"], [1, "red"]],
        "more": [["petal", "colour", "age"], [1, "red", 2]],
        "other": [["petal", "colour", "kind"], [1, "red", "tulip"]],
    }
    paths = {name: write_table(tmp_path / f"{name}.csv", rows) for name, rows in files.items()}
    (tmp_path / "a.png").write_bytes(b"")
    arguments, message = REFUSED[case]
    finished = okazu(*(a.format(**paths, image=tmp_path / "a.png") for a in arguments))
    assert finished.code == 2
    assert message in finished.err
    assert finished.err.count("\n") == 1
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fit.early_stopping": {"monitor": "val_accuracy"}}, "monitor: .*expected val_loss, rec"),
        ({"fit.loss": "cross_entropy"}, "fit.loss: the target is a number, not a class"),
        ({"fit.label_smoothing": 0.1}, "fit.label_smoothing: .*expected 0, received 0.1"),
        ({"fit.class_weights": "balanced"}, "fit.class_weights: .*expected none"),
    ],
)
def test_what_a_number_has_not_is_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidSetting, match=message):
        jobs.train(recipe_for("rents", tmp_path, **changes), silent())
    assert not (tmp_path / "runs").exists()


def test_a_table_that_changed_is_not_taken_for_the_same(
    zoo: Path, runs: dict[str, RunFolder]
) -> None:
    path = runs["flowers"].recipe().data.path
    assert path is not None
    original = path.read_text()
    try:
        path.write_text(original.replace("red", "pink"))
        with pytest.raises(OkazuError, match="changed since the model was trained"):
            evaluate_model(zoo / "flowers" / "1", ModelSettings.read(), None)
    finally:
        path.write_text(original)


def test_a_card_without_data_needs_some(table_zoo: Path) -> None:
    with pytest.raises(OkazuError, match=r"names no data .* --data"):
        evaluate_model(table_zoo / "rents" / "1", ModelSettings.read(), None)


class StopAt(Progress):
    """Presses Ctrl-C before an epoch."""

    def __init__(self, epoch: int) -> None:
        super().__init__(Console(file=io.StringIO()))
        self._epoch = epoch

    def callback(self, steps_per_epoch: int) -> keras.callbacks.Callback:
        del steps_per_epoch

        def press(epoch: int, logs: object) -> None:
            del logs
            if epoch == self._epoch:
                import os
                import signal

                os.kill(os.getpid(), signal.SIGINT)

        return keras.callbacks.LambdaCallback(on_epoch_begin=press)


@pytest.mark.slow
def test_an_interrupted_regression_goes_on_exactly(runs: dict[str, RunFolder]) -> None:
    whole = runs["rents"]
    part = jobs.train(whole.recipe(), StopAt(3))
    assert part.interrupted
    resumed = jobs.resume(part.folder, silent())
    assert resumed.metrics == metrics_of(whole)
    weights = [jobs.load_network(folder).get_weights() for folder in (resumed.folder, whole)]
    assert all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))


@pytest.mark.slow
def test_a_search_for_a_number_looks_for_the_smallest_loss(tmp_path: Path) -> None:
    space = {"fit.optimizer.learning_rate": {"values": [1e-6, 0.02]}}
    recipe = recipe_for("rents", tmp_path, search=space, **{"fit.epochs": 4})
    shown: list[Any] = []
    found = search(recipe, tuner="random", trials=2, progress=silent(), show=shown.append)
    assert found.metrics["val_loss"] == min(trial.metrics["val_loss"] for trial in shown)
    assert load_recipe(found.recipe_file).fit.optimizer.learning_rate == 0.02
    assert set(found.metrics) == {"val_loss", "loss"}


def test_classes_are_learned_from_squared_errors_too(tmp_path: Path) -> None:
    recipe = recipe_for("flowers", tmp_path, **{"fit.loss": "mean_squared_error"})
    task = task_of(recipe)
    dataset = task.load(recipe)
    network = task.build_network(recipe, dataset)
    result = fit(network, recipe, dataset, progress=silent())
    assert result.history[-1]["val_accuracy"] > 0.9
    # At most 2, the sum of two squares.
    assert all(row["loss"] < 2 for row in result.history)


def test_the_shipped_recipes_are_of_data_that_is_there() -> None:
    for name in shipped_recipes():
        recipe = load_recipe(name)
        if recipe.task == "tabular" and recipe.data.dataset != "csv":
            task = task_of(recipe)
            assert len(task.load(recipe).train) > 100
