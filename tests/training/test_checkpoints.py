from __future__ import annotations

from pathlib import Path

import numpy as np

from training.checkpoints import Checkpoint, latest_checkpoint, save_checkpoint


def checkpoint(epoch: int) -> Checkpoint:
    return Checkpoint(
        epoch,
        [np.full((2, 2), epoch, np.float32), np.array(epoch)],
        [np.array([epoch, 1.5])],
        {"rows": [{"epoch": float(epoch)}]},
    )


def test_nothing_there(tmp_path: Path) -> None:
    assert latest_checkpoint(tmp_path / "nowhere") is None


def test_the_newest_comes_back_exactly_and_two_are_kept(tmp_path: Path) -> None:
    for epoch in (1, 9, 10, 11):
        save_checkpoint(tmp_path, checkpoint(epoch))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "epoch-00010.npz",
        "epoch-00011.npz",
    ]
    found = latest_checkpoint(tmp_path)
    assert found is not None
    assert (found.epoch, found.state) == (11, {"rows": [{"epoch": 11.0}]})
    for array, expected in zip(found.variables, checkpoint(11).variables, strict=True):
        assert array.dtype == expected.dtype
        assert np.array_equal(array, expected)
    assert found.best_weights[0].tolist() == [11, 1.5]


def test_a_torn_or_changed_file_is_passed_over(tmp_path: Path) -> None:
    for epoch in (4, 5):
        save_checkpoint(tmp_path, checkpoint(epoch))
    newest = tmp_path / "epoch-00005.npz"
    content = bytearray(newest.read_bytes())
    newest.write_bytes(content[: len(content) // 2])
    torn = latest_checkpoint(tmp_path)
    content[150] ^= 0xFF
    newest.write_bytes(content)
    changed = latest_checkpoint(tmp_path)
    assert torn is not None
    assert changed is not None
    assert torn.epoch == changed.epoch == 4
