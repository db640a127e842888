from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.helpers.running import Okazu
from training.jobs.resumable_csv import PartialCsv


def test_predict_names_bad_files_and_answers_the_others(
    okazu: Okazu, digit_images: Path, tmp_path: Path
) -> None:
    bad, empty = tmp_path / "bad.png", tmp_path / "empty.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n garbage")
    empty.write_bytes(b"")
    good = digit_images / "3" / "0.png"
    finished = okazu("predict", "digits", bad, good, empty, "--top-k", "1", "--json")
    assert finished.code == 2
    results = json.loads(finished.out)["results"]
    assert [set(result) for result in results] == [
        {"input", "error"},
        {"input", "predictions"},
        {"input", "error"},
    ]
    assert "2 of 3 inputs could not be read" in finished.err
    assert str(bad) in finished.err


def test_images_that_were_answered_are_not_asked_about_again(
    okazu: Okazu, digit_images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.tasks.image_classification.files.BATCH", 8)
    asked = ("predict", "digits", digit_images, "--output")
    assert okazu(*asked, "whole.csv").out.startswith("wrote whole.csv, 20 rows, ")
    add = PartialCsv.add

    def interrupted(partial: PartialCsv, cells: Sequence[object], *, failed: bool = False) -> None:
        if partial.rows == 11:
            raise KeyboardInterrupt
        add(partial, cells, failed=failed)

    with monkeypatch.context() as patch:
        patch.setattr(PartialCsv, "add", interrupted)
        assert okazu(*asked, "out.csv").code == 130
    finished = okazu(*asked, "out.csv")
    assert "out.csv.partial: going on after 11 rows" in finished.err
    assert Path("out.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert not Path("out.csv.partial").exists()
