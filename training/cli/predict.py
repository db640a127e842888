"""`okazu predict`: answers for files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.card import read_card
from models.errors import InvalidSetting
from training.cli.console import (
    fail,
    output,
    print_json,
    print_line,
)
from training.cli.options import (
    JsonOption,
    RuntimeOption,
    TextColumnOption,
    ZooOption,
    model_path,
    read_settings,
)
from training.data.messages import messages

if TYPE_CHECKING:
    from models.artifact.loading import LoadedModel
    from training.contract.files import Options, TaskFiles
    from training.jobs.predict import Failures

app = typer.Typer()


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
