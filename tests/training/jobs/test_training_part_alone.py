"""What is learned of the data before and beside the weights is learned from the right part."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.card import ImageInput, TableColumn, TableInput, Target
from models.texts.tokenizers import WordTokenizer
from tests.helpers.tables import flats, load_table, write_table
from training.classification.scores import score_classifier
from training.data.images.image_split import ImageDataset, ImageSplit
from training.data.texts.text_rows import TextDataset, TextRows, TextSplit
from training.recipe.loading import load_recipe
from training.tasks.image_classification import task as images
from training.tasks.image_classification.recipe import ImageRecipe
from training.tasks.tabular import task as tables
from training.tasks.tabular.data.table_dataset import TableDataset, TableSplit
from training.tasks.tabular.recipe import TabularRecipe
from training.tasks.text_classification import task as texts
from training.tasks.text_classification.recipe import TextRecipe, Words
from training.tasks.text_classification.tokenized import TokenizedDataset


def flat_images(*values: int) -> ImageSplit:
    """An image of each brightness."""
    pixels = np.array(values, np.uint8).reshape(-1, 1, 1, 1) * np.ones((1, 2, 2, 1), np.uint8)
    return ImageSplit(pixels, np.arange(len(values)) % 2)


def test_images_are_normalised_by_the_training_part() -> None:
    spec = ImageInput(height=2, width=2, mode="L")
    parts = flat_images(10, 20), flat_images(100, 140), flat_images(200, 250)
    dataset = ImageDataset("flat", ("a", "b"), spec, "", "", *parts)
    recipe = load_recipe("digits-mlp")
    assert isinstance(recipe, ImageRecipe)
    context = images.network_context(recipe, dataset)
    assert context.pixel_mean == pytest.approx((15,))
    assert context.pixel_variance == pytest.approx((25,))


def rows(*numbers: float) -> TableSplit:
    """A column of numbers, and a target of ten times these."""
    column = np.array(numbers)
    return TableSplit(column.astype(np.float32)[:, np.newaxis], 10 * column)


def test_tables_are_standardised_by_the_training_part() -> None:
    dataset = TableDataset(
        "numbers",
        TableInput(columns=[TableColumn(name="x", type="number", missing=False)]),
        Target(name="y", kind="number"),
        (),
        "",
        "",
        rows(1, 3, 5, 7),
        rows(50, 60),
        rows(100, 300),
    )
    path = {"data.path": "numbers.csv", "data.target_column": "y"}
    recipe = load_recipe("table-csv", {**path, "fit.batch_size": 4})
    assert isinstance(recipe, TabularRecipe)
    context = tables.table_context(recipe, dataset)
    assert context.means == pytest.approx((4,))
    assert context.deviations == pytest.approx((math.sqrt(5),))
    described = tables.TASK.describe(dataset)["target"]
    assert described["mean"] == 40
    assert described["deviation"] == pytest.approx(10 * math.sqrt(5))
    inputs, targets = tables.TASK.training_batches(recipe, dataset, 0)[0]
    np.testing.assert_allclose(targets, (10 * inputs - 40) / (10 * math.sqrt(5)), rtol=1e-6)


def test_the_limits_on_a_card_are_those_of_the_training_part(tmp_path: Path) -> None:
    dataset = load_table(write_table(tmp_path / "flats.csv", flats()), "rent")
    [area] = [column for column in dataset.input.columns if column.name == "area"]
    place = dataset.input.columns.index(area)
    known = dataset.train.rows[:, place]
    assert [area.minimum, area.maximum] == [float(np.nanmin(known)), float(np.nanmax(known))]
    parts = (dataset.train, dataset.validation, dataset.test)
    # Were it another part, it would show.
    assert len({(np.nanmin(p.rows[:, place]), np.nanmax(p.rows[:, place])) for p in parts}) == 3


def texts_of(*labelled: tuple[str, int]) -> TextSplit:
    labels = np.array([label for _, label in labelled])
    return TextSplit(TextRows.of(text for text, _ in labelled), labels, np.zeros_like(labels))


@pytest.fixture
def opinions() -> TokenizedDataset:
    """Words that the other parts use in another sense, and some that only they have."""
    raw = TextDataset(
        name="opinions",
        labels=("bad", "good"),
        licence="",
        source="",
        train=texts_of(("fine", 1), ("fine film", 1), ("dull film", 0), ("dull", 0)),
        validation=texts_of(("fine", 0), ("splendid", 1)),
        test=texts_of(("fine fine", 0), ("dull", 1), ("dreadful", 0)),
        origins=("opinions",),
    )
    return TokenizedDataset.of(raw, Words(kind="words", min_count=1))


def test_a_vocabulary_is_of_the_training_part(opinions: TokenizedDataset) -> None:
    tokenizer = opinions.tokenizer
    assert isinstance(tokenizer, WordTokenizer)
    assert sorted(tokenizer.vocabulary) == ["dull", "film", "fine"]


def test_log_count_ratios_are_of_the_training_part(opinions: TokenizedDataset) -> None:
    recipe = load_recipe("text-csv", {"data.path": "opinions.csv"})
    assert isinstance(recipe, TextRecipe)
    ratios = texts.text_context(recipe, opinions).log_count_ratios(1.0)
    ids = {word: opinions.tokenizer.ids(word)[0][0] for word in ("fine", "dull", "film")}
    # "fine" stands in two good texts and no bad one, "dull" the other way round.
    assert float(ratios[ids["fine"], 0]) == pytest.approx(math.log(3))
    assert float(ratios[ids["dull"], 0]) == pytest.approx(-math.log(3))
    assert float(ratios[ids["film"], 0]) == pytest.approx(0)


def answers(right: int, count: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits of a classifier that is always 90 % sure of class 1, which so many examples are of."""
    logits = np.tile([0.0, math.log(9)], (count, 1))
    return logits, np.where(np.arange(count) < right, 1, 0)


def test_the_temperature_is_that_of_the_validation_part() -> None:
    """It is right in 75 % of validation: 9 ** (1 / 2) is 3 to 1, a temperature of 2."""
    score = score_classifier(*answers(3_000, 4_000), *answers(900, 1_000))
    assert score.temperature == pytest.approx(2, rel=0.02)
    np.testing.assert_allclose(score.answers[0], [0.25, 0.75], atol=0.01)
    # Of the test part it was right in 90 % and so was well calibrated before.
    metrics = score.metrics
    assert metrics["expected_calibration_error_uncalibrated"] == pytest.approx(0, abs=1e-6)
    assert metrics["expected_calibration_error"] == pytest.approx(0.15, abs=0.01)
