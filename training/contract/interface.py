"""What a model takes and returns, as its card says it and a run records it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from models.artifact.loading import AnyTokenizer, LoadedModel
from models.card import AnyInput, Output, Target


@dataclass(frozen=True)
class Signature:
    """The parts of a card that are known when the data is.

    Attributes:
        input: The one input tensor, named after its kind.
        outputs: The output tensors, what is asked for first.
        labels: Of the classes; empty where there are none.
        target: Of a table, else None.
        tokenizer: Of a model of texts or of sentences, else None.
    """

    input: AnyInput
    outputs: tuple[Output, ...]
    labels: tuple[str, ...] = ()
    target: Target | None = None
    tokenizer: AnyTokenizer | None = None

    @classmethod
    def of_model(cls, loaded: LoadedModel) -> Self:
        card = loaded.card
        return cls(
            card.input, tuple(card.outputs), tuple(card.labels), card.target, loaded.tokenizer
        )
