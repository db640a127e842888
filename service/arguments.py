"""What the command lines of this room share."""

from __future__ import annotations

import argparse
import os
from typing import NoReturn

from models.errors import InvalidSetting


class Parser(argparse.ArgumentParser):
    """Tells a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        raise InvalidSetting(f"{message}; {self.prog} --help lists the options")


def expect_zoo(given: str | None) -> None:
    """Refuses a `--zoo` that is not there: shipped models must not answer for a typing error.

    Raises:
        InvalidSetting: There is no such folder.
    """
    if given is not None and not os.path.lexists(given):
        raise InvalidSetting(f"--zoo: expected a folder of models, there is no {given}")
