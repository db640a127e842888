"""Export: a run becomes a SavedModel that answers by itself, checked before anybody sees it.

Keras runs on TensorFlow here whatever it trained on; weights do not care.
"""

from __future__ import annotations

import shutil
import subprocess
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from models.artifact.golden import Golden, write_golden
from models.artifact.repository import ModelRepository
from models.card import ASSETS_DIRECTORY, Evaluation, ModelCard, TrainingData
from models.environment.processes import python_command
from models.errors import OkazuError
from training.contract.interface import Signature
from training.contract.task import Arrays
from training.data.messages import notice
from training.jobs.golden_questions import Ask, clear_questions
from training.jobs.train import load_network
from training.recipe.loading import dump
from training.run.folder import RunFolder
from training.run.records import DataRecord, Environment, Summary
from training.tasks import task_of

# What NumPy raises at a file that is no whole archive of arrays.
_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)


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
    task = task_of(recipe)
    summary, data = folder.read(Summary), folder.read(DataRecord)
    environment = folder.read(Environment)
    signature = task.signature(recipe, data, folder.path)
    served = task.serving_model(load_network(folder), recipe, data, summary.temperature)
    ask = _asking(served)
    samples = _read_samples(folder, signature)
    questions = clear_questions(served, ask, task.golden_questions(samples, signature))
    model_name = recipe.export_name if name is None else name

    def write(directory: Path, version: int) -> ModelCard:
        write_saved_model(served, directory)
        if folder.assets.is_dir():
            shutil.copytree(folder.assets, directory / ASSETS_DIRECTORY)
        write_golden(directory, Golden(questions, ask(questions)))
        return ModelCard(
            name=model_name,
            version=version,
            task=recipe.task,  # type: ignore[arg-type]
            description=recipe.description,
            limits=recipe.limits,
            labels=list(signature.labels),
            input=signature.input,
            target=signature.target,
            outputs=list(signature.outputs),
            evaluation=Evaluation(
                data=f"{data.name}, test part, {data.examples.test} examples",
                metrics=summary.metrics,
            ),
            temperature=summary.temperature,
            parameters=summary.parameters,
            recipe=dump(recipe),
            training_data=TrainingData(
                name=data.name,
                fingerprint=data.fingerprint,
                licence=data.licence,
                source=data.source,
            ),
            libraries=environment.libraries,
            created=datetime.now(UTC).replace(microsecond=0),
        )

    return ModelRepository(zoo).publish(model_name, write, check_in_fresh_process)


def _read_samples(folder: RunFolder, signature: Signature) -> Arrays:
    name, shape = signature.input.kind, signature.input.shape
    try:
        # Opened here, as np.load leaves the file of a broken archive open.
        with folder.samples.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            samples: Arrays = {name: file[name]}
        found = samples[name].shape[1:]
        pairs = zip(shape, found, strict=True)
        if any(length not in (None, received) for length, received in pairs):
            raise ValueError(f"expected shapes {shape}, received {found}")
    except _UNREADABLE as error:
        raise OkazuError(
            f"{folder.samples} is not what the run wrote ({error}); train anew"
        ) from None
    return samples


def _asking(served: keras.Model) -> Ask:
    """Asks a model as Keras runs it."""
    [tensor] = served.inputs
    signature = [tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype)]
    answers = tf.function(lambda batch: served(batch, training=False), input_signature=signature)

    def ask(questions: Arrays) -> Arrays:
        return {name: answer.numpy() for name, answer in answers(questions[tensor.name]).items()}

    return ask


def write_saved_model(served: keras.Model, directory: Path) -> None:
    """Writes `saved_model.pb` and `variables/`, with the one signature `serving_default`.

    Args:
        served: With one named input, and outputs in a dictionary.
        directory: To write to.

    Raises:
        OkazuError: The variables cannot be written.
    """
    [tensor] = served.inputs
    # The archive finds the variables in the endpoint; tracked besides, they would be written twice.
    archive = keras.export.ExportArchive()
    archive.add_endpoint(
        "serving_default",
        lambda batch: served(batch, training=False),
        input_signature=[tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype, name=tensor.name)],
    )
    try:
        archive.write_out(str(directory), verbose=False)
    except tf.errors.OpError as error:  # TensorFlow writes the variables by itself
        reason = error.message.rpartition("; ")[2].partition(" [Op:")[0]
        raise OkazuError(f"cannot write to {directory.parent}: {reason}") from None
    assets = directory / "assets"
    if assets.is_dir() and not any(assets.iterdir()):
        assets.rmdir()  # an empty folder does not survive every way of copying


def check_in_fresh_process(directory: Path) -> None:
    """Verifies a model where nothing of the exporting process can help it; tells what was skipped.

    Raises:
        OkazuError: It does not load, or a runtime's answers differ from Keras'.
    """
    command = python_command("models.artifact.verification", str(directory))
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = " ".join(result.stderr.split()) or f"exit code {result.returncode}"
        raise OkazuError(f"the export was refused, nothing was published: {reason}")
    for line in result.stdout.splitlines():
        notice(line)
