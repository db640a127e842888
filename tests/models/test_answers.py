from __future__ import annotations

import numpy as np

from models.answers import top_labels


def test_the_best_come_first_and_ties_keep_their_order() -> None:
    probabilities = np.array([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]])
    assert top_labels(probabilities, ["a", "b", "c"], 2) == [
        [{"label": "b", "score": 0.5}, {"label": "c", "score": 0.3}],
        [{"label": "a", "score": 0.4}, {"label": "c", "score": 0.4}],
    ]


def test_more_than_there_are_gives_all() -> None:
    assert len(top_labels(np.array([[0.6, 0.4]]), ["a", "b"], 99)[0]) == 2
