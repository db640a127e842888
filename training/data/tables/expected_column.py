"""Columns that somebody names must be there."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from models.errors import InvalidSetting


def expect_column(name: str, columns: Collection[str], field: str) -> None:
    """Refuses a column that is not there.

    Raises:
        InvalidSetting: With the columns that are.
    """
    if name in columns:
        return
    near = difflib.get_close_matches(name, columns, 1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    known = ", ".join(columns)
    raise InvalidSetting(f"{field}: there is no column {name!r}; {meant}there are: {known}")
