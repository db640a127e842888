from __future__ import annotations

from pathlib import Path

from tests.helpers.running import Okazu


def test_verify_tells_what_is_wrong(okazu: Okazu, model_copy: Path) -> None:
    (model_copy / "variables" / "variables.index").unlink()
    for reference in (model_copy, "digits"):
        finished = okazu("verify", reference, "--zoo", model_copy.parents[1])
        assert finished.code == 2
        assert "variables/variables.index is missing" in finished.err
