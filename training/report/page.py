"""`report.html`: a run on one page, in one file that opens offline.

The page has what every run has: metrics, learning curves, and how to repeat it. A task adds
sections of its own; see `Task.report_sections`.
"""

from __future__ import annotations

import functools
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import matplotlib
from markupsafe import Markup, escape
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from models.files import atomic_write_text
from training.recipe import Recipe
from training.recipe.loading import to_yaml
from training.run.folder import RunFolder
from training.run.records import DataRecord, Environment, Summary

BLUE, ORANGE, GREY = "#2563eb", "#ea580c", "#94a3b8"

_TEMPLATES = Path(__file__).parent / "templates"
FIGURES = _TEMPLATES / "figures.html"
_LONGEST_WORD = 40
_NO_METRICS = ("epoch", "learning_rate", "seconds")


@dataclass(frozen=True)
class ReportSection:
    """A heading of the report and what stands below it, as HTML."""

    title: str
    body: Markup


def write_report(folder: RunFolder, recipe: Recipe, sections: Sequence[ReportSection]) -> None:
    """Writes a run's report.

    Args:
        folder: The run, whose metrics and history are written already.
        recipe: Of the run.
        sections: Of its task.
    """
    history = folder.read_history()
    page = render(
        _TEMPLATES / "report.html",
        recipe=recipe,
        run=folder.path.name,
        summary=folder.read(Summary),
        data=folder.read(DataRecord),
        environment=folder.read(Environment),
        command=f"okazu train {folder.path / 'recipe.yaml'}",
        recipe_yaml=to_yaml(recipe),
        curves=_curves(history) if history else "",
        sections=sections,
    )
    atomic_write_text(folder.report, page)


def render(template: Path, **values: Any) -> Markup:
    """Fill a template; values are escaped unless they are markup.

    Args:
        template: The file; it may include others of its folder and of `training/report/templates`.
        values: What the template names.
    """
    return Markup(_pages(template.parent).get_template(template.name).render(**values))


@functools.cache
def _pages(folder: Path) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, _TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )


def _curves(history: Sequence[Mapping[str, float]]) -> Markup:
    measured = [name for name in history[0] if name not in _NO_METRICS]
    names = list(dict.fromkeys(name.removeprefix("val_") for name in measured))
    figure = Figure(figsize=(3.4 * (len(names) + 1), 3.2), layout="constrained")
    *metric_axes, rate_axes = figure.subplots(1, len(names) + 1)
    epochs = [row["epoch"] for row in history]
    for axes, name in zip(metric_axes, sorted(names, key="loss".__ne__), strict=True):
        penalised = name == "loss" and "penalty" in measured
        for label, column, colour in (
            ("training, with penalty" if penalised else "training", name, BLUE),
            ("validation", f"val_{name}", ORANGE),
        ):
            if column in measured:
                axes.plot(epochs, [row[column] for row in history], color=colour, label=label)
        axes.legend(frameon=False)
        axes.set(title=name.replace("_", " "), xlabel="epoch")
    rate_axes.plot(epochs, [row["learning_rate"] for row in history], color=GREY)
    rate_axes.set(title="learning rate", xlabel="epoch")
    return svg(figure)


def plain(text: str) -> str:
    """Somebody's word in a figure: short, and no mathematics where it has dollar signs."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    shown = shown if len(shown) <= _LONGEST_WORD else f"{shown[: _LONGEST_WORD - 1]}…"
    return shown.replace("$", r"\$")


def svg(figure: Figure) -> Markup:
    """A figure as it stands in a page."""
    text = io.StringIO()
    # Words stay words, in whatever script they are: the reader's browser has the fonts.
    with warnings.catch_warnings(), matplotlib.rc_context({"svg.fonttype": "none"}):
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        # No date and no document header: the picture stands inside the page.
        FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None})
    drawing = text.getvalue()
    titles = escape(", ".join(title for axes in figure.axes if (title := axes.get_title())))
    start = drawing.index("<svg") + len("<svg")
    return Markup(f'<svg role="img" aria-label="{titles}"{drawing[start:]}')
