"""From an HTTP request to rows of a table: `POST /predict`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from service.http.errors import EmptyInput, MalformedRequest, TooManyRows
from service.http.json_requests import read_json, take_field
from service.http.options import Options


@dataclass(slots=True)
class TableRequest:
    """Rows and what is asked about them.

    Attributes:
        rows: At least one, as they were sent; the model's columns tell what they must be.
        options: The model.
    """

    rows: list[Any]
    options: Options


async def read_table_request(request: Request, max_rows: int) -> TableRequest:
    """Reads `POST /predict`.

    Raises:
        MalformedRequest: It cannot be understood.
        EmptyInput: There is no row in it.
        TooManyRows: There are more rows than `max_rows`.
        UnsupportedMedia: It is a pickle.
    """
    take = functools.partial(_take_rows, most=max_rows)
    return TableRequest(*await read_json(request, take, max_rows))


def _take_rows(content: dict[str, Any], *, most: int) -> list[Any]:
    rows = take_field(content, "rows", "a list of objects")
    if not isinstance(rows, list):
        kind = type(rows).__name__
        raise MalformedRequest(f'JSON field "rows": expected a list of objects, received {kind}')
    if not rows:
        raise EmptyInput("expected at least one row, received none")
    if len(rows) > most:
        raise TooManyRows(f"expected at most {most} rows, received {len(rows)}")
    return rows
