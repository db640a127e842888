"""Arguments and options that several commands share."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from models.artifact.catalog import ModelCatalog
from models.errors import InvalidSetting
from models.settings import ModelSettings, RuntimeChoice

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
    Path | None,
    typer.Option("--zoo", metavar="DIR", help="Folder of your own models (default: zoo)."),
]
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run folder, RECIPE/RUN, or RECIPE for its last.")
]
RuntimeOption = Annotated[
    RuntimeChoice | None, typer.Option("--runtime", help="What runs the model.")
]
TextColumnOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of a file of texts: their column; else 'text'."),
]
LabelColumnOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of a file of texts: the labels' column; else 'label'."),
]


def read_settings(zoo: Path | None, runtime: RuntimeChoice | None = None) -> ModelSettings:
    """Settings of a command that looks for a model by its name.

    Raises:
        InvalidSetting: A value is out of range, or `--zoo` names a folder that is not there; a
            shipped model of the same name must not answer for a typing error.
    """
    if zoo is not None and not os.path.lexists(zoo):
        raise InvalidSetting(f"--zoo: expected a folder of models, there is no {zoo}")
    return ModelSettings.read(zoo=zoo, runtime=runtime)


def model_path(reference: str, settings: ModelSettings) -> Path:
    """A model's directory, by name or by path.

    Raises:
        ModelNotFound: There is no such model or version.
    """
    path = Path(reference)
    if (path / "saved_model.pb").is_file():
        return path
    return ModelCatalog.of(settings).find(reference).path


def parse_input_size(text: str) -> tuple[int, int, int]:
    """Parses `224x224x3` into height, width and channels.

    Raises:
        InvalidSetting: It is no such size.
    """
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})x([13])", text)
    if match is None or "0" in match.groups():
        raise InvalidSetting(f"--input: expected HEIGHTxWIDTHxCHANNELS, received {text!r}")
    height, width, channels = map(int, match.groups())
    return height, width, channels
