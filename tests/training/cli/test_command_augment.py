from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.helpers.running import Okazu


def test_augment_draws_what_the_network_sees(okazu: Okazu, tmp_path: Path) -> None:
    changes = ("--set", "augment.mixup=0.4", "--set", "augment.cutout=0.3")
    finished = okazu("augment", "digits-cnn", *changes, "--output", tmp_path / "sheet.png")
    assert finished.code == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (10 * (64 + 4), 8 * (64 + 4))
        drawn = np.asarray(sheet)
    first, second = drawn[:64, :64], drawn[:64, 68:132]
    assert not np.array_equal(first, second)
    nowhere = okazu("augment", "digits-cnn", "--output", tmp_path / "no" / "sheet.png")
    assert nowhere.code == 2
    assert "No such file or directory" in nowhere.err
