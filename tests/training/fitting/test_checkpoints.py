"""Checkpoints: whole or passed over, whatever happened to the file."""

from __future__ import annotations

import json
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.fitting.checkpoints import Checkpoint, latest_checkpoint, save_checkpoint


def checkpoint(epoch: int) -> Checkpoint:
    return Checkpoint(
        epoch,
        [np.full((2, 2), epoch, np.float32), np.array(epoch)],
        [np.array([epoch, 1.5])],
        {"rows": [{"epoch": float(epoch)}]},
    )


@pytest.fixture
def newest(tmp_path: Path) -> Path:
    """The file of epoch 5; epoch 4 lies beside it."""
    for epoch in (4, 5):
        save_checkpoint(tmp_path, checkpoint(epoch))
    return tmp_path / "epoch-00005.npz"


def found_epoch(directory: Path) -> tuple[int | None, list[str]]:
    told: list[str] = []
    found = latest_checkpoint(directory, told.append)
    return found.epoch if found else None, told


def test_nothing_there(tmp_path: Path) -> None:
    directory = tmp_path / "nowhere"
    assert found_epoch(directory) == (
        None,
        [f"no checkpoint in {directory}, training again from the start"],
    )


def test_the_newest_comes_back_exactly_and_two_are_kept(tmp_path: Path) -> None:
    for epoch in (1, 9, 10, 11):
        save_checkpoint(tmp_path, checkpoint(epoch))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "epoch-00010.npz",
        "epoch-00011.npz",
    ]
    told: list[str] = []
    found = latest_checkpoint(tmp_path, told.append)
    assert told == []
    assert found is not None
    assert (found.epoch, found.state) == (11, {"rows": [{"epoch": 11.0}]})
    for array, expected in zip(found.variables, checkpoint(11).variables, strict=True):
        assert array.dtype == expected.dtype
        assert np.array_equal(array, expected)
    assert found.best_weights[0].tolist() == [11, 1.5]


def test_epochs_are_numbers_not_words(tmp_path: Path) -> None:
    for epoch in (99_998, 99_999, 100_000):
        save_checkpoint(tmp_path, checkpoint(epoch))
    assert found_epoch(tmp_path) == (100_000, [])
    assert len(list(tmp_path.iterdir())) == 2


def test_every_flipped_bit_and_every_cut_is_noticed(newest: Path) -> None:
    whole = newest.read_bytes()
    rng = random.Random(5)
    damages: list[bytes] = []
    for _ in range(400):
        flipped = bytearray(whole)
        flipped[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        damages.append(bytes(flipped))
    damages += [whole[: rng.randrange(len(whole))] for _ in range(150)]
    # And wherever the parts of the file meet.
    damages += [whole[:-cut] for cut in (1, 2, 63, 64, 65, 66, 85, 86, 87)]
    unnoticed = []
    for number, content in enumerate(damages):
        newest.write_bytes(content)
        epoch, told = found_epoch(newest.parent)
        if epoch != 4 or len(told) != 1:
            unnoticed.append(number)
    assert unnoticed == []


def declare_a_huge_array(path: Path) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999,), }"
    with zipfile.ZipFile(path, "w") as archive:
        member = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
        archive.writestr("variable-00000.npy", member)


def put_a_folder_there(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "zeros behind": lambda path: path.write_bytes(path.read_bytes() + bytes(4096)),
    "twice": lambda path: path.write_bytes(path.read_bytes() * 2),
    "text": lambda path: path.write_text("epoch 5"),
    "huge": declare_a_huge_array,
    "folder": put_a_folder_there,
    "link to nowhere": link_to_nowhere,
    "another epoch's": lambda path: path.write_bytes(
        (path.parent / "epoch-00004.npz").read_bytes()
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_any_damage_falls_back_in_one_line_and_is_not_met_again(newest: Path, damage: str) -> None:
    DAMAGE[damage](newest)
    epoch, [told] = found_epoch(newest.parent)
    assert epoch == 4
    assert told.startswith(f"checkpoint {newest} is damaged (")
    assert told.endswith("), going on from epoch-00004.npz")
    assert "\n" not in told
    assert found_epoch(newest.parent) == (4, [])
    save_checkpoint(newest.parent, checkpoint(5))  # nothing is in the way
    assert found_epoch(newest.parent) == (5, [])


def test_what_was_damaged_does_not_count_as_one_of_the_two(newest: Path) -> None:
    newest.rename(newest.with_name("epoch-00007.npz"))
    assert found_epoch(newest.parent)[0] == 4
    save_checkpoint(newest.parent, checkpoint(5))
    newest.write_bytes(b"")
    assert found_epoch(newest.parent)[0] == 4


def test_an_unreadable_file_is_passed_over(newest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def refuse(path: Path, mode: str) -> object:
        if path == newest:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", refuse)
    epoch, [told] = found_epoch(newest.parent)
    assert epoch == 4
    assert "is damaged (Permission denied)" in told


def test_both_damaged_is_said(newest: Path) -> None:
    newest.write_bytes(b"")
    (newest.parent / "epoch-00004.npz").write_bytes(b"")
    epoch, [told] = found_epoch(newest.parent)
    assert epoch is None
    assert "epoch-00005.npz is damaged" in told
    assert "epoch-00004.npz is damaged" in told
    assert told.endswith(", training again from the start")


def test_other_files_are_left_alone(newest: Path) -> None:
    others = ["notes.txt", "epoch-x.npz", "epoch-00009 (copy).npz", "epoch-00009.npz.damaged"]
    for name in others:
        (newest.parent / name).write_text("stray")
    half_written = newest.parent / ".epoch-00006.npz-k3j5"  # by a process that was killed
    half_written.write_bytes(b"PK")
    assert found_epoch(newest.parent) == (5, [])
    save_checkpoint(newest.parent, checkpoint(6))
    assert not half_written.exists()
    assert all((newest.parent / name).exists() for name in others)


def test_checkpoints_of_before_they_had_digests_are_read(newest: Path) -> None:
    state = np.frombuffer(json.dumps({"rows": []}).encode(), np.uint8)
    arrays: dict[str, Any] = {"variable-00000": np.ones(3), "state": state}
    np.savez(newest, **arrays)
    assert found_epoch(newest.parent) == (5, [])
    content = bytearray(newest.read_bytes())
    content[150] ^= 0xFF
    newest.write_bytes(content)
    assert found_epoch(newest.parent)[0] == 4
