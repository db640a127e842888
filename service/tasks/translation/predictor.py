"""Translating texts."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
from collections.abc import Callable, Generator, Sequence
from typing import ClassVar

import numpy as np

from models.artifact.loading import LoadedModel
from models.card import ModelCard
from models.tasks.translation.documents import Answers, Hypothesis, Translation, conversation
from models.tasks.translation.predict import (
    ask_rows,
    by_length,
    expect_subwords,
    translation_options,
)
from models.texts.subwords import Ids
from service.serving.batching import Batcher
from service.serving.image_decoding import ImageDecoder
from service.serving.predictor import Predictor, ask_each, batch_shapes
from service.settings import ServiceSettings
from service.tasks.translation.languages import language_pair
from service.threads import call

_Talk = Generator[list[str], Answers, list[Translation]]

# Batches of one request that wait at a time: while one is computed the next is there, and between
# them others come in.
_BATCHES_AT_ONCE = 2
# Fewer are cut into sentences, encoded and put together again on the event loop: usually in less
# than a millisecond, in some fifteen where each line has one letter.
_FEW_CHARACTERS = 500


class Translator(Predictor):
    """Translates with one model."""

    purpose: ClassVar[str] = "translation"

    def __init__(
        self,
        loaded: LoadedModel,
        settings: ServiceSettings,
        decoder: ImageDecoder,
        observe: Callable[[int], None],
    ) -> None:
        del decoder
        self._loaded = loaded
        self._subwords = expect_subwords(loaded)
        self._options = translation_options(loaded)
        self._most = min(settings.max_batch_size, settings.max_queue)
        self._at_once = max(1, min(_BATCHES_AT_ONCE, settings.max_queue // self._most))
        # Sentences of one length share a batch: none is padded to a long one, or waits for it.
        self._batcher: Batcher[Ids, list[Hypothesis]] = Batcher(
            self._run,
            name=loaded.card.name,
            max_batch_size=settings.max_batch_size,
            max_queue=settings.max_queue,
            kind=self._bucket,
        )
        self._observe = observe

    @classmethod
    def serves(cls, card: ModelCard) -> bool:
        return card.task == "translation"

    async def translate(self, texts: Sequence[str], alternatives: int = 0) -> list[Translation]:
        """One translation for each text, in their order.

        Args:
            texts: Any; an empty one is its own translation.
            alternatives: How many to give besides the best one, if the model has as many.

        Raises:
            Overloaded: Too many sentences are waiting.
        """
        many = sum(map(len, texts)) > _FEW_CHARACTERS
        talk = conversation(texts, dataclasses.replace(self._options, alternatives=alternatives))
        answers: Answers | None = None
        while True:
            rows, done = await call(self._go_on, talk, answers, in_thread=many)
            if done is not None:
                return done
            answers = await self._ask(rows)

    def _go_on(
        self, talk: _Talk, answers: Answers | None
    ) -> tuple[list[Ids], list[Translation] | None]:
        """What is asked next, as ids, or the translations."""
        try:
            asked = next(talk) if answers is None else talk.send(answers)
        except StopIteration as end:
            return [], end.value
        return [self._subwords.encode(sentence) for sentence in asked], None

    async def _ask(self, rows: list[Ids]) -> Answers:
        """Asks in batches of like length; there is nothing for rows that are too long."""
        answers: list[list[Hypothesis]] = [[]] * len(rows)
        batches = by_length(rows, self._subwords.longest, self._most)
        for first in range(0, len(batches), self._at_once):
            places = [*itertools.chain(*batches[first : first + self._at_once])]
            said = await self._batcher.submit([rows[place] for place in places])
            for place, answer in zip(places, said, strict=True):
                answers[place] = answer
        return answers

    def _bucket(self, ids: Ids) -> int:
        return bisect.bisect_left(self._subwords.lengths, len(ids))

    @classmethod
    def purpose_of(cls, card: ModelCard) -> str:
        """Each pair of languages may have its own default model."""
        source, target = language_pair(card)
        return f"{cls.purpose} from {source} to {target}"

    async def warm_up(self) -> None:
        """Runs batches of one sentence of each length, then of many, as far as a second goes."""
        await ask_each(self._ask_blank, batch_shapes(self._most, self._subwords.lengths))
        self._batcher.observe = self._observe  # real batches only

    async def _ask_blank(self, shape: tuple[int, int]) -> None:
        size, length = shape
        await self._batcher.submit([np.ones(length, np.int32)] * size)

    async def close(self) -> None:
        """Ends the thread."""
        await self._batcher.close()

    def _run(self, rows: list[Ids]) -> list[list[Hypothesis]]:
        return ask_rows(self._loaded, rows)


# The first that serves a model's card answers with the model.
PREDICTORS = (Translator,)
