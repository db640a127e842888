"""What scikit-learn's linear models reach on the tables that come with it, on our own splits.

    python -m benchmarks.training.table_baselines

Prints for each data set the mean test metrics over the splits of five seeds, those that `python -m
benchmarks.training.accuracy_over_seeds` trains on: of a ridge regression whose penalty is chosen by
cross-validation, or of a logistic regression. Numbers are standardised, categories one-hot.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.preprocessing import StandardScaler

from benchmarks.machine import machine
from training.classification.metrics import classification_metrics
from training.data.catalogue import load_dataset
from training.recipe.loading import load_recipe
from training.tasks.tabular.data.table_dataset import TableDataset
from training.tasks.tabular.metrics import regression_metrics
from training.tasks.tabular.recipe import TableData

RECIPES = ("diabetes-mlp", "breast-cancer-mlp", "wine-mlp")
_SHOWN = ("accuracy", "loss", "r2", "root_mean_squared_error", "mean_absolute_error")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    print(machine())
    for name in RECIPES:
        data = load_recipe(name).data
        assert isinstance(data, TableData)
        runs = [
            _measure(load_dataset(data.model_copy(update={"split_seed": seed})))
            for seed in range(options.first_seed, options.first_seed + options.seeds)
        ]
        means = {
            metric: statistics.mean(run[metric] for run in runs)
            for metric in _SHOWN
            if metric in runs[0]
        }
        model = "ridge" if "r2" in means else "logistic"
        told = ", ".join(f"{metric} {value:.4f}" for metric, value in means.items())
        print(f"{data.dataset}, {model} regression, {options.seeds} seeds: {told}")


def _measure(dataset: TableDataset) -> dict[str, float]:
    train, test = (_features(dataset, part.rows) for part in (dataset.train, dataset.test))
    scaler = StandardScaler().fit(train)
    train, test = scaler.transform(train), scaler.transform(test)
    if dataset.labels:
        model = LogisticRegression(max_iter=1000).fit(train, dataset.train.targets)
        truth = np.asarray(dataset.test.targets, np.int64)
        return classification_metrics(model.predict_proba(test), truth)
    ridge = RidgeCV(np.logspace(-3, 3, 13)).fit(train, dataset.train.targets)
    return regression_metrics(ridge.predict(test), np.asarray(dataset.test.targets, np.float64))


def _features(dataset: TableDataset, rows: NDArray[np.float32]) -> NDArray[Any]:
    columns = [
        rows[:, [place]]
        if column.type == "number"
        else rows[:, [place]] == np.arange(len(column.values))
        for place, column in enumerate(dataset.input.columns)
    ]
    return np.concatenate(columns, axis=1)


if __name__ == "__main__":
    main()
