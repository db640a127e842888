"""`okazu serve | bento`: commands of `service`, which is another room and runs as a process."""

from __future__ import annotations

import os

import typer

from models.environment.processes import python_command

app = typer.Typer()


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
