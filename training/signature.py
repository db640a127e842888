"""What a model takes and returns, as its card says it and a run records it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from models.card import AnyInput, ModelCard, Output, Target


@dataclass(frozen=True)
class Signature:
    """The parts of a card that are known when the data is.

    Attributes:
        input: The one input tensor, named after its kind.
        output: The one output tensor.
        labels: Of the classes; empty where there are none.
        target: Of a table, else None.
    """

    input: AnyInput
    output: Output
    labels: tuple[str, ...] = ()
    target: Target | None = None

    @classmethod
    def of_card(cls, card: ModelCard) -> Self:
        return cls(card.input, card.outputs[0], tuple(card.labels), card.target)
