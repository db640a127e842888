"""The multi-layer perceptron for tables (Rumelhart et al. 1986); without hidden layers, the linear
and the logistic regression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from training.architectures.layers import hidden_layers, penalty
from training.architectures.options import TableMlpOptions


@dataclass(frozen=True)
class TableContext:
    """What a builder needs beside its own options.

    Attributes:
        categories: Of each column the number of values; 0 for a column of numbers.
        means: Of each column of numbers in the training part; 0 for categories.
        deviations: Standard deviations of the same; 1 for categories.
        missing: Of each column, whether values may be missing.
        outputs: Number of classes, or 1 for a number.
        l1: L1 penalty on every kernel.
        l2: L2 penalty on every kernel.
    """

    categories: tuple[int, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    missing: tuple[bool, ...]
    outputs: int
    l1: float = 0.0
    l2: float = 0.0


def build_table_network(options: TableMlpOptions, context: TableContext) -> keras.Model:
    """Builds the network that the `model` section of a table's recipe describes."""
    return build_table_mlp(context, **options.model_dump(exclude={"architecture"}))


def build_table_mlp(
    context: TableContext,
    *,
    hidden: Sequence[int] = (64, 32),
    activation: str = "relu",
    batch_normalization: bool = False,
    dropout: float = 0.0,
) -> keras.Model:
    """Builds a multi-layer perceptron.

    Args:
        context: Columns, outputs and penalties.
        hidden: Units of each hidden layer; none of them is a linear model.
        activation: After each hidden layer.
        batch_normalization: Whether to normalise before each activation.
        dropout: Share of units dropped after each hidden layer, 0 to 1.

    Returns:
        float32 rows `[batch, columns]` to float32 `[batch, outputs]`: logits, or a number in units
        of the target's standard deviation.
    """
    table = keras.Input((len(context.categories),), dtype="float32", name="table")
    x = TableFeatures(
        context.categories, context.means, context.deviations, context.missing, name="features"
    )(table)
    x = hidden_layers(
        x,
        context,
        hidden=hidden,
        activation=activation,
        batch_normalization=batch_normalization,
        dropout=dropout,
    )
    outputs = keras.layers.Dense(
        context.outputs, kernel_regularizer=penalty(context), dtype="float32", name="outputs"
    )(x)
    return keras.Model(table, outputs, name="mlp")


@keras.saving.register_keras_serializable("okazu")
class TableFeatures(keras.layers.Layer):  # type: ignore[misc]
    """Rows as the card describes them to numbers that a network can read.

    Numbers are standardised, and 0, their mean, where missing; a column in which values may be
    missing has a second feature that is 1 there. A category is as many features as it has values,
    all 0 where it is missing or unknown.

    Args:
        categories: See `TableContext`, as for the others.
        means: In the order of the columns.
        deviations: In the order of the columns.
        missing: In the order of the columns.
        options: Of any layer. It computes in float32 whatever the others do.

    Call: float32 `[batch, columns]` to float32 `[batch, features]`.
    """

    def __init__(
        self,
        categories: Sequence[int],
        means: Sequence[float],
        deviations: Sequence[float],
        missing: Sequence[bool],
        **options: Any,
    ) -> None:
        super().__init__(**{**options, "dtype": "float32"})
        self._arguments = {
            "categories": list(categories),
            "means": list(means),
            "deviations": list(deviations),
            "missing": list(missing),
        }
        numbers = [place for place, count in enumerate(categories) if not count]
        self._numbers = np.array(numbers, np.int32)
        self._means = np.array(means, np.float32)[numbers]
        self._scales = 1 / np.array(deviations, np.float32)[numbers]
        self._gaps = np.array([place for place in numbers if missing[place]], np.int32)
        pairs = [(place, value) for place, count in enumerate(categories) for value in range(count)]
        self._categories = np.array([place for place, _ in pairs], np.int32)
        self._values = np.array([value for _, value in pairs], np.float32)

    def call(self, table: Any) -> Any:
        features = []
        if len(self._numbers):
            numbers = ops.take(table, self._numbers, axis=1)
            standardised = (numbers - self._means) * self._scales
            features.append(ops.where(ops.isnan(numbers), 0.0, standardised))
        if len(self._gaps):
            gaps = ops.isnan(ops.take(table, self._gaps, axis=1))
            features.append(ops.cast(gaps, "float32"))
        if len(self._values):
            values = ops.take(table, self._categories, axis=1)
            features.append(ops.cast(ops.equal(values, self._values), "float32"))
        return ops.concatenate(features, axis=1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        return input_shape[0], len(self._numbers) + len(self._gaps) + len(self._values)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._arguments}
