"""Predicting a class or a number from rows of a table."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel
from models.card import ModelCard, TableInput, Target
from models.classification import ClassPrediction
from models.tasks.tabular.predict import NumberPrediction, row_predictions, table_outputs
from models.tasks.tabular.rows import Row, rows_to_array
from service.serving.batching import Batcher
from service.serving.image_decoding import ImageDecoder
from service.serving.predictor import Predictor, ask_each
from service.settings import ServiceSettings
from service.threads import call

# What the batcher takes for one input. A request has one of them waiting at a time, so that others
# come in between; so large that its way through the batcher is little beside its inference.
_CHUNK = 512
# Fewer are handled on the event loop in less time than the way to a thread and back costs it.
_FEW_ROWS = 64


class TablePredictor(Predictor):
    """Answers for rows with one model."""

    purpose: ClassVar[str] = "tabular"

    def __init__(
        self,
        loaded: LoadedModel,
        settings: ServiceSettings,
        decoder: ImageDecoder,
        observe: Callable[[int], None],
    ) -> None:
        del decoder
        self._loaded = loaded
        self._input = loaded.card.expect_input(TableInput)
        self._most_rows = _CHUNK * min(settings.max_batch_size, settings.max_queue)
        self._batcher = Batcher(
            self._run,
            name=loaded.card.name,
            max_batch_size=settings.max_batch_size,
            max_queue=settings.max_queue,
        )
        self._observe: Callable[[int], None] | None = None
        self._observe_requests = observe

    @property
    def target(self) -> Target:
        """What is predicted."""
        assert self._loaded.card.target is not None  # the card sees to it
        return self._loaded.card.target

    @classmethod
    def serves(cls, card: ModelCard) -> bool:
        return card.task == "tabular"

    async def predict(
        self, rows: Sequence[Row]
    ) -> Sequence[ClassPrediction] | Sequence[NumberPrediction]:
        """One answer for each row, in their order.

        Args:
            rows: At least one; typed values by columns' names.

        Raises:
            UnusableRow: A row is not as the card's columns say, or has no answer.
            Overloaded: Too many rows are waiting.
        """
        many = len(rows) > _FEW_ROWS
        table = await call(rows_to_array, rows, self._input, in_thread=many)
        outputs = []
        for start in range(0, len(table), _CHUNK):
            outputs += await self._batcher.submit([table[start : start + _CHUNK]])
        return await call(
            row_predictions, self._loaded.card, np.concatenate(outputs), in_thread=many
        )

    async def warm_up(self) -> None:
        """Runs batches of as many rows as the powers of two, as far as a second goes."""
        sizes = itertools.takewhile(
            lambda size: size <= self._most_rows, (2**power for power in itertools.count())
        )
        await ask_each(self._ask_blank, sizes)
        self._observe = self._observe_requests  # real batches only

    async def _ask_blank(self, size: int) -> None:
        await self._batcher.submit([np.zeros((size, *self._input.shape), np.float32)])

    async def close(self) -> None:
        """Ends the thread."""
        await self._batcher.close()

    def _run(self, chunks: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        table = np.concatenate(chunks)
        if self._observe is not None:
            self._observe(len(table))
        ends = np.cumsum([len(chunk) for chunk in chunks])
        outputs = table_outputs(self._loaded, table)
        if len(outputs) != len(table):
            raise ValueError(f"{len(table)} rows, but {len(outputs)} answers")
        return np.split(outputs, ends[:-1])


# The first that serves a model's card answers with the model.
PREDICTORS = (TablePredictor,)
