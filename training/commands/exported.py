"""`okazu evaluate | export | verify | predict | serve`: what becomes of a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from models.errors import InvalidSetting, ModelNotFound
from models.repository import ModelRepository
from models.settings import ModelSettings
from training.commands.options import JsonOption, RunArgument, RuntimeOption, ZooOption
from training.console import (
    fail,
    make_table,
    messages,
    metrics_table,
    output,
    print_json,
    start_training,
)

app = typer.Typer()


@app.command()
def evaluate(
    subject: Annotated[str, typer.Argument(metavar="RUN|MODEL", help="A run, or a model's name.")],
    data: Annotated[
        Path | None, typer.Option(help="A folder with a sub-folder of images for each label.")
    ] = None,
    zoo: ZooOption = None,
    runtime: RuntimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a run or an exported model, on its own test part or on your images."""
    settings = ModelSettings.read(zoo=zoo, runtime=runtime)
    kind, reference = _run_or_model(subject, settings)
    if kind == "run":
        start_training()
        from training.evaluate import evaluate_run
        from training.runs import RunFolder

        evaluated = evaluate_run(RunFolder(reference), settings, data)
    else:
        from training.evaluate import evaluate_model

        evaluated = evaluate_model(reference, settings, data)
    if as_json:
        result = {"data": evaluated.data, "metrics": evaluated.metrics}
        print_json({kind: subject, **result})
    else:
        output.print(metrics_table(evaluated.data, evaluated.metrics))


def _run_or_model(subject: str, settings: ModelSettings) -> tuple[str, Path]:
    from training.runs import RunFolder

    try:
        return "model", _model_path(subject, settings)
    except ModelNotFound as not_a_model:
        try:
            return "run", RunFolder.open(subject).path
        except InvalidSetting:
            raise ModelNotFound(f"no run and no model {subject!r}; {not_a_model}") from None


def _model_path(reference: str, settings: ModelSettings) -> Path:
    """A model's directory, by name or by path."""
    path = Path(reference)
    if (path / "saved_model.pb").is_file():
        return path
    return ModelRepository(settings.zoo).resolve(reference)


@app.command()
def export(
    run: RunArgument,
    name: Annotated[str | None, typer.Option(help="The model's name; else the recipe's.")] = None,
    zoo: ZooOption = None,
    as_json: JsonOption = False,
) -> None:
    """Export a run as a SavedModel, checked in every runtime, to models/zoo/NAME/VERSION."""
    from training.backend import start_keras
    from training.runs import RunFolder

    folder = RunFolder.open(run)
    folder.read_json("metrics")  # an unfinished run is told before Keras starts
    settings = ModelSettings.read(zoo=zoo)
    with messages.status("starting Keras"):
        start_keras("tensorflow")
    from training.export import export_run

    with messages.status("exporting, and checking the answers in every runtime"):
        path = export_run(folder, settings.zoo, name)
    if as_json:
        print_json({"model": path.parent.name, "version": int(path.name), "path": str(path)})
    else:
        output.print(f"model   {path.parent.name} version {path.name}\npath    {path}")
        output.print("next    okazu serve")


@app.command()
def verify(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="NAME, NAME:VERSION or a path.")],
    zoo: ZooOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a model's files, its program and its answers in every runtime."""
    from models.verification import failures, verify_model

    settings = ModelSettings.read(zoo=zoo)
    path = _model_path(model, settings)
    with messages.status("verifying"):
        checks = verify_model(path, settings)
    problems = failures(checks)
    if as_json:
        rows = [vars(check) for check in checks]
        print_json({"model": model, "path": str(path), "sound": not problems, "checks": rows})
    else:
        table = make_table("check", "outcome", "detail")
        for check in checks:
            table.add_row(check.name, check.outcome, check.detail)
        output.print(table)
    if problems:
        fail(f"{model} is damaged: {'; '.join(problems)}", 2)


@app.command()
def predict(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="NAME, NAME:VERSION or a path.")],
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Images or folders.")],
    top_k: Annotated[int, typer.Option(min=1, help="How many labels for each.")] = 3,
    zoo: ZooOption = None,
    runtime: RuntimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Classify image files offline, in batches."""
    from models.loading import load_model
    from training.predict import find_inputs, predict_images

    settings = ModelSettings.read(zoo=zoo, runtime=runtime)
    files = find_inputs(inputs)
    loaded = load_model(_model_path(model, settings), settings)
    results, unreadable = [], 0
    for result in predict_images(loaded, files, top_k=top_k, max_pixels=settings.max_image_pixels):
        if as_json:
            results.append(result)
        elif "predictions" in result:
            labels = ", ".join(f"{p['label']} {p['score']:.1%}" for p in result["predictions"])
            output.print(f"{result['input']}: {labels}", markup=False)
        if "error" in result:
            unreadable += 1
            print(f"okazu: {result['input']}: {result['error']}", file=sys.stderr)
    if as_json:
        card = loaded.card
        print_json({"model": card.name, "version": card.version, "results": results})
    if unreadable:
        fail(f"{unreadable} of {len(files)} inputs could not be read", 2)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def serve(context: typer.Context) -> None:
    """Serve the models over HTTP, with a web page; see `okazu serve --help`."""
    # The service is another room: it is started, not imported.
    os.execv(sys.executable, [sys.executable, "-m", "service", *context.args])
