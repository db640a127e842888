"""Small models of tables for tests: a repository with a class and a number to predict.

Their weights are random, which is no matter where the question is how rows come in and answers out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.artifact.golden import Golden, write_golden
from models.artifact.repository import ModelRepository
from models.card import Evaluation, ModelCard, Output, TableColumn, TableInput, Target, TrainingData

if TYPE_CHECKING:
    import keras

PASSENGER_COLUMNS = TableInput(
    columns=[
        TableColumn(name="age", type="number", minimum=0, maximum=80),
        TableColumn(name="fare", type="number", missing=True),
        TableColumn(name="class", type="category", values=["1", "2", "3"]),
        TableColumn(name="deck", type="category", values=["A", "B", "C & D"], missing=True),
    ]
)
PASSENGER = {"age": 29, "fare": 7.25, "class": "3", "deck": None}

FLAT_COLUMNS = TableInput(
    columns=[
        TableColumn(name="rooms", type="number"),
        TableColumn(name="area", type="number", missing=True),
    ]
)
FLAT = {"rooms": 3, "area": 71.5}


def publish_table_models(zoo: Path) -> None:
    """Publishes `passengers`, which tells `no` from `yes`, and `rents`, which gives a number."""
    _publish(zoo, "passengers", PASSENGER_COLUMNS, Target(name="survived", kind="class"))
    _publish(zoo, "rents", FLAT_COLUMNS, Target(name="rent", kind="number"))


def _publish(zoo: Path, name: str, spec: TableInput, target: Target) -> None:
    from training.fitting.backend import start_keras

    start_keras("tensorflow")
    labels = ["no", "yes"] if target.kind == "class" else []
    network = _network(spec.columns, len(labels))
    output = "probabilities" if labels else "value"

    def write(directory: Path, version: int) -> ModelCard:
        _write_saved_model(network, len(spec.columns), directory)
        table = _questions(spec.columns)
        answers = {output: network(table, training=False)[output].numpy()}
        write_golden(directory, Golden({"table": table}, answers))
        return ModelCard(
            name=name,
            version=version,
            task="tabular",
            description=f"Predicts {target.name}.",
            labels=labels,
            input=spec,
            target=target,
            outputs=[Output(name=output, dtype="float32", shape=[len(labels) or 1])],
            evaluation=Evaluation(data="none", metrics={}),
            parameters=network.count_params(),
            recipe={},
            training_data=TrainingData(name="none", fingerprint="", licence="", source=""),
            libraries={},
            created=datetime(2026, 1, 1, tzinfo=UTC),
        )

    ModelRepository(zoo).publish(name, write, lambda _: None)


def _network(columns: Sequence[TableColumn], classes: int) -> keras.Model:
    import keras
    from keras import ops

    keras.utils.set_random_seed(0)
    table = keras.Input((len(columns),), dtype="float32", name="table")
    parts: list[Any] = []
    for number, column in enumerate(columns):
        cell = table[:, number : number + 1]
        missing = ops.isnan(cell)
        if column.type == "number":
            value = ops.where(missing, 0.0, cell) * 0.1
            # The square is beyond float32 for numbers that are not.
            parts += [value, ops.square(value), ops.cast(missing, "float32")]
        else:
            count = len(column.values)
            index = ops.cast(ops.where(missing, float(count), cell), "int32")
            parts.append(ops.one_hot(index[:, 0], count + 1))
    hidden = keras.layers.Dense(8, activation="relu", dtype="float32")(
        ops.concatenate(parts, axis=-1)
    )
    if classes:
        answer = {
            "probabilities": keras.layers.Dense(classes, activation="softmax", dtype="float32")(
                hidden
            )
        }
    else:
        answer = {"value": keras.layers.Dense(1, dtype="float32")(hidden)}
    return keras.Model(table, answer)


def _write_saved_model(network: keras.Model, columns: int, directory: Path) -> None:
    import keras
    import tensorflow as tf

    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint(
        "serving_default",
        lambda table: network(table, training=False),
        input_signature=[tf.TensorSpec((None, columns), tf.float32, name="table")],
    )
    archive.write_out(str(directory), verbose=False)


def _questions(columns: Sequence[TableColumn]) -> np.ndarray[Any, Any]:
    random = np.random.default_rng(0)
    table = np.empty((16, len(columns)), np.float32)
    for number, column in enumerate(columns):
        if column.type == "number":
            table[:, number] = random.normal(20, 10, len(table))
        else:
            table[:, number] = random.integers(0, len(column.values), len(table))
        if column.missing:
            table[::3, number] = np.nan
    return table
