"""Predicting from rows of a table, as OpenAPI describes it."""

from __future__ import annotations

from typing import Any

from service.http.openapi_parts import post_json
from service.tasks.tabular.schemas import Predictions, PredictJson

_PASSENGER = {"age": 29, "fare": 7.25, "sex": "female", "deck": None}
_PREDICT = post_json(
    "predict",
    "Predicts a class or a number from rows of a table",
    "Rows as JSON objects, values by the names of the columns that the model's card lists. An"
    " unknown column or category is refused, and so is a value that is missing where none was in"
    " training.",
    ("PredictJson", {"model": "passengers", "rows": [_PASSENGER]}),
    "an answer for each row: a label with the scores of all, or a number",
    (
        "Predictions",
        {
            "model": "passengers",
            "version": 1,
            "target": "survived",
            "results": [{"label": "yes", "score": 0.71, "scores": {"no": 0.29, "yes": 0.71}}],
        },
    ),
)

PATHS: dict[str, Any] = {"/predict": _PREDICT}
SCHEMAS = (
    PredictJson,
    Predictions,
)
