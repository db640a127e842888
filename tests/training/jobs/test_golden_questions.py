"""Questions that an exported model is checked by: none whose answer hangs by a hair."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from training.contract.task import Arrays
from training.jobs.golden_questions import CHANGE, clear_questions


class Chooser:
    """Takes the larger of two sums; a question is how far the second is below the first."""

    def __init__(self) -> None:
        self.weights = [np.array([1.0, 1.0], np.float32)]
        self.asked = 0

    def get_weights(self) -> list[Any]:
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        self.weights = weights

    def __call__(self, questions: Arrays) -> Arrays:
        self.asked += 1
        first, second = self.weights[0]
        sums = np.stack([np.full(len(questions["by"]), first), second - questions["by"]], axis=1)
        chosen = sums.argmax(axis=1).astype(np.int32)
        # Another answer has another length, too, and may have padding behind it.
        ids = np.stack([chosen + 1, chosen * 7], axis=1)
        return {"tokens": ids if ids[:, 1].any() else ids[:, :1], "scores": sums[:, 0]}


def clear(by: list[float], chooser: Any) -> list[float]:
    questions = {"by": np.array(by, np.float32)}
    kept: list[float] = clear_questions(chooser, chooser, questions)["by"].tolist()
    return kept


def test_near_ties_are_left_out() -> None:
    chooser = Chooser()
    assert clear([0.5, 1e-7, -0.25, -1e-7, 10 * CHANGE], chooser) == pytest.approx(
        [0.5, -0.25, 10 * CHANGE]
    )
    assert chooser.weights[0].tolist() == [1, 1]


def test_weights_are_put_back_whatever_happens() -> None:
    class Failing(Chooser):
        def __call__(self, questions: Arrays) -> Arrays:
            if self.asked == 3:
                raise RuntimeError("no memory left")
            return super().__call__(questions)

    chooser = Failing()
    with pytest.raises(RuntimeError, match="no memory left"):
        clear([0.5], chooser)
    assert chooser.weights[0].tolist() == [1, 1]


def test_where_nothing_is_clear_the_clearest_stay() -> None:
    assert len(clear([1e-7, 1e-7, 1e-7], Chooser())) >= 1


def test_a_model_without_ids_keeps_its_questions() -> None:
    asked: list[Arrays] = []

    def ask(questions: Arrays) -> Arrays:
        asked.append(questions)
        return {"probabilities": np.ones((1, 2), np.float32)}

    questions = {"image": np.zeros((1, 2), np.uint8)}
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    assert clear_questions(model, ask, questions) is questions
    assert len(asked) == 1
