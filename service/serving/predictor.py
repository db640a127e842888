"""What the registry asks of every task's predictor."""

from __future__ import annotations

import itertools
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import ClassVar, Protocol, TypeVar

from models.artifact.loading import LoadedModel
from models.card import ModelCard
from service.serving.image_decoding import ImageDecoder
from service.settings import ServiceSettings

Shape = TypeVar("Shape")

_WARM_UP_SECONDS = 1.0


class Predictor(Protocol):
    """Answers with one model; `observe` is told the number of inputs of each batch."""

    purpose: ClassVar[str]  # in messages

    def __init__(
        self,
        loaded: LoadedModel,
        settings: ServiceSettings,
        decoder: ImageDecoder,
        observe: Callable[[int], None],
    ) -> None: ...

    @classmethod
    def serves(cls, card: ModelCard) -> bool:
        """Whether it answers with such a model."""
        ...

    @classmethod
    def purpose_of(cls, card: ModelCard) -> str:
        """What only one default model may be for."""
        del card
        return cls.purpose

    async def warm_up(self) -> None: ...

    async def close(self) -> None: ...


async def ask_each(ask: Callable[[Shape], Awaitable[object]], shapes: Iterable[Shape]) -> None:
    """Asks for batches of these shapes, or sizes, as far as a second goes.

    A runtime prepares itself for each new shape; the first of them should not cost a caller.
    """
    deadline = time.monotonic() + _WARM_UP_SECONDS
    for shape in shapes:
        await ask(shape)
        if time.monotonic() > deadline:
            break


def batch_shapes(most: int, lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The shapes of batches of rows, sizes and lengths: those of one row, of `most`, then others.

    Args:
        most: The most rows of a batch.
        lengths: What rows are padded to.
    """
    powers = itertools.takewhile(lambda size: size < most, (2**power for power in range(1, 16)))
    for size in dict.fromkeys((1, most, *powers)):
        for length in lengths:
            yield size, length
