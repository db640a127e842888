from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.running import Okazu
from training.run.folder import RunFolder


def test_evaluate_refuses_a_folder_that_is_no_label(okazu: Okazu, tmp_path: Path) -> None:
    (tmp_path / "data" / "cat").mkdir(parents=True)
    finished = okazu("evaluate", "digits", "--data", tmp_path / "data")
    assert finished.code == 2
    assert "expected a label's name, one of: 0, 1" in finished.err


@pytest.mark.parametrize("augmentation", ["flip", "flip_and_shift"])
def test_test_time_augmentation_adds_metrics_and_changes_none(
    okazu: Okazu, trained_run: RunFolder, augmentation: str
) -> None:
    plain = json.loads(okazu("evaluate", "digits", "--json").out)["metrics"]
    asked = ("--test-time-augmentation", augmentation, "--json")
    augmented = json.loads(okazu("evaluate", "digits", *asked).out)["metrics"]
    assert {name: augmented[name] for name in plain} == plain
    suffix = f"_with_test_time_augmentation_{augmentation}"
    assert set(augmented) - set(plain) == {f"{name}{suffix}" for name in plain}
    # Mirrored digits are no digits.
    assert augmented[f"loss{suffix}"] > plain["loss"]
    by_run = json.loads(okazu("evaluate", trained_run.path, *asked).out)["metrics"]
    assert by_run[f"loss{suffix}"] == pytest.approx(augmented[f"loss{suffix}"], rel=1e-4)
