"""Metrics where other definitions would give other numbers; beside sacreBLEU where it has them."""

from __future__ import annotations

import numpy as np
import pytest
import sacrebleu

from training.classification.metrics import accuracy_by_origin, expected_calibration_error
from training.tasks.tabular.metrics import regression_metrics
from training.tasks.translation.metrics import (
    is_exact,
    metrics_by_origin,
    sentence_scores,
    translation_metrics,
)


def calibration_error(*answers: tuple[float, bool]) -> float:
    """Of answers of two classes, by how sure they were and whether they were right."""
    probabilities = np.array([[sure, 1 - sure] for sure, _ in answers])
    return expected_calibration_error(probabilities, np.array([int(not ok) for _, ok in answers]))


def test_calibration_is_measured_in_fifteenths() -> None:
    """0.62 and 0.74 lie in the tenth and the twelfth; of five bins they would share one."""
    assert calibration_error((0.62, True), (0.74, False)) == pytest.approx((0.38 + 0.74) / 2)
    # 0.68 and 0.72 lie in the eleventh; of twenty bins they would lie in two.
    assert calibration_error((0.68, True), (0.72, False)) == pytest.approx(0.7 - 0.5)


def test_a_bin_has_its_upper_limit_and_not_its_lower_one() -> None:
    """As in Guo et al. 2017: from 11/15 to 12/15, which is 0.8."""
    assert calibration_error((0.75, True), (0.8, False)) == pytest.approx(0.775 - 0.5)
    assert calibration_error((0.8, True), (0.85, False)) == pytest.approx((0.2 + 0.85) / 2)


def test_being_too_sure_does_not_make_up_for_being_not_sure_enough() -> None:
    assert calibration_error((0.6, True), (0.9, False)) == pytest.approx((0.4 + 0.9) / 2)


def test_the_accuracy_of_each_origin_is_that_of_its_own_examples() -> None:
    probabilities = np.array([[0.9, 0.1]] * 5)
    labels, origins = np.array([0, 1, 1, 0, 0]), np.array([0, 0, 0, 2, 2])
    found = accuracy_by_origin(probabilities, labels, origins, ("a", "b", "c"))
    assert found == {"accuracy_a": pytest.approx(1 / 3), "accuracy_c": 1}
    assert accuracy_by_origin(probabilities, labels, np.ones(5, np.int64), ("a", "b")) == {}


def test_errors_of_numbers_are_against_the_truths_own_spread() -> None:
    found = regression_metrics(np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 4.0]))
    assert found["mean_squared_error"] == pytest.approx(8 / 3)
    assert found["mean_absolute_error"] == pytest.approx(4 / 3)
    assert found["baseline_root_mean_squared_error"] == pytest.approx(2**0.5)
    assert found["r2"] == pytest.approx(1 - (8 / 3) / 2)


SAID = ["The cat sat on the mat today .", "a dog barks loudly at night", "Good morning to you all"]
REFERENCES = [
    ["A cat was on that mat today .", "The cat sat on the mat today ."],
    ["A DOG BARKS LOUDLY AT NIGHT"],
    ["Good evening to all of you", "Good morning to you all !", "Good morning,  you all"],
]


def test_translations_are_scored_as_sacrebleu_scores_them() -> None:
    first, second, third = zip(*[(*r, None, None)[:3] for r in REFERENCES], strict=True)
    streams = [list(first), list(second), list(third)]
    found = translation_metrics(SAID, REFERENCES)
    assert found["bleu"] == pytest.approx(sacrebleu.corpus_bleu(SAID, streams).score)
    assert found["chrf"] == pytest.approx(sacrebleu.corpus_chrf(SAID, streams).score)
    lowercased = sacrebleu.corpus_bleu(SAID, streams, lowercase=True).score
    assert found["bleu_lowercased"] == pytest.approx(lowercased)
    assert lowercased > found["bleu"] + 1
    assert found["exact_match"] == pytest.approx(1 / 3)


def test_any_reference_may_be_the_one_that_is_met() -> None:
    assert is_exact("The  cat sat on the mat today .", REFERENCES[0])
    assert not is_exact("The cat sat on the mat .", REFERENCES[0])
    assert sentence_scores(SAID[:1], REFERENCES[:1]) == [pytest.approx(100)]


def test_each_set_is_scored_by_its_own_sentences() -> None:
    found = metrics_by_origin(SAID, REFERENCES, np.array([1, 0, 1]), ("first", "second"))
    assert found["exact_match_first"] == 0
    assert found["exact_match_second"] == 0.5
    assert found["bleu_second"] == pytest.approx(
        translation_metrics([SAID[0], SAID[2]], [REFERENCES[0], REFERENCES[2]])["bleu"]
    )
