"""The command line. Heavy imports happen inside the commands, so that help is quick.

With `--json` standard output holds one JSON object and nothing else; everything for people goes to
standard error. Exit codes: 0 success, 2 a mistake that the user can mend (one line says which),
130 Ctrl-C.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from models.errors import InvalidSetting, ModelNotFound, OkazuError
from models.repository import ModelRepository
from models.settings import ModelSettings, RuntimeChoice
from training.recipe import TunerName

if TYPE_CHECKING:
    from training.jobs import Outcome
    from training.progress import Progress
    from training.tune import TrialReport

app = typer.Typer(
    name="okazu",
    help="Train Keras models, put them in a bento, serve them fast.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
output = Console(highlight=False, soft_wrap=True)
messages = Console(stderr=True, highlight=False)

# Typer brings a click of its own, or not, depending on its version; this names the class in either.
_UsageError: Any = typer.BadParameter.__base__
_MENDABLE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM)

RecipeArgument = Annotated[
    str, typer.Argument(metavar="RECIPE", help="A shipped recipe's name, or a YAML file.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Override a recipe field; may be given again."
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output.")
]
ZooOption = Annotated[
    Path | None, typer.Option("--zoo", metavar="DIR", help="The model repository's folder.")
]
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run folder, RECIPE/RUN, or RECIPE for its newest.")
]
RuntimeOption = Annotated[
    RuntimeChoice | None, typer.Option("--runtime", help="What runs the model.")
]


def main() -> NoReturn:
    """Runs `okazu`; turns errors that a user can mend into one line and exit code 2."""
    try:
        code = app(args=sys.argv[1:] or ["--help"], standalone_mode=False)
    except _UsageError as error:
        _fail(f"{error.format_message().removeprefix('Value error, ')} (see --help)", 2)
    except OkazuError as error:
        _fail(str(error), 2)
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted", 130)
    except OSError as error:
        if error.errno not in _MENDABLE:
            raise
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{os.strerror(error.errno or 0)}", 2)
    sys.exit(code or 0)


def _fail(message: str, code: int) -> NoReturn:
    print(f"okazu: {message}", file=sys.stderr)
    sys.exit(code)


def _print_json(content: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0)
    return table


def _metrics_table(title: str, metrics: Mapping[str, float]) -> Table:
    table = _table("metric", "value", title=title)
    for name, value in metrics.items():
        table.add_row(name, f"{value:.4f}")
    return table


def _start_training() -> Progress:
    from training.backend import start_keras

    with messages.status("starting Keras"):
        start_keras()
    from training.progress import Progress

    return Progress(messages)


@app.command()
def recipes() -> None:
    """List the recipes that come with Okazu."""
    from training.recipes import load_recipe, shipped_recipes

    table = _table("recipe", "task", "data", "architecture", "what it is")
    for name in shipped_recipes():
        recipe = load_recipe(name)
        table.add_row(
            name,
            recipe.task,
            recipe.data.dataset,
            recipe.model.architecture,
            recipe.description,
        )
    output.print(table)


@app.command()
def datasets() -> None:
    """List the data sets that recipes can name."""
    from training.datasets import DATASETS
    from training.datasets.homes import local_copy

    table = _table("data set", "task", "what it is", "licence", "needs a download")
    for name, info in DATASETS.items():
        here = local_copy(name)
        needs = "no" if info.offline else f"no, in {here}" if here else f"yes, {info.home}"
        table.add_row(name, info.task, info.description, info.licence, needs)
    output.print(table)


@app.command()
def models(zoo: ZooOption = None, as_json: JsonOption = False) -> None:
    """List the exported models."""
    from training.listing import list_models

    repository = ModelRepository(ModelSettings.read(zoo=zoo).zoo)
    rows = list_models(repository)
    if as_json:
        _print_json({"models": rows})
        return
    table = _table("model", "versions", "accuracy", "parameters", "what it is")
    for row in rows:
        accuracy = row.get("accuracy")
        table.add_row(
            row["name"],
            ", ".join(map(str, row["versions"])),
            "" if accuracy is None else f"{accuracy:.2%}",
            f"{row['parameters']:,}" if "parameters" in row else "",
            row.get("description") or f"damaged: {row['problem']}",
        )
    output.print(table if rows else f"no models in {repository.root} yet; see `okazu export`")


@app.command()
def train(recipe: RecipeArgument, set_: SetOption = None, as_json: JsonOption = False) -> None:
    """Train a recipe; leaves a run folder below runs/."""
    from training.recipes import load_recipe, parse_overrides

    loaded = load_recipe(recipe, parse_overrides(set_ or []))
    progress = _start_training()
    from training import jobs

    _tell(jobs.train(loaded, progress), as_json)


@app.command()
def resume(run: RunArgument, as_json: JsonOption = False) -> None:
    """Go on with an interrupted run, exactly where it was."""
    from training.runs import RunFolder

    folder = RunFolder.open(run)
    folder.recipe()  # a broken recipe is told before Keras starts
    progress = _start_training()
    from training import jobs

    _tell(jobs.resume(folder, progress), as_json)


def _tell(outcome: Outcome, as_json: bool) -> None:
    path = outcome.folder.path
    if as_json:
        _print_json({"run": str(path), "metrics": outcome.metrics})
    else:
        output.print(_metrics_table("test part", outcome.metrics))
        output.print(f"run     {path}\nreport  {outcome.folder.report}")
    if outcome.interrupted:
        _fail(f"interrupted; what there is was saved, `okazu resume {path}` goes on", 130)
    if not as_json:
        output.print(f"next    okazu export {path}")


@app.command()
def tune(
    recipe: RecipeArgument,
    trials: Annotated[int, typer.Option(min=1, max=100_000, help="Trials in all.")] = 20,
    tuner: Annotated[TunerName, typer.Option(help="The search algorithm.")] = "hyperband",
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search a recipe's hyperparameters; the same command goes on after Ctrl-C."""
    from training.recipes import load_recipe, parse_overrides

    loaded = load_recipe(recipe, parse_overrides(set_ or []))
    progress = _start_training()
    from training.tune import search

    found = search(loaded, tuner=tuner, trials=trials, progress=progress, show=_show_trial)
    if as_json:
        best = {"recipe": str(found.recipe_file), "metrics": found.metrics}
        content = {"search": str(found.directory), "best": best, "trials": found.trials}
        _print_json(content)
    else:
        output.print(_metrics_table(f"best of {found.trials} trials", found.metrics))
        output.print(f"search  {found.directory}\nnext    okazu train {found.recipe_file}")
    if found.interrupted:
        _fail(f"interrupted after {found.trials} trials; the same command goes on", 130)


