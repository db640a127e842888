"""Helpers of the tests of tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.data.catalogue import load_dataset
from training.tasks.tabular.data.table_dataset import TableDataset
from training.tasks.tabular.recipe import TableData

Rows = list[list[object]]


def write_table(path: Path, rows: Iterable[Sequence[object]], delimiter: str = ",") -> Path:
    """Writes rows, the header first, without any quoting."""
    path.write_text("".join(delimiter.join(map(str, row)) + "\n" for row in rows))
    return path


def load_table(path: Path, target_column: str = "y", **options: Any) -> TableDataset:
    dataset: TableDataset = load_dataset(
        TableData(dataset="csv", path=path, target_column=target_column, **options)
    )
    return dataset


def flats(count: int = 240) -> Rows:
    """Rents of flats, a number, of area, city and balcony; of some the area is not known."""
    random = np.random.default_rng(0)
    rows: Rows = [["area", "city", "balcony", "rent"]]
    for number in range(count):
        area = round(float(random.uniform(20, 120)), 1)
        city = ("Paris", "Lyon", "Lille")[number % 3]
        rent = 300 + 10 * area + {"Paris": 500, "Lyon": 100, "Lille": 0}[city]
        balcony = ("yes", "no")[int(random.integers(2))]
        rows.append(["" if number % 10 == 0 else area, city, balcony, round(rent, 2)])
    return rows


def flowers(count: int = 150) -> Rows:
    """Two kinds of flowers that their petals tell apart."""
    random = np.random.default_rng(1)
    rows: Rows = [["petal", "colour", "kind"]]
    for number in range(count):
        kind = ("iris", "rose")[number % 2]
        petal = round(float(random.normal(1 if kind == "iris" else 4, 0.5)), 3)
        rows.append([petal, ("red", "blue")[int(random.integers(2))], kind])
    return rows
