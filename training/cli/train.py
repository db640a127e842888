"""`okazu train | resume | report | tune`: from a recipe to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from training.cli.console import fail, metrics_table, output, print_json, start_training, tell
from training.cli.options import JsonOption, RecipeArgument, RunArgument, SetOption
from training.data.messages import messages
from training.fitting.interrupts import Interrupted
from training.recipe import TunerName

if TYPE_CHECKING:
    from training.jobs.train import Outcome
    from training.jobs.trials import TrialReport

app = typer.Typer()


@app.command()
def train(recipe: RecipeArgument, set_: SetOption = None, as_json: JsonOption = False) -> None:
    """Train a recipe; leaves a run folder below runs/."""
    from training.recipe.loading import load_recipe, parse_overrides

    loaded = load_recipe(recipe, parse_overrides(set_ or []))
    progress = start_training()
    from training.jobs import train as jobs

    _tell(jobs.train(loaded, progress), as_json)


@app.command()
def resume(run: RunArgument, as_json: JsonOption = False) -> None:
    """Go on with an interrupted run, exactly where it was; of a RECIPE's the last unfinished."""
    from training.run.choice import unfinished_run

    folder = unfinished_run(run, tell)
    folder.recipe()  # a broken recipe is told before Keras starts
    progress = start_training()
    from training.jobs import train as jobs

    _tell(jobs.resume(folder, progress), as_json)


@app.command()
def report(run: RunArgument) -> None:
    """Write a finished run's report.html anew; as training does at its end."""
    from training.run.choice import finished_run
    from training.run.records import Summary

    folder = finished_run(run, tell)
    folder.read(Summary)  # an unfinished run is told before Keras starts
    start_training()
    from training.jobs import train as jobs

    jobs.report(folder)
    output.print(f"wrote {folder.report}")


def _tell(outcome: Outcome, as_json: bool) -> None:
    path = outcome.folder.path
    if as_json:
        print_json({"run": str(path), "metrics": outcome.metrics})
    else:
        output.print(metrics_table("test part", outcome.metrics))
        output.print(f"run     {path}\nreport  {outcome.folder.report}")
    if outcome.interrupted:
        fail(f"interrupted; what there is was saved, `okazu resume {path}` goes on", 130)
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
    from training.recipe.loading import load_recipe, parse_overrides

    loaded = load_recipe(recipe, parse_overrides(set_ or []))
    try:
        progress = start_training()
        from training.jobs.tune import search

        found = search(loaded, tuner=tuner, trials=trials, progress=progress, show=_show_trial)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; the same command goes on") from None
    if as_json:
        best = {"recipe": str(found.recipe_file), "metrics": found.metrics}
        content = {"search": str(found.directory), "best": best, "trials": found.trials}
        print_json(content)
    else:
        output.print(metrics_table(f"best of {found.trials} trials", found.metrics))
        output.print(f"search  {found.directory}\nnext    okazu train {found.recipe_file}")
    if found.interrupted:
        fail(f"interrupted after {found.trials} trials; the same command goes on", 130)


def _show_trial(trial: TrialReport) -> None:
    values = "  ".join(f"{path}={_short(value)}" for path, value in trial.values.items())
    if trial.failure:
        result = f"failed: {trial.failure}"
    else:
        validation = {n: value for n, value in trial.metrics.items() if n.startswith("val_")}
        result = "  ".join(f"{name} {value:.4f}" for name, value in validation.items())
    line = f"trial {trial.number:>3}  {trial.epochs:>3} epochs  {result}  {values}"
    messages.print(line, soft_wrap=True, markup=False)


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
