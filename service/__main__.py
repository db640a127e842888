"""`python -m service`, which is `okazu serve`: every setting is an option of the same name."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from pydantic.fields import FieldInfo

from models.artifact.catalog import FoundModel, ModelCatalog
from models.card import ModelCard, read_card
from models.errors import InvalidSetting, ModelDamaged, OkazuError
from service.arguments import Parser, expect_zoo
from service.serving.by_card import rival_defaults
from service.settings import ServiceSettings

_START = time.monotonic()
_DESCRIPTION = "Serves the models of the repository over HTTP, until Ctrl-C."
_EPILOGUE = """Stronger than the environment (OKAZU_PORT=3000 for --port 3000), which is stronger
than the file okazu.toml (port = 3000)."""


def _add_option(parser: argparse.ArgumentParser, name: str, field: FieldInfo) -> None:
    """Makes an option of a setting; its value is checked where settings are."""
    flag = f"--{name.replace('_', '-')}"
    default = field.default if field.default != () else "all" if name == "models" else "none"
    help_text = f"{field.description} (default: {default})".replace("%", "%%")
    if field.annotation is bool:
        action = argparse.BooleanOptionalAction
        parser.add_argument(flag, action=action, default=None, help=help_text)
    elif name in ("models", "default_models"):
        parser.add_argument(
            flag.removesuffix("s"),
            dest=name,
            action="append",
            metavar="NAME[:VERSION]",
            help=help_text,
        )
    else:
        metavar = getattr(field.annotation, "__name__", "name").upper()
        parser.add_argument(flag, dest=name, metavar=metavar, help=help_text)


def parser() -> argparse.ArgumentParser:
    """The command line, made from the settings."""
    made = Parser("okazu serve", description=_DESCRIPTION, epilog=_EPILOGUE, allow_abbrev=False)
    for name, field in ServiceSettings.model_fields.items():
        _add_option(made, name, field)
    return made


def check_models(settings: ServiceSettings) -> None:
    """Makes sure that there is something to serve, and that the defaults are among it.

    Raises:
        InvalidSetting: The repository is empty, a default model is none that is served, or two
            are for one purpose.
        ModelNotFound: A model was asked for that is not there.
    """
    catalog = ModelCatalog.of(settings)
    if not catalog.names():
        raise InvalidSetting(
            f"expected a model {catalog.where}, found none; make one with okazu train and okazu"
            " export, or name another folder with --zoo"
        )
    models = [catalog.find(name) for name in settings.models] or _readable(catalog)
    served = {model.reference: model.path for model in models}
    names = {model.name: model.path for model in models}
    defaults: list[tuple[str, ModelCard]] = []
    for default in settings.default_models:
        path = (served | names).get(default.replace("/", ":"))
        if path is None:
            raise InvalidSetting(
                f"default_models: expected models that are served ({', '.join(served)}),"
                f" received {default!r}"
            )
        with contextlib.suppress(ModelDamaged):  # it will be refused by name
            defaults.append((default, read_card(path)))
    if rivals := rival_defaults(defaults):
        raise InvalidSetting(f"default_models: {rivals}")


def _readable(catalog: ModelCatalog) -> list[FoundModel]:
    """The newest version of every model; the registry tells which cannot be read."""
    found = []
    for name in catalog.names():
        with contextlib.suppress(ModelDamaged):
            found.append(catalog.find(name))
    return found


def _stop(signal_number: int, frame: object) -> NoReturn:
    del signal_number, frame
    sys.exit(0)


def main(arguments: Sequence[str]) -> int:
    """Runs the command line; 0 for a clean end, 2 for a mistake of the user."""
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, _stop)
    try:
        options = parser().parse_args(arguments)
        settings = ServiceSettings.read(**vars(options))
        expect_zoo(options.zoo)
        check_models(settings)
        # BentoML and uvicorn take a second to import; a mistake is told before that.
        from service.server import run_server

        run_server(settings, _START)
    except OkazuError as error:
        print(f"okazu serve: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
