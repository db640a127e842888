"""A damaged model is noticed, by name, before it answers anybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.artifact import verification
from models.artifact.golden import Golden, read_golden, write_golden
from models.artifact.integrity import check_files, seal
from models.artifact.loading import load_model
from models.artifact.verification import Check, failures, main, verify_model
from models.card import CARD_FILE, GOLDEN_FILE, ImageInput, read_card
from models.errors import ModelDamaged, RuntimeUnavailable
from models.settings import ModelSettings


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x01
    path.write_bytes(content)


def damage_wrong_answers(model: Path) -> None:
    """Someone exports other weights and seals the card again: only the answers tell."""
    golden = read_golden(model)
    wrong = {name: array[::-1].copy() for name, array in golden.outputs.items()}
    write_golden(model, Golden(golden.inputs, wrong))
    seal(model, read_card(model))


def reseal(**changes: object) -> Callable[[Path], object]:
    """Writes a card that contradicts its model, with all sums in order."""
    return lambda model: seal(model, read_card(model).model_copy(update=changes))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a missing variable": (
        lambda m: (m / "variables/variables.index").unlink(),
        "variables/variables.index is missing",
    ),
    "a changed weight": (
        lambda m: flip_a_byte(m / "variables/variables.data-00000-of-00001"),
        "variables.data-00000-of-00001 was changed",
    ),
    "a changed program": (
        lambda m: flip_a_byte(m / "saved_model.pb"),
        "saved_model.pb was changed",
    ),
    "an empty program": (lambda m: (m / "saved_model.pb").write_bytes(b""), "was changed"),
    "a changed card": (lambda m: flip_a_byte(m / CARD_FILE), "card"),
    "no card": (lambda m: (m / CARD_FILE).unlink(), "expected a model card"),
    "a foreign file": (lambda m: (m / "run.sh").write_text("rm"), "run.sh does not belong here"),
    "a link": (lambda m: (m / "link").symlink_to("/etc/passwd"), "link does not belong here"),
    "no golden file": (lambda m: (m / GOLDEN_FILE).unlink(), "golden.npz is missing"),
    "too few labels": (reseal(labels=["a", "b"]), "2 labels for outputs of shape [10]"),
    "another input": (
        reseal(input=ImageInput(height=9, width=9, mode="L")),
        "the card says",
    ),
    "another name": (reseal(name="letters"), "where another model belongs"),
    "another version": (reseal(version=7), "where another model belongs"),
    "wrong answers": (damage_wrong_answers, "differs from the golden answer"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told_and_refused(model_copy: Path, damage: str) -> None:
    hurt, told = DAMAGES[damage]
    hurt(model_copy)
    problems = "; ".join(failures(verify_model(model_copy, ModelSettings.read(), ["openvino"])))
    assert told in problems
    with pytest.raises(ModelDamaged, match=re.escape(told)):
        load_model(model_copy, ModelSettings.read(runtime="openvino"))


def test_a_sound_model_passes_in_every_runtime(model_copy: Path) -> None:
    checks = verify_model(model_copy, ModelSettings.read())
    assert [check.name for check in checks if check.outcome == "passed"] == [
        "files",
        "operations",
        "golden file",
        "openvino",
        "tensorflow",
    ]
    assert failures(checks) == []


def test_the_fresh_process_tells_what_was_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = [Check("openvino", "skipped", "not here"), Check("tensorflow", "passed", "fine")]
    monkeypatch.setattr(verification, "verify_model", lambda *_: checks)
    assert main(["model"]) == 0
    assert capsys.readouterr() == ("openvino was skipped: not here\n", "")


def test_the_fresh_process_program(model_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flip_a_byte(model_copy / "saved_model.pb")
    assert main([str(model_copy)]) == 1
    assert "saved_model.pb was changed" in capsys.readouterr().err


@pytest.mark.parametrize("runtime", ["openvino", "tensorflow"])
@pytest.mark.parametrize("size", [1, 2, 7, 33])
def test_runtimes_agree_on_batches_of_any_size(model_copy: Path, runtime: str, size: int) -> None:
    images = np.random.default_rng(size).integers(0, 256, (size, 8, 8, 1), dtype=np.uint8)
    settings = ModelSettings.read(runtime=runtime)
    answer = load_model(model_copy, settings).runner({"image": images})["probabilities"]
    one_by_one = [
        load_model(model_copy, ModelSettings.read(runtime="openvino")).runner({"image": images[:1]})
    ]
    assert answer.shape == (size, 10)
    np.testing.assert_allclose(answer.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(answer[:1], one_by_one[0]["probabilities"], atol=1e-5)


def test_bf16_is_a_setting_and_stays_within_its_tolerance(model_copy: Path) -> None:
    exact = load_model(model_copy, ModelSettings.read(precision="f32"))
    rough = load_model(model_copy, ModelSettings.read(precision="bf16"))
    question = read_golden(model_copy).inputs
    difference = np.abs(
        exact.runner(question)["probabilities"] - rough.runner(question)["probabilities"]
    )
    assert difference.max() < 0.05


def test_a_model_that_one_runtime_cannot_run_falls_back_and_says_so(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object) -> None:
        raise RuntimeUnavailable("openvino cannot run digits: no such operation")

    monkeypatch.setattr("models.runtimes.openvino.load", cannot)
    model = load_model(model_copy, ModelSettings.read())
    assert model.runtime == "tensorflow"
    assert model.fallback == "openvino cannot run digits: no such operation"
    with pytest.raises(RuntimeUnavailable, match="no such operation"):
        load_model(model_copy, ModelSettings.read(runtime="openvino"))


@pytest.mark.parametrize("library", ["libjemalloc.so.2", "/usr/lib/libtcmalloc_minimal.so.4"])
def test_where_another_allocator_would_end_the_process_openvino_is_passed_over(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setenv("LD_PRELOAD", f"libm.so.6 {library}")
    model = load_model(model_copy, ModelSettings.read())
    assert model.runtime == "tensorflow"
    assert f"does not work with {Path(library).name}, which LD_PRELOAD names" in str(model.fallback)
    outcomes = {check.name: check.outcome for check in verify_model(model_copy, ModelSettings())}
    assert (outcomes["openvino"], outcomes["tensorflow"]) == ("skipped", "passed")


def test_check_files_returns_the_card(model_copy: Path) -> None:
    assert check_files(model_copy).name == "digits"
