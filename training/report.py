"""`report.html`: a run on one page, in one file that opens offline."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from models.files import atomic_write_text
from training.datasets.images import ImageDataset
from training.metrics import CALIBRATION_BINS
from training.recipe import Recipe
from training.recipes import to_yaml
from training.runs import RunFolder

_TEMPLATES = Path(__file__).parent / "templates"
_BLUE, _ORANGE, _GREY = "#2563eb", "#ea580c", "#94a3b8"
_LABELLED_CELLS = 20  # a larger confusion matrix is shown in colours alone


def write_report(
    folder: RunFolder, recipe: Recipe, dataset: ImageDataset, probabilities: NDArray[Any]
) -> None:
    """Writes a run's report.

    Args:
        folder: The run, whose metrics and history are written already.
        recipe: Of the run.
        dataset: Of the run.
        probabilities: Of the test part, float `[examples, classes]`.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    history = folder.read_history()
    predicted = probabilities.argmax(axis=1)
    page = environment.get_template("report.html").render(
        recipe=recipe,
        run=folder.path.name,
        summary=folder.read_json("metrics"),
        data=folder.read_json("data"),
        environment=folder.read_json("environment"),
        command=f"okazu train {folder.path / 'recipe.yaml'}",
        recipe_yaml=to_yaml(recipe),
        per_class=_per_class(dataset, predicted),
        curves=_curves(history) if history else "",
        confusion=_confusion(dataset, predicted),
        calibration=_calibration(probabilities, dataset.test.labels),
    )
    atomic_write_text(folder.report, page)


def _per_class(dataset: ImageDataset, predicted: NDArray[Any]) -> list[dict[str, Any]]:
    precision, recall, f1, support = precision_recall_fscore_support(
        dataset.test.labels, predicted, labels=range(len(dataset.labels)), zero_division=0
    )
    columns = zip(dataset.labels, precision, recall, f1, support, strict=True)
    names = ("label", "precision", "recall", "f1", "examples")
    return [dict(zip(names, row, strict=True)) for row in columns]


def _curves(history: Sequence[Mapping[str, float]]) -> Markup:
    figure = Figure(figsize=(10, 3.2), layout="constrained")
    loss_axes, accuracy_axes, rate_axes = figure.subplots(1, 3)
    epochs = [row["epoch"] for row in history]
    for axes, name in ((loss_axes, "loss"), (accuracy_axes, "accuracy")):
        axes.plot(epochs, [row[name] for row in history], color=_BLUE, label="training")
        axes.plot(
            epochs, [row[f"val_{name}"] for row in history], color=_ORANGE, label="validation"
        )
        axes.legend(frameon=False)
        axes.set(title=name, xlabel="epoch")
    rate_axes.plot(epochs, [row["learning_rate"] for row in history], color=_GREY)
    rate_axes.set(title="learning rate", xlabel="epoch")
    return _svg(figure)


def _confusion(dataset: ImageDataset, predicted: NDArray[Any]) -> Markup:
    classes = len(dataset.labels)
    counts = confusion_matrix(dataset.test.labels, predicted, labels=range(classes))
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0)
    axes.set(title="confusion, test part", xlabel="predicted", ylabel="true")
    if classes <= _LABELLED_CELLS:
        axes.set_xticks(range(classes), dataset.labels, rotation=45 if classes > 2 else 0)
        axes.set_yticks(range(classes), dataset.labels)
        for row, column in np.argwhere(counts > 0):
            share = counts[row, column] / counts[row].sum()
            colour = "white" if share > 0.5 else "black"
            axes.text(column, row, counts[row, column], ha="center", va="center", color=colour)
    return _svg(figure)


def _calibration(probabilities: NDArray[Any], labels: NDArray[np.int64]) -> Markup:
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--")
    used = np.unique(bins)
    accuracy = [right[bins == number].mean() for number in used]
    axes.bar((used + 0.5) / CALIBRATION_BINS, accuracy, width=0.9 / CALIBRATION_BINS, color=_BLUE)
    axes.set(title="calibration, test part", xlabel="confidence", ylabel="accuracy")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    return _svg(figure)


def _svg(figure: Figure) -> Markup:
    text = io.StringIO()
    # No date and no document header: the picture stands inside the page.
    FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None})
    drawing = text.getvalue()
    return Markup(drawing[drawing.index("<svg") :])
