"""What every measure asks of the examples that it is given."""

from __future__ import annotations

from collections.abc import Sized

from models.errors import OkazuError


def expect_examples(answers: Sized, truth: Sized) -> None:
    """Refuse examples of which no measure can be taken.

    Args:
        answers: A model's, `[examples, ...]`.
        truth: What they are compared with, `[examples, ...]`.

    Raises:
        OkazuError: There are none, or answers and truth are not of the same examples.
    """
    if len(answers) != len(truth):
        raise OkazuError(
            f"metrics: expected an answer for each of {len(truth):,} examples, received"
            f" {len(answers):,}"
        )
    if not len(truth):
        raise OkazuError("metrics: expected at least one example to measure on, received none")
