"""The small tables that come with scikit-learn."""

from __future__ import annotations

from typing import Any

from models.errors import InvalidSetting
from training.data.tables.cells import written_number
from training.tasks.tabular.data import DATASETS
from training.tasks.tabular.data.assembly import assemble, read_columns
from training.tasks.tabular.data.table_dataset import TableDataset
from training.tasks.tabular.recipe import TableData

# data set -> the name that its target goes by; scikit-learn has none
_TARGETS = {"diabetes": "progression", "breast-cancer": "diagnosis", "wine": "cultivar"}


def load(data: TableData) -> TableDataset:
    """Loads one of them, columns in their own units.

    Raises:
        InvalidSetting: The recipe gives a path or another target, or asks for other columns.
    """
    target = _TARGETS[data.dataset]
    if data.path is not None:
        raise InvalidSetting(f"data.path: {data.dataset} comes with scikit-learn; expected no path")
    if data.target_column not in (None, target):
        raise InvalidSetting(
            f"data.target_column: {data.dataset} predicts {target!r}, received"
            f" {data.target_column!r}"
        )
    table = _read(data.dataset)
    names = getattr(table, "target_names", None)
    targets = table.target if names is None else [names[index] for index in table.target]
    rows = (
        [*map(written_number, cells), str(answer)]
        for cells, answer in zip(table.data.tolist(), targets, strict=True)
    )
    columns = read_columns([*table.feature_names, target], rows)
    return assemble(columns, target, data, source=DATASETS[data.dataset].home)


def _read(name: str) -> Any:
    from sklearn import datasets

    if name == "diabetes":
        return datasets.load_diabetes(scaled=False)
    return datasets.load_breast_cancer() if name == "breast-cancer" else datasets.load_wine()
