"""Export: a run becomes a SavedModel that answers by itself, checked before anybody sees it.

Keras runs on TensorFlow here whatever it trained on; weights do not care.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.card import Evaluation, ImageInput, ModelCard, Output, TrainingData
from models.errors import OkazuError
from models.golden import Golden, write_golden
from models.repository import ModelRepository
from training.jobs import load_network
from training.recipes import dump
from training.runs import RunFolder

OUTPUT = "probabilities"
_ARTIFICIAL_INPUTS = 4


def export_run(folder: RunFolder, zoo: Path, name: str | None = None) -> Path:
    """Exports a run as the next version of a model.

    Args:
        folder: A finished run.
        zoo: The model repository's folder.
        name: Of the model; else the recipe's.

    Returns:
        The directory of the new version.

    Raises:
        OkazuError: The run is not finished, the folder cannot be written, or a runtime's answers
            differ from Keras'.
    """
    recipe = folder.recipe()
    summary, data = folder.read_json("metrics"), folder.read_json("data")
    network = load_network(folder)
    served = serving_model(network, summary["temperature"])
    input_spec = ImageInput.model_validate(data["input"])
    model_name = name or recipe.export_name

    def write(directory: Path, version: int) -> ModelCard:
        write_saved_model(served, directory)
        questions = golden_questions(folder, input_spec)
        answers = {OUTPUT: served(questions, training=False)[OUTPUT].numpy()}
        write_golden(directory, Golden({"image": questions}, answers))
        return ModelCard(
            name=model_name,
            version=version,
            task=recipe.task,
            description=recipe.description,
            limits=recipe.limits,
            labels=data["labels"],
            input=input_spec,
            outputs=[Output(name=OUTPUT, dtype="float32", shape=[len(data["labels"])])],
            evaluation=Evaluation(
                data=f"{data['name']}, test part, {data['examples']['test']} examples",
                metrics=summary["metrics"],
            ),
            temperature=summary["temperature"],
            parameters=summary["parameters"],
            recipe=dump(recipe),
            training_data=TrainingData(
                **{key: data[key] for key in ("name", "fingerprint", "licence", "source")}
            ),
            libraries=folder.read_json("environment")["libraries"],
            created=datetime.now(UTC).replace(microsecond=0),
        )

    return ModelRepository(zoo).publish(model_name, write, check_in_fresh_process)


def serving_model(network: keras.Model, temperature: float) -> keras.Model:
    """The network with its decoding: uint8 images in, calibrated probabilities out, all float32."""
    network = _in_float32(network)
    scaled = keras.layers.Rescaling(1 / temperature, name="calibration")(network.outputs[0])
    probabilities = keras.layers.Softmax(name=OUTPUT)(scaled)
    return keras.Model(network.inputs[0], {OUTPUT: probabilities}, name="serving")


def _in_float32(network: keras.Model) -> keras.Model:
    """A network trained in mixed precision keeps float32 weights: serve it in float32."""

    def rebuild(layer: keras.Layer) -> keras.Layer:
        configuration = layer.get_config()
        if not isinstance(layer, keras.layers.InputLayer):
            configuration["dtype"] = "float32"
        return layer.__class__.from_config(configuration)

    twin = keras.models.clone_model(network, clone_function=rebuild)
    twin.set_weights(network.get_weights())
    return twin


def write_saved_model(served: keras.Model, directory: Path) -> None:
    """Writes `saved_model.pb` and `variables/`, with the one signature `serving_default`."""
    archive = keras.export.ExportArchive()
    archive.track(served)
    archive.add_endpoint(
        "serving_default",
        lambda image: served(image, training=False),
        input_signature=[
            tf.TensorSpec((None, *served.inputs[0].shape[1:]), tf.uint8, name="image")
        ],
    )
    archive.write_out(str(directory), verbose=False)
    assets = directory / "assets"
    if assets.is_dir() and not any(assets.iterdir()):
        assets.rmdir()  # an empty folder does not survive every way of copying


def golden_questions(folder: RunFolder, spec: ImageInput) -> np.ndarray[Any, Any]:
    """The run's samples, then black, white and noise: uint8 `[n, height, width, channels]`."""
    with np.load(folder.samples, allow_pickle=False) as file:
        samples = file["image"]
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (_ARTIFICIAL_INPUTS - 2, *spec.shape), dtype=np.uint8)
    black, white = np.zeros((1, *spec.shape), np.uint8), np.full((1, *spec.shape), 255, np.uint8)
    return np.concatenate([samples, black, white, noise])


def check_in_fresh_process(directory: Path) -> None:
    """Verifies a model where nothing of the exporting process can help it.

    Raises:
        OkazuError: It does not load, or a runtime's answers differ from Keras'.
    """
    command = [sys.executable, "-m", "models.verification", str(directory)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = " ".join(result.stderr.split()) or f"exit code {result.returncode}"
        raise OkazuError(f"the export was refused, nothing was published: {reason}")
