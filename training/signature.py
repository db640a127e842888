"""What a model takes and returns, as its card says it and a run records it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from models.card import AnyInput, Output, Target
from models.loading import LoadedModel
from models.texts import Tokenizer


@dataclass(frozen=True)
class Signature:
    """The parts of a card that are known when the data is.

    Attributes:
        input: The one input tensor, named after its kind.
        output: The one output tensor.
        labels: Of the classes; empty where there are none.
        target: Of a table, else None.
        tokenizer: Of a model of texts, else None.
    """

    input: AnyInput
    output: Output
    labels: tuple[str, ...] = ()
    target: Target | None = None
    tokenizer: Tokenizer | None = None

    @classmethod
    def of_model(cls, loaded: LoadedModel) -> Self:
        card = loaded.card
        return cls(card.input, card.outputs[0], tuple(card.labels), card.target, loaded.tokenizer)
