"""JSONL files: an object on each line, read one by one; what is wrong is told with its line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.errors import InvalidSetting
from training.data.files.utf8 import opened_text

ENDINGS = (".jsonl", ".ndjson")
LONGEST_LINE = 1 << 24  # characters


class JsonLines:
    """A file with an object on each line; UTF-8, by its name gzipped. Blank lines are ignored.

    Args:
        path: Of the file.

    Attributes:
        path: The same.
        header: The keys of the first object.

    Raises:
        InvalidSetting: There is no such file, or its first line is no object.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        first = next(self.objects(), None)
        if first is None:
            raise InvalidSetting(f"{path}: expected an object on each line, the file is empty")
        self.header = list(first[1])

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each object, after the number of its line.

        Raises:
            InvalidSetting: A line is no object, or the file is damaged; the message says where.
        """
        with opened_text(self.path) as file:
            number = 0
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise InvalidSetting(
                        f"{self.path}: line {number:,}: expected at most {LONGEST_LINE:,}"
                        " characters; expected an object on each line"
                    )
                if line.strip():
                    yield number, self._parse(line, number)

    def _parse(self, line: str, number: int) -> dict[str, Any]:
        problem = "expected an object, {...}, on each line"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            # A number of too many digits is a ValueError too; too deep a value a RecursionError.
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be read"
            raise InvalidSetting(
                f"{self.path}: line {number:,}: {problem}; received {line.strip()[:40]!r}"
                f" ({reason})"
            ) from None
        if not isinstance(value, dict):
            raise InvalidSetting(
                f"{self.path}: line {number:,}: {problem}; received {line.strip()[:40]!r}"
            )
        return value
