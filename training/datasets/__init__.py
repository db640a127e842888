"""The data sets that recipes name.

A data set is an entry of the table below, and a module of this package with
`load(data: Data) -> ImageDataset`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from models.errors import InvalidSetting
from training.recipe import Data

if TYPE_CHECKING:
    from training.datasets.images import ImageDataset


@dataclass(frozen=True)
class DatasetInfo:
    """What a data set is, known without loading it.

    Attributes:
        task: The kind of recipe that it is for.
        description: One line for people.
        licence: Under which terms the data may be used.
        home: Where it comes from.
        module: Of this package, that loads it.
        offline: Whether it needs no download.
    """

    task: str
    description: str
    licence: str
    home: str
    module: str
    offline: bool = False


DATASETS = {
    "digits": DatasetInfo(
        task="image_classification",
        description="1,797 handwritten digits, 8x8 grey, ten classes; comes with scikit-learn",
        licence="CC BY 4.0",
        home="UCI Machine Learning Repository, as shipped by scikit-learn",
        module="digits",
        offline=True,
    ),
    "mnist": DatasetInfo(
        task="image_classification",
        description="60,000 + 10,000 handwritten digits, 28x28 grey, ten classes",
        licence="CC BY-SA 3.0",
        home="yann.lecun.com/exdb/mnist",
        module="mnist",
    ),
    "fashion-mnist": DatasetInfo(
        task="image_classification",
        description="60,000 + 10,000 pieces of clothing, 28x28 grey, ten classes",
        licence="MIT",
        home="github.com/zalandoresearch/fashion-mnist",
        module="mnist",
    ),
    "cifar10": DatasetInfo(
        task="image_classification",
        description="50,000 + 10,000 animals and vehicles, 32x32 colour, ten classes",
        licence="no licence stated; its home asks to cite Krizhevsky 2009",
        home="www.cs.toronto.edu/~kriz/cifar.html",
        module="cifar10",
    ),
    "image-folder": DatasetInfo(
        task="image_classification",
        description="your own images: a folder, zip or tar with one sub-folder for each class",
        licence="that of your images",
        home="own images",
        module="image_folder",
        offline=True,
    ),
}


def load_dataset(data: Data) -> ImageDataset:
    """Loads and splits the data set that a recipe names; says on standard error what is odd in it.

    Raises:
        InvalidSetting: There is no such data set, or it cannot be had as the recipe asks.
        OkazuError: It cannot be downloaded, read or stored.
    """
    if data.dataset not in DATASETS:
        known = ", ".join(DATASETS)
        raise InvalidSetting(f"data.dataset: expected one of: {known}; received {data.dataset!r}")
    module = importlib.import_module(f"training.datasets.{DATASETS[data.dataset].module}")
    dataset = cast("ImageDataset", module.load(data))
    from training.datasets.console import notice

    for note in dataset.notes:
        notice(f"{dataset.name}: {note}")
    return dataset