def _show_trial(trial: TrialReport) -> None:
    values = "  ".join(f"{path}={_short(value)}" for path, value in trial.values.items())
    if trial.failure:
        result = f"failed: {trial.failure}"
    else:
        result = "  ".join(
            f"{name} {trial.metrics[name]:.4f}" for name in ("val_accuracy", "val_loss")
        )
    line = f"trial {trial.number:>3}  {trial.epochs:>3} epochs  {result}  {values}"
    messages.print(line, soft_wrap=True, markup=False)


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


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
        _start_training()
        from training.evaluate import evaluate_run
        from training.runs import RunFolder

        evaluated = evaluate_run(RunFolder(reference), settings, data)
    else:
        from training.evaluate import evaluate_model

        evaluated = evaluate_model(reference, settings, data)
    if as_json:
        result = {"data": evaluated.data, "metrics": evaluated.metrics}
        _print_json({kind: subject, **result})
    else:
        output.print(_metrics_table(evaluated.data, evaluated.metrics))


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
        _print_json({"model": path.parent.name, "version": int(path.name), "path": str(path)})
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
        _print_json({"model": model, "path": str(path), "sound": not problems, "checks": rows})
    else:
        table = _table("check", "outcome", "detail")
        for check in checks:
            table.add_row(check.name, check.outcome, check.detail)
        output.print(table)
    if problems:
        _fail(f"{model} is damaged: {'; '.join(problems)}", 2)


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
        _print_json({"model": card.name, "version": card.version, "results": results})
    if unreadable:
        _fail(f"{unreadable} of {len(files)} inputs could not be read", 2)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def serve(context: typer.Context) -> None:
    """Serve the models over HTTP, with a web page; see `okazu serve --help`."""
    # The service is another room: it is started, not imported.
    os.execv(sys.executable, [sys.executable, "-m", "service", *context.args])
