"""Labelling texts, as OpenAPI describes it."""

from __future__ import annotations

from typing import Any

from service.http.openapi_parts import post_json
from service.tasks.text_classification.schemas import TextJson, TextLabels

_TEXTS = (
    "One text or a list. Of a text with more words than the model reads the first and the last"
    " are read, and its answer says `truncated`."
)
_LABELS = "an answer for each text, also for one: its label with the scores of all"
_SENTIMENT = post_json(
    "sentiment",
    "Says whether texts are negative or positive",
    f"{_TEXTS} Any model answers whose labels are these two.",
    ("TextJson", {"text": ["Not bad at all!", "Never again."]}),
    _LABELS,
    (
        "TextLabels",
        {
            "model": "reviews",
            "version": 1,
            "results": [
                {
                    "label": label,
                    "score": 0.97,
                    "scores": {"negative": negative, "positive": positive},
                    "truncated": False,
                }
                for label, negative, positive in [
                    ("positive", 0.03, 0.97),
                    ("negative", 0.97, 0.03),
                ]
            ],
        },
    ),
)
_CLASSIFY_TEXT = post_json(
    "classify_text",
    "Labels texts",
    f"{_TEXTS} The model has to be named.",
    ("TextJson", {"model": "topics", "text": "The orchestra plays on Friday."}),
    _LABELS,
    (
        "TextLabels",
        {
            "model": "topics",
            "version": 1,
            "results": [
                {
                    "label": "music",
                    "score": 0.9,
                    "scores": {"sport": 0.1, "music": 0.9},
                    "truncated": False,
                }
            ],
        },
    ),
)

PATHS: dict[str, Any] = {"/sentiment": _SENTIMENT, "/classify_text": _CLASSIFY_TEXT}
SCHEMAS = (
    TextJson,
    TextLabels,
)
