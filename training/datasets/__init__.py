"""The data sets that recipes name.

A data set is a module of this package with `load(data: Data) -> ImageDataset`; the table below is
all that `okazu datasets` needs.
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
        offline: Whether it needs no download.
    """

    task: str
    description: str
    licence: str
    offline: bool


DATASETS = {
    "digits": DatasetInfo(
        task="image_classification",
        description="1,797 handwritten digits, 8x8 grey, ten classes; comes with scikit-learn",
        licence="CC BY 4.0",
        offline=True,
    ),
}


def load_dataset(data: Data) -> ImageDataset:
    """Loads and splits the data set that a recipe names.

    Raises:
        InvalidSetting: There is no such data set, or it cannot be had as the recipe asks.
    """
    if data.dataset not in DATASETS:
        known = ", ".join(DATASETS)
        raise InvalidSetting(f"data.dataset: expected one of: {known}; received {data.dataset!r}")
    module = importlib.import_module(f"training.datasets.{data.dataset}")
    return cast("ImageDataset", module.load(data))
