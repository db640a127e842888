from __future__ import annotations

import json
from pathlib import Path

from tests.training.commands.running import Okazu


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
