"""The loss that a recipe asks for is the one that each task trains with, worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from models.card import ImageInput, TableColumn, TableInput, Target
from training.data.images.image_split import ImageDataset, ImageSplit
from training.data.texts.text_rows import TextDataset, TextRows, TextSplit
from training.recipe.loading import load_recipe
from training.tasks import task_of
from training.tasks.tabular.data.table_dataset import TableDataset, TableSplit
from training.tasks.text_classification.recipe import Words
from training.tasks.text_classification.tokenized import TokenizedDataset

# Ten examples of one class, two of another: balanced, each class weighs 6 in all.
LABELS = np.array([0] * 10 + [1] * 2)
RECIPES: dict[str, tuple[str, dict[str, Any]]] = {
    "images": ("digits-mlp", {"augment": {}}),
    "tables": ("table-csv", {"data.path": "x.csv", "data.target_column": "y"}),
    "texts": ("text-csv", {"data.path": "x.csv"}),
}


def image_dataset() -> ImageDataset:
    split = ImageSplit(np.arange(12, dtype=np.uint8).reshape(-1, 1, 1, 1), LABELS)
    spec = ImageInput(height=1, width=1, mode="L")
    return ImageDataset("x", ("a", "b"), spec, "", "", split, split, split)


def table_dataset() -> TableDataset:
    split = TableSplit(np.arange(12, dtype=np.float32)[:, np.newaxis], LABELS)
    spec = TableInput(columns=[TableColumn(name="x", type="number", missing=False)])
    target = Target(name="y", kind="class")
    return TableDataset("x", spec, target, ("a", "b"), "", "", split, split, split)


def text_dataset() -> TokenizedDataset:
    words = [f"word{'abcdefghijkl'[number]} and" for number in range(12)]
    split = TextSplit(TextRows.of(words), LABELS, np.zeros_like(LABELS))
    raw = TextDataset("x", ("a", "b"), "", "", split, split, split, ("x",))
    return TokenizedDataset.of(raw, Words(kind="words", min_count=1))


DATASETS = {"images": image_dataset, "tables": table_dataset, "texts": text_dataset}


def asked(kind: str, **changes: Any) -> tuple[Any, Any, Any]:
    """Task, recipe and data set."""
    name, more = RECIPES[kind]
    recipe = load_recipe(name, {**more, **changes})
    return task_of(recipe), recipe, DATASETS[kind]()


def network_of(heads: int) -> keras.Model:
    x = keras.Input((2,))
    return keras.Model(x, [keras.layers.Dense(2, name=f"head{n}")(x) for n in range(heads)])


@pytest.mark.parametrize("kind", RECIPES)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_labels_are_smoothed_as_asked(kind: str, smoothing: float) -> None:
    """Of two classes 0.2 leaves 0.9 of the target to the true one, and gives 0.1 to the other."""
    task, recipe, dataset = asked(kind, **{"fit.label_smoothing": smoothing})
    loss = task.build_loss(network_of(1), recipe, dataset)
    found = float(loss(np.array([[1.0, 0.0]]), np.log([[0.8, 0.2]])))
    share = smoothing / 2
    assert found == pytest.approx(-(1 - share) * math.log(0.8) - share * math.log(0.2), rel=1e-5)


def test_translation_smooths_as_asked() -> None:
    recipe = load_recipe("phrases", {"fit.label_smoothing": 0.4})
    loss = task_of(recipe).build_loss(network_of(1), recipe, None)
    # Of four ids, 0.4 leaves 0.7 of the target to the true one and gives 0.1 to each other.
    shares = np.array([0.1, 0.1, 0.2, 0.6])
    expected = -float(np.array([0.1, 0.1, 0.1, 0.7]) @ np.log(shares))
    found = loss(np.array([[3, 0]], np.int32), np.log([[shares, shares]]).astype(np.float32))
    assert float(found) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("kind", "weight"), [("images", 0.3), ("texts", 1.0)])
def test_further_heads_count_as_the_task_says(kind: str, weight: float) -> None:
    """A head that knows nothing of two classes loses log 2."""
    task, recipe, dataset = asked(kind)
    loss = task.build_loss(network_of(3), recipe, dataset)
    found = float(loss(np.array([[1.0, 0.0]]), np.zeros((1, 3, 2))))
    assert found == pytest.approx((1 + 2 * weight) * math.log(2), rel=1e-5)


def epoch_of(batches: Any) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The classes of an epoch's examples and their weights, if they have any."""
    made = [batches[number] for number in range(len(batches))]
    labels = np.concatenate([batch[1].argmax(axis=1) for batch in made])
    if len(made[0]) == 2:
        return labels, None
    return labels, np.concatenate([batch[2] for batch in made])


@pytest.mark.parametrize("kind", RECIPES)
def test_balanced_classes_weigh_the_same(kind: str) -> None:
    task, recipe, dataset = asked(kind, **{"fit.batch_size": 4, "fit.class_weights": "balanced"})
    labels, weights = epoch_of(task.training_batches(recipe, dataset, 0))
    assert weights is not None
    assert sorted(labels) == LABELS.tolist()
    assert [weights[labels == label].sum() for label in (0, 1)] == pytest.approx([6, 6])


@pytest.mark.parametrize("kind", RECIPES)
def test_classes_weigh_as_many_as_they_are_where_nothing_is_asked(kind: str) -> None:
    task, recipe, dataset = asked(kind, **{"fit.batch_size": 4})
    assert epoch_of(task.training_batches(recipe, dataset, 0))[1] is None
