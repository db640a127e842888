"""`okazu evaluate`: what a run or an exported model is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from models.errors import InvalidSetting, ModelNotFound
from models.settings import ModelSettings
from training.cli.console import (
    metrics_table,
    output,
    print_json,
    start_training,
    tell,
)
from training.cli.options import (
    JsonOption,
    LabelColumnOption,
    RuntimeOption,
    TextColumnOption,
    ZooOption,
    model_path,
    read_settings,
)
from training.tasks.image_classification.recipe import TestTimeAugmentation

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
