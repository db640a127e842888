"""What the registry asks of every task's predictor."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar, Protocol, TypeVar

from models.card import ModelCard
from models.loading import LoadedModel
from service.decoding import ImageDecoder
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
