"""Export: what is published answers as Keras did, in both runtimes, or is not published."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.artifact.golden import read_golden
from models.artifact.loading import load_model
from models.card import read_card
from models.errors import OkazuError
from models.settings import ModelSettings
from tests.helpers.exports import REAL_RUN
from training.classification.serving import serving_classifier
from training.data.catalogue import load_dataset
from training.jobs import export
from training.jobs.export import export_run
from training.run.folder import RunFolder
from training.run.records import DataRecord, Summary


def test_the_exported_model_is_complete(exported_zoo: Path, trained_run: RunFolder) -> None:
    path = exported_zoo / "digits" / "1"
    names = {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}
    assert names == {
        "saved_model.pb",
        "fingerprint.pb",
        "variables/variables.index",
        "variables/variables.data-00000-of-00001",
        "assets.extra/card.json",
        "assets.extra/golden.npz",
    }
    card = read_card(path)
    summary = trained_run.read(Summary)
    assert card.evaluation.metrics == summary.metrics
    assert card.temperature == summary.temperature
    assert card.recipe["name"] == "digits-cnn"
    assert card.training_data.fingerprint == trained_run.read(DataRecord).fingerprint
    assert card.training_data.licence == "CC BY 4.0"
    assert set(card.files) == names - {"assets.extra/card.json"}


def test_no_example_of_the_data_travels_with_a_model(
    exported_zoo: Path, trained_run: RunFolder
) -> None:
    data = load_dataset(trained_run.recipe().data)
    known = {
        image.tobytes()
        for part in (data.train, data.validation, data.test)
        for image in np.asarray(part.images)
    }
    questions = read_golden(exported_zoo / "digits" / "1").inputs["image"]
    assert not known & {image.tobytes() for image in questions}


def test_variables_are_written_once(exported_zoo: Path) -> None:
    path = exported_zoo / "digits" / "1"
    names = tf.train.list_variables(str(path / "variables" / "variables"))
    values = sum(int(np.prod(shape)) for name, shape in names if "VARIABLE_VALUE" in name)
    assert values <= read_card(path).parameters + 16  # the input's mean and variance, not counted


@pytest.mark.parametrize("runtime", ["openvino", "tensorflow"])
def test_it_scores_what_the_run_scored(
    exported_zoo: Path, trained_run: RunFolder, runtime: str
) -> None:
    test = load_dataset(trained_run.recipe().data).test
    model = load_model(exported_zoo / "digits" / "1", ModelSettings.read(runtime=runtime))
    probabilities = model.runner({"image": np.asarray(test.images)})["probabilities"]
    accuracy = float(np.mean(probabilities.argmax(axis=1) == test.labels))
    assert accuracy == trained_run.read(Summary).metrics["accuracy"]


def test_the_temperature_is_inside(exported_zoo: Path, trained_run: RunFolder) -> None:
    network = keras.saving.load_model(trained_run.model)
    golden = read_golden(exported_zoo / "digits" / "1")
    logits = np.asarray(network(golden.inputs["image"], training=False), np.float64)
    scaled = np.exp(logits / trained_run.read(Summary).temperature)
    expected = scaled / scaled.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(golden.outputs["probabilities"], expected, atol=1e-5)
    assert len(expected) == 20


def test_a_network_of_mixed_precision_is_served_in_float32() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        image = keras.Input((4, 4, 1), dtype="uint8", name="image")
        x = keras.layers.Flatten()(keras.layers.Normalization(mean=1.0, variance=2.0)(image))
        network = keras.Model(image, keras.layers.Dense(3, dtype="float32")(x))
    finally:
        keras.config.set_dtype_policy("float32")
    served = serving_classifier(network, 1.0)
    assert {layer.compute_dtype for layer in served.layers[1:]} == {"float32"}
    assert np.array_equal(served.get_weights()[-2], network.get_weights()[-2])


def test_the_next_export_is_the_next_version_under_any_name(
    exported_zoo: Path, trained_run: RunFolder, tmp_path: Path
) -> None:
    shutil.copytree(exported_zoo / "digits", tmp_path / "mine")
    path = export_run(trained_run, tmp_path, "mine")
    assert path.relative_to(tmp_path).as_posix() == "mine/2"
    assert read_card(path).name == "mine"


def test_a_runtime_that_is_passed_over_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = subprocess.CompletedProcess([], 0, "openvino was skipped: not here\n", "noise")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    export.check_in_fresh_process(Path("model"))
    assert capsys.readouterr().err == "okazu: openvino was skipped: not here\n"


@pytest.mark.slow
def test_an_export_whose_answers_differ_is_refused(
    trained_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The graph gets other weights than those whose answers were recorded."""
    write = export.write_saved_model

    def write_other_weights(served: keras.Model, directory: Path) -> None:
        weights = served.get_weights()
        served.set_weights([weight * 1.5 for weight in weights])
        write(served, directory)
        served.set_weights(weights)

    monkeypatch.setattr(subprocess, "run", REAL_RUN)
    monkeypatch.setattr(export, "write_saved_model", write_other_weights)
    with pytest.raises(OkazuError, match=r"refused, nothing was published: openvino: .*differs"):
        export_run(trained_run, tmp_path)
    assert not list(tmp_path.rglob("saved_model.pb"))


def test_an_unfinished_run_is_not_exported(trained_run: RunFolder, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(trained_run.path, copy)
    (copy / "metrics.json").unlink()
    with pytest.raises(OkazuError, match="okazu resume"):
        export_run(RunFolder(copy), tmp_path / "zoo")


def test_a_full_disk_is_told(trained_run: RunFolder, tmp_path: Path) -> None:
    def full(*_: object, **__: object) -> None:
        raise tf.errors.ResourceExhaustedError(
            None, None, "{{node SaveV2}} /zoo/part-0; No space left on device [Op:SaveV2]"
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tf.saved_model, "save", full)
        with pytest.raises(OkazuError, match=r"digits: No space left on device$"):
            export_run(trained_run, tmp_path / "zoo")
    assert not list((tmp_path / "zoo").rglob("*.pb"))
