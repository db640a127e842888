"""`okazu`: the commands put together, and what becomes of their errors.

With `--json` standard output holds one JSON object and nothing else; everything for people goes to
standard error. Exit codes: 0 success, 2 a mistake that the user can mend (one line says which),
130 Ctrl-C. Heavy imports happen inside the commands, so that help is quick.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import typer

from models.environment.extras import PackageMissing, missing_package
from models.environment.processes import keep_working_directory_off_path
from models.errors import OkazuError
from training.cli import evaluate, export, lists, predict, serve, train, translate
from training.cli.console import fail
from training.fitting.interrupts import Interrupted

app = typer.Typer(
    name="okazu",
    help="Train Keras models, put them in a bento, serve them fast.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
for commands in (lists, train, evaluate, export, predict, serve, translate):
    app.add_typer(commands.app)

# Typer brings a click of its own, or not, depending on its version; this names the class in either.
_UsageError: Any = typer.BadParameter.__base__
_LONGEST_PATH = 200


def main() -> NoReturn:
    """Runs `okazu`; turns errors that a user can mend into one line and exit code 2."""
    keep_working_directory_off_path()
    try:
        code = app(args=sys.argv[1:] or ["--help"], standalone_mode=False)
        _flush_output()  # what cannot be written is told here, not at the very end
    except _UsageError as error:
        fail(f"{error.format_message().replace('Value error, ', '')} (see --help)", 2)
    except Interrupted as error:
        fail(str(error), 130)
    except PackageMissing as error:
        _fail_for_want_of(error)
    except ImportError as error:
        if missing := missing_package(error):
            _fail_for_want_of(missing)
        raise  # a broken installation: the traceback says where
    except OkazuError as error:
        fail(str(error), 2)
    except (KeyboardInterrupt, typer.Abort):
        fail("interrupted", 130)
    except OSError as error:
        if error.errno is None:
            raise
        try:
            _flush_output()
        except OSError:
            _discard_output()
        where = f"{str(error.filename)[:_LONGEST_PATH]}: " if error.filename else ""
        fail(f"{where}{os.strerror(error.errno)}", 2)
    sys.exit(code or 0)


def _fail_for_want_of(package: PackageMissing) -> NoReturn:
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    print(f"okazu {command} needs {package}", file=sys.stderr)
    sys.exit(2)


def _flush_output() -> None:
    if sys.stdout:
        sys.stdout.flush()


def _discard_output() -> None:
    """Lets Python end without trying to write, once more, what cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
