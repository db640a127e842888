"""`okazu evaluate | export | verify | predict | serve | bento`: what becomes of a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.artifact.repository import ModelRepository
from models.card import read_card
from models.environment.processes import python_command
from models.errors import InvalidSetting, ModelNotFound
from models.settings import ModelSettings
from training.cli.console import (
    fail,
    make_table,
    metrics_table,
    output,
    print_json,
    print_line,
    start_training,
    tell,
)
from training.cli.options import (
    JsonOption,
    LabelColumnOption,
    RunArgument,
    RuntimeOption,
    TextColumnOption,
    ZooOption,
    model_path,
    read_settings,
)
from training.data.messages import messages
from training.tasks.image_classification.recipe import TestTimeAugmentation

if TYPE_CHECKING:
    from models.artifact.loading import LoadedModel
    from training.contract.files import Options, TaskFiles
    from training.jobs.predict import Failures

app = typer.Typer()


@app.command()
def evaluate(
    subject: Annotated[str, typer.Argument(metavar="RUN|MODEL", help="A run, or a model's name.")],
    data: Annotated[
        Path | None,
        typer.Option(
            help="A folder with a sub-folder of images for each label, or a CSV, TSV or JSONL file"
            " of rows, texts or sentence pairs."
        ),
    ] = None,
    text_column: TextColumnOption = None,
    label_column: LabelColumnOption = None,
    test_time_augmentation: Annotated[
        TestTimeAugmentation, typer.Option(help="Measure the mean over these views of images too.")
    ] = "none",
    zoo: ZooOption = None,
    runtime: RuntimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a run or an exported model, on its own test part or on your data."""
    from training.contract.files import Columns

    columns = Columns(text_column, label_column)
    if data is None and columns != Columns():
        raise InvalidSetting("--text-column, --label-column: expected --data with them")
    settings = read_settings(zoo, runtime)
    kind, reference = _run_or_model(subject, settings)
    if kind == "run":
        start_training()
        from training.jobs.evaluate import evaluate_run
        from training.run.folder import RunFolder

        folder = RunFolder(reference)
        evaluated = evaluate_run(folder, settings, data, test_time_augmentation, columns)
    else:
        from training.jobs.evaluate import evaluate_model

        evaluated = evaluate_model(reference, settings, data, test_time_augmentation, columns)
    if as_json:
        told = {"data": evaluated.data, "metrics": evaluated.metrics}
        if evaluated.signatures:
            told["signatures"] = evaluated.signatures
        print_json({kind: subject, **told})
    else:
        output.print(metrics_table(evaluated.data, evaluated.metrics))
        for name, signature in evaluated.signatures.items():
            output.print(f"{name}  {signature}", markup=False)


def _run_or_model(subject: str, settings: ModelSettings) -> tuple[str, Path]:
    from training.run.choice import finished_run

    try:
        return "model", model_path(subject, settings)
    except ModelNotFound as not_a_model:
        try:
            return "run", finished_run(subject, tell).path
        except InvalidSetting:
            raise ModelNotFound(f"no run and no model {subject!r}; {not_a_model}") from None


@app.command()
def export(
    run: RunArgument,
    name: Annotated[str | None, typer.Option(help="The model's name; else the recipe's.")] = None,
    zoo: ZooOption = None,
    as_json: JsonOption = False,
) -> None:
    """Export a run as a SavedModel, checked in every runtime, to zoo/NAME/VERSION."""
    from training.fitting.backend import start_keras
    from training.run.choice import finished_run
    from training.run.records import Summary

    folder = finished_run(run, tell)
    folder.read(Summary)  # an unfinished run is told before Keras starts
    settings = ModelSettings.read(zoo=zoo)
    ModelRepository(settings.zoo).names()  # so is a zoo that can hold no model
    with messages.status("starting Keras"):
        start_keras("tensorflow")
    from training.jobs.export import export_run

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
    from models.artifact.verification import failures, verify_model

    settings = read_settings(zoo)
    path = model_path(model, settings)
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
        list[Path],
        typer.Argument(metavar="INPUT...", help="Images, folders, or CSV, TSV, JSONL, text files."),
    ],
    top_k: Annotated[int, typer.Option(min=1, help="How many labels for each image.")] = 3,
    text_column: TextColumnOption = None,
    output_file: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE.csv", help="Write a CSV file; goes on if cut short."
        ),
    ] = None,
    escape_formulas: Annotated[
        bool,
        typer.Option(
            help="Put an apostrophe before texts in --output that a spreadsheet would run, such as"
            " =1+1."
        ),
    ] = True,
    zoo: ZooOption = None,
    runtime: RuntimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer for files offline, in batches: images, the rows of a table, or texts.

    A translator's answer to one .txt file is plain lines, the translations and nothing else.
    """
    from models.artifact.loading import load_model
    from training.contract.files import Columns, Options
    from training.jobs.predict import Failures
    from training.tasks import files_of

    if output_file and as_json:
        raise InvalidSetting("expected --output or --json, received both")
    if not (output_file or escape_formulas):
        raise InvalidSetting("--no-escape-formulas: expected --output with it")
    settings = read_settings(zoo, runtime)
    path = model_path(model, settings)
    card = read_card(path)
    columns = Columns(text_column)
    task_files = files_of(card.task)
    task_files.expect_columns(columns)
    files = task_files.find_inputs(inputs)
    loaded = load_model(path, settings)
    usual = Columns.of_recipe(card.recipe)
    options = Options(settings, top_k, columns, usual, escape_formulas)
    if output_file:
        failures = _predict_to_file(output_file, path, loaded, task_files, files, options)
    else:
        failures = Failures()
        predictions = failures.told(task_files.predict(loaded, files, options))
        if as_json:
            results = [prediction.content for prediction in predictions]
            print_json({"model": card.name, "version": card.version, "results": results})
        else:
            for prediction in predictions:
                if not prediction.error:
                    print_line(prediction.line)
    if failures.count:
        fail(f"{failures.count} of {failures.total} inputs could not be read", 2)


def _predict_to_file(
    output_file: Path,
    path: Path,
    loaded: LoadedModel,
    task_files: TaskFiles,
    files: list[Path],
    options: Options,
) -> Failures:
    from training.cli.prediction_progress import Pace
    from training.jobs.predict import describe_job, failures_of_file, write_rows
    from training.jobs.resumable_csv import partial_csv

    with messages.status("looking through the files"):
        plan = task_files.plan(loaded.card, files, options)
    job = describe_job(path, loaded, files, options, plan)
    escape = options.escape_formulas
    with partial_csv(output_file, plan.columns, job, escape_formulas=escape) as partial:
        pace = Pace(task_files.noun, plan.total, partial.rows)
        failures = failures_of_file(partial)
        predictions = task_files.predict(loaded, files, options, partial.rows)
        write_rows(partial, plan, pace.shown(failures.told(predictions)))
    rows = f"{failures.total:,} rows, {pace.rate:,.0f} a second"
    output.print(f"wrote {output_file}, {rows}", markup=False)
    return failures


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def serve(context: typer.Context) -> None:
    """Serve the models over HTTP, with a web page; see `okazu serve --help`."""
    _become("service", context)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def bento(context: typer.Context) -> None:
    """Pack the service and models into a bento; see `okazu bento --help`."""
    _become("service.bento", context)


def _become(module: str, context: typer.Context) -> None:
    """Replace this process by a command of the service, which is another room: never imported."""
    command = python_command(module, *context.args)
    os.execv(command[0], command)
