from __future__ import annotations

import shutil
from pathlib import Path

from tests.helpers.running import Okazu
from training.run.folder import RunFolder


def test_report_is_written_anew_as_training_wrote_it(
    okazu: Okazu, trained_run: RunFolder, tmp_path: Path
) -> None:
    copy = tmp_path / trained_run.path.name
    shutil.copytree(trained_run.path, copy)
    (copy / "report.html").unlink()
    finished = okazu("report", copy)
    assert finished.code == 0, finished.err
    assert finished.out == f"wrote {copy / 'report.html'}\n"
    assert "Worst errors" in (copy / "report.html").read_text(encoding="utf-8")
