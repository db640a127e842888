"""`okazu evaluate | export | verify | predict | serve`: what becomes of a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from models.card import read_card
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
from training.recipe import TestTimeAugmentation

app = typer.Typer()


@app.command()
def evaluate(
    subject: Annotated[str, typer.Argument(metavar="RUN|MODEL", help="A run, or a model's name.")],
    data: Annotated[
        Path | None,
        typer.Option(help="A folder with a sub-folder of images for each label, or a CSV file."),
    ] = None,
    test_time_augmentation: Annotated[
        TestTimeAugmentation, typer.Option(help="Measure the mean over these views of images too.")
    ] = "none",
    zoo: ZooOption = None,
    runtime: RuntimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a run or an exported model, on its own test part or on your data."""
    settings = ModelSettings.read(zoo=zoo, runtime=runtime)
    kind, reference = _run_or_model(subject, settings)
    if kind == "run":
        start_training()
        from training.evaluate import evaluate_run
        from training.runs import RunFolder

        evaluated = evaluate_run(RunFolder(reference), settings, data, test_time_augmentation)
    else:
        from training.evaluate import evaluate_model

        evaluated = evaluate_model(reference, settings, data, test_time_augmentation)
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
    from training.records import Summary
    from training.runs import RunFolder

    folder = RunFolder.open(run)
    folder.read(Summary)  # an unfinished run is told before Keras starts
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
    inputs: Annotated[
        list[Path], typer.Argument(metavar="INPUT...", help="Images, folders, or CSV files.")
    ],
    top_k: Annotated[int, typer.Option(min=1, help="How many labels for each image.")] = 3,
    output_file: Annotated[
        Path | None, typer.Option("--output", metavar="FILE.csv", help="Write a CSV file.")
    ] = None,
    zoo: ZooOption = None,
    runtime: RuntimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer for files offline, in batches: images, or the rows of a table."""
    from models.loading import load_model
    from training.offline import offline_of
    from training.predictions import Failures, counted, write_csv

    if output_file and as_json:
        raise InvalidSetting("expected --output or --json, received both")
    settings = ModelSettings.read(zoo=zoo, runtime=runtime)
    path = _model_path(model, settings)
    offline = offline_of(read_card(path).task)
    files = offline.find_inputs(inputs)
    loaded = load_model(path, settings)
    card = loaded.card
    failures = Failures()
    predictions = failures.told(offline.predict(loaded, files, top_k=top_k, settings=settings))
    if output_file:
        with messages.status("predicting") as status:
            shown = counted(predictions, lambda count: status.update(f"{count:,} predicted"))
            count = write_csv(output_file, offline.columns(card, files), shown)
        output.print(f"wrote {output_file}, {count:,} rows", markup=False)
    elif as_json:
        results = [prediction.content for prediction in predictions]
        print_json({"model": card.name, "version": card.version, "results": results})
    else:
        for prediction in predictions:
            if not prediction.error:
                output.print(prediction.line, markup=False)
    if failures.count:
        fail(f"{failures.count} of {failures.total} inputs could not be read", 2)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def serve(context: typer.Context) -> None:
    """Serve the models over HTTP, with a web page; see `okazu serve --help`."""
    # The service is another room: it is started, not imported.
    os.execv(sys.executable, [sys.executable, "-m", "service", *context.args])
