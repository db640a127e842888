"""`okazu export | verify`: a run becomes a model that can be served; what can be wrong with one."""

from __future__ import annotations

from typing import Annotated

import typer

from models.artifact.repository import ModelRepository
from models.settings import ModelSettings
from training.cli.console import (
    fail,
    make_table,
    output,
    print_json,
    tell,
)
from training.cli.options import (
    JsonOption,
    RunArgument,
    ZooOption,
    model_path,
    read_settings,
)
from training.data.messages import messages

app = typer.Typer()


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
