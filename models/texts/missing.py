"""Texts that stand for a missing value."""

from __future__ import annotations

# Texts that stand for a missing value in a file, stripped and in small letters.
MISSING_TEXTS = frozenset(("", "?", "na", "n/a", "nan", "null", "none"))


def is_missing(text: str | None) -> bool:
    """Return whether the text of a cell means that the value is missing."""
    return text is None or text.strip().lower() in MISSING_TEXTS
