"""`python -m service.bento`, which is `okazu bento`: the service and models become a bento.

It needs no project folder: the code is that of the installed package, the models are those that
`okazu models` lists. All is built in a scratch folder and put in its place by one rename, so a
command that fails or is interrupted leaves nothing behind.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from models.artifact.catalog import FoundModel, ModelCatalog
from models.artifact.loading import check_contents
from models.errors import InvalidSetting, OkazuError
from models.settings import ModelSettings
from service.arguments import Parser, expect_zoo
from service.bento.packing import Archive, BentoStore, Destination, Folder, pack, reason_of

_DESCRIPTION = "Builds a bento of the service and models; it serves these and no others."
_ARCHIVES = (".bento", ".tar", ".gz", ".xz", ".bz2", ".zip")


def parser() -> Parser:
    """The command line."""
    made = Parser("okazu bento", description=_DESCRIPTION, allow_abbrev=False)
    made.add_argument(
        "--model",
        dest="models",
        action="append",
        metavar="NAME[:VERSION]",
        help="a model to put in, may be given again (default: the newest version of every model"
        " that `okazu models` lists)",
    )
    made.add_argument(
        "--output",
        type=Path,
        metavar="PATH",
        help="write the bento there, as a folder, or as an archive where PATH ends in one of"
        f" {' '.join(_ARCHIVES)} (default: into BentoML's store)",
    )
    made.add_argument("--zoo", metavar="DIR", help="folder of your own models (default: zoo)")
    made.add_argument(
        "--no-shipped-models",
        dest="shipped_models",
        action="store_false",
        default=None,
        help="leave out the models that come with Okazu",
    )
    made.add_argument("--json", action="store_true", help="print one JSON object")
    return made


def chosen_models(catalog: ModelCatalog, references: Sequence[str]) -> list[FoundModel]:
    """The models that are named, each once, or the newest version of every one.

    Raises:
        InvalidSetting: There is no model at all.
        ModelNotFound: One that is named is not there.
        ModelDamaged: The files of one are not those that were exported.
    """
    found = [catalog.find(reference) for reference in references or catalog.names()]
    if not found:
        raise InvalidSetting(f"expected a model {catalog.where}, found none; see `okazu export`")
    chosen = list({model.reference: model for model in found}.values())
    for model in chosen:
        check_contents(model.path)
    return chosen


def _destination(output: Path | None) -> Destination:
    if output is None:
        return BentoStore()
    return Archive(output) if output.suffix in _ARCHIVES else Folder(output)


def _stop(signal_number: int, frame: object) -> NoReturn:
    del frame
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, signal.SIG_IGN)  # what was begun is cleared away undisturbed
    if signal_number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + signal_number)


def _print(content: dict[str, Any], next_step: str) -> None:
    models = ", ".join(f"{model['name']}:{model['version']}" for model in content["models"])
    print(f"bento   {content['bento']}\npath    {content['path']}\nmodels  {models}")
    print(f"next    {next_step}")


def _run(arguments: Sequence[str]) -> None:
    options = parser().parse_args(arguments)
    settings = ModelSettings.read(zoo=options.zoo, shipped_models=options.shipped_models)
    expect_zoo(options.zoo)
    models = chosen_models(ModelCatalog.of(settings), options.models or ())
    destination = _destination(options.output)
    tag, path = pack(models, destination)
    content = {
        "bento": tag,
        "path": str(path),
        "models": [{"name": m.name, "version": m.version, "zoo": m.zoo} for m in models],
    }
    if options.json:
        print(json.dumps(content, ensure_ascii=False), flush=True)
    else:
        _print(content, destination.next_step(tag, path))


def main(arguments: Sequence[str]) -> int:
    """Runs the command line; 0 for a bento, 2 for a mistake of the user, 130 after Ctrl-C."""
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, _stop)
    try:
        _run(arguments)
    except OkazuError as error:
        print(f"okazu bento: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"okazu bento: {reason_of(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("okazu bento: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
