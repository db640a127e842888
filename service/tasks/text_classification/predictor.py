"""Labelling texts: any text classifier, and those that tell sentiment."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel
from models.card import ModelCard
from models.tasks.text_classification.predict import (
    TextPrediction,
    by_length,
    expect_tokenizer,
    text_predictions,
    text_probabilities,
)
from models.texts.tokenizers import PADDING, Ids
from service.serving.batching import Batcher
from service.serving.image_decoding import ImageDecoder
from service.serving.predictor import Predictor, ask_each
from service.settings import ServiceSettings
from service.threads import call

# Batches of one request that wait at a time: while one is computed the next is there, and between
# them others come in.
_BATCHES_AT_ONCE = 2
# Fewer are read on the event loop: some three milliseconds, less than the interpreter's lock would
# keep the loop waiting for a thread that reads.
_FEW_CHARACTERS = 50_000
# A lone request's batch that takes less is computed on the event loop, see the batcher.
_QUICK_SECONDS = 0.003
# Of the ids of a request's long texts, one in so many may be padding that spares a call for the few
# short ones.
_SPARE = 16
# Fewer are handled on the event loop in less time than the way to a thread and back costs it.
_FEW_TEXTS = 64


class TextClassifier(Predictor):
    """Labels texts with one model."""

    purpose: ClassVar[str] = "text_classification"

    def __init__(
        self,
        loaded: LoadedModel,
        settings: ServiceSettings,
        decoder: ImageDecoder,
        observe: Callable[[int], None],
    ) -> None:
        del decoder
        self._loaded = loaded
        self._tokenizer = expect_tokenizer(loaded)
        self._most = min(settings.max_batch_size, settings.max_queue)
        self._at_once = max(1, min(_BATCHES_AT_ONCE, settings.max_queue // self._most))
        # Texts of one length share a batch, so that no short one is padded to a long one.
        self._batcher: Batcher[Ids, NDArray[np.float32]] = Batcher(
            self._run,
            name=loaded.card.name,
            max_batch_size=settings.max_batch_size,
            max_queue=settings.max_queue,
            kind=lambda ids: self._tokenizer.bucket_length(len(ids)),
            quick_seconds=_QUICK_SECONDS,
        )
        self._observe = observe

    @classmethod
    def serves(cls, card: ModelCard) -> bool:
        return card.task == "text_classification"

    async def classify(self, texts: Sequence[str]) -> list[TextPrediction]:
        """One answer for each text, in their order.

        Args:
            texts: At least one.

        Raises:
            Overloaded: Too many inputs are waiting.
        """
        many = sum(map(len, texts)) > _FEW_CHARACTERS
        rows, truncated = await call(self._read, texts, in_thread=many)
        probabilities = np.empty((len(texts), len(self._loaded.card.labels)), np.float32)
        batches = by_length(self._tokenizer, [len(row) for row in rows], self._most)
        for first in range(0, len(batches), self._at_once):
            places = [*itertools.chain(*batches[first : first + self._at_once])]
            probabilities[places] = await self._batcher.submit([rows[place] for place in places])
        return await call(
            text_predictions,
            self._loaded.card,
            probabilities,
            truncated,
            in_thread=len(texts) > _FEW_TEXTS,
        )

    def _read(self, texts: Sequence[str]) -> tuple[list[Ids], list[bool]]:
        read = [self._tokenizer.ids(text) for text in texts]
        return self._even([ids for ids, _ in read]), [truncated for _, truncated in read]

    def _even(self, rows: list[Ids]) -> list[Ids]:
        """Pads the few that are shorter than many others to their length: a call fewer."""
        counts = collections.Counter(self._tokenizer.bucket_length(len(row)) for row in rows)
        lengths = {}
        longer = spare = 0
        for length in sorted(counts, reverse=True):
            padding = counts[length] * (longer - length)
            if not longer or padding > spare:
                longer, padding, spare = length, 0, counts[length] * length // _SPARE
            spare -= padding
            lengths[length] = longer
        evened = []
        for row in rows:
            bucket = self._tokenizer.bucket_length(len(row))
            evened.append(row if lengths[bucket] == bucket else _padded(row, lengths[bucket]))
        return evened

    async def warm_up(self) -> None:
        """Runs batches of one text of each length, then of many, as far as a second goes."""
        # What is not ASCII needs tables that are made when first used.
        await call(self._tokenizer.ids, "é", in_thread=True)
        await ask_each(self._ask_blank, self._shapes())
        self._batcher.observe = self._observe  # real batches only

    def _shapes(self) -> Iterator[tuple[int, int]]:
        powers = itertools.takewhile(lambda size: size < self._most, (2**n for n in range(1, 16)))
        for size in dict.fromkeys((1, self._most, *powers)):
            for length in self._tokenizer.lengths:
                yield size, length

    async def _ask_blank(self, shape: tuple[int, int]) -> None:
        size, length = shape
        await self._batcher.submit([np.ones(length, np.int32)] * size)

    async def close(self) -> None:
        """Ends the thread."""
        await self._batcher.close()

    def _run(self, rows: list[Ids]) -> list[NDArray[np.float32]]:
        return [*text_probabilities(self._loaded, rows)]


def _padded(row: Ids, length: int) -> Ids:
    padded = np.full(length, PADDING, np.int32)
    padded[: len(row)] = row
    return padded


class SentimentClassifier(TextClassifier):
    """Says whether texts are negative or positive, which is also labelling them."""

    purpose: ClassVar[str] = "sentiment"

    @classmethod
    def serves(cls, card: ModelCard) -> bool:
        return card.tells_sentiment


# The first that serves a model's card answers with the model.
PREDICTORS = (
    SentimentClassifier,
    TextClassifier,
)
