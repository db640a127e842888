"""Tasks are found by their names, those of other distributions through their entry points."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import models.tasks
from models.errors import InvalidSetting
from models.tasks import NAMES, task_module, task_names
from training.data.catalogue import datasets, load_dataset
from training.recipe.loading import load_recipe

RECIPE = """
from typing import ClassVar, Literal

from training.recipe import Architecture, Data, Recipe


class ToyData(Data):
    task: ClassVar[str] = "toy"


class ToyRecipe(Recipe):
    task: Literal["toy"]
    data: ToyData


RECIPE = ToyRecipe
"""
DATA = """
from training.contract.dataset import DatasetInfo

DATASETS = {"toys": DatasetInfo("wooden ones", "CC0-1.0", "here", "shelf", offline=True)}
"""
SHELF = """
class Toys:
    name, notes = "toys", ()


def load(data):
    return Toys()
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A distribution with a task `toy`, and with one that has the name of ours."""
    info = tmp_path / "toys-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[okazu.tasks]\ntoy = okazu_toy\ntranslation = okazu_toy\n"
    )
    files = {"training/recipe.py": RECIPE, "training/data/__init__.py": DATA}
    for name, content in {**files, "training/data/shelf.py": SHELF}.items():
        path = tmp_path / "okazu_toy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    for cached in (models.tasks._others, datasets):
        cached.cache_clear()
    yield
    for cached in (models.tasks._others, datasets):
        cached.cache_clear()


@pytest.mark.parametrize("task", NAMES)
@pytest.mark.parametrize("room", ["models", "training", "service"])
def test_a_task_has_a_folder_in_each_room(task: str, room: str) -> None:
    assert importlib.import_module(f"{room}.tasks.{task}").__doc__


@pytest.mark.usefixtures("toy")
def test_a_task_of_another_distribution_is_found_by_its_name(tmp_path: Path) -> None:
    assert task_names() == (*NAMES, "toy")
    recipe = tmp_path / "toy.yaml"
    recipe.write_text(
        "{name: toys, task: toy, data: {dataset: toys}, model: {architecture: blocks}}"
    )
    loaded = load_recipe(recipe, {"fit.epochs": 3})
    assert (type(loaded).__name__, loaded.fit.epochs) == ("ToyRecipe", 3)
    assert load_dataset(loaded.data).name == "toys"
    assert datasets()["toys"][0] == "toy"


@pytest.mark.usefixtures("toy")
def test_no_distribution_takes_the_place_of_a_task_of_ours() -> None:
    assert task_module("training", "translation", "recipe").RECIPE.__module__ == (
        "training.tasks.translation.recipe"
    )


def test_a_task_that_is_not_there_is_told() -> None:
    with pytest.raises(InvalidSetting, match=r"expected one of: image_classification, .* 'toy'"):
        task_module("training", "toy", "recipe")
