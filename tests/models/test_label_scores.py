from __future__ import annotations

import numpy as np
import pytest

from models.classification import class_predictions
from models.tasks.image_classification.predict import top_labels
from models.tasks.tabular.predict import number_predictions


def test_the_best_come_first_and_ties_keep_their_order() -> None:
    probabilities = np.array([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]])
    assert top_labels(probabilities, ["a", "b", "c"], 2) == [
        [{"label": "b", "score": 0.5}, {"label": "c", "score": 0.3}],
        [{"label": "a", "score": 0.4}, {"label": "c", "score": 0.4}],
    ]


def test_more_than_there_are_gives_all() -> None:
    assert len(top_labels(np.array([[0.6, 0.4]]), ["a", "b"], 99)[0]) == 2


def test_a_class_comes_with_the_scores_of_all() -> None:
    probabilities = np.array([[0.1234567, 0.8765433], [0.5, 0.5]], np.float32)
    assert class_predictions(probabilities, ["a", "b"]) == [
        {"label": "b", "score": 0.876543, "scores": {"a": 0.123457, "b": 0.876543}},
        {"label": "a", "score": 0.5, "scores": {"a": 0.5, "b": 0.5}},
    ]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.1, 0.1),
        (152.13348, 152.13348),
        (3e38, 3e38),
        (-1.5e-7, -1.5e-7),
        (16_777_216, 16_777_216),
    ],
)
def test_a_number_has_the_digits_of_a_float32(value: float, written: float) -> None:
    assert number_predictions(np.array([[value]], np.float32)) == [{"value": written}]
