"""Labelling images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.artifact.loading import LoadedModel
from models.card import ImageInput, ModelCard
from models.tasks.image_classification.predict import LabelScore, classify
from service.serving.batching import Batcher
from service.serving.image_decoding import ImageDecoder
from service.serving.predictor import Predictor, ask_each
from service.settings import ServiceSettings


class _Question(NamedTuple):
    image: NDArray[np.uint8]
    top_k: int


class ImageClassifier(Predictor):
    """Labels images with one model."""

    purpose: ClassVar[str] = "image_classification"

    def __init__(
        self,
        loaded: LoadedModel,
        settings: ServiceSettings,
        decoder: ImageDecoder,
        observe: Callable[[int], None],
    ) -> None:
        self._loaded = loaded
        self._input = loaded.card.expect_input(ImageInput)
        self._decoder = decoder
        self._sizes = range(1, min(settings.max_batch_size, settings.max_queue) + 1)
        self._batcher = Batcher(
            self._run,
            name=loaded.card.name,
            max_batch_size=settings.max_batch_size,
            max_queue=settings.max_queue,
        )
        self._observe = observe

    @classmethod
    def serves(cls, card: ModelCard) -> bool:
        return card.task == "image_classification"

    async def classify(self, images: Sequence[bytes], top_k: int) -> list[list[LabelScore]]:
        """The most probable labels of each image, best first.

        Args:
            images: PNG, JPEG or WebP files.
            top_k: How many labels; more than the model has gives all.

        Raises:
            UnsupportedImage, UnreadableImage, ImageTooLarge: An image cannot be taken.
            Overloaded: Too many inputs are waiting.
        """
        return await self._batcher.submit(
            [_Question(await self._decoder.decode(image, self._input), top_k) for image in images]
        )

    async def warm_up(self) -> None:
        """Runs batches of every size, as far as a second goes, powers of two first."""
        blank = _Question(np.zeros(self._input.shape, np.uint8), 1)
        sizes = sorted(self._sizes, key=lambda size: (size.bit_count() != 1, size))
        await ask_each(lambda size: self._batcher.submit([blank] * size), sizes)
        self._batcher.observe = self._observe  # real batches only

    async def close(self) -> None:
        """Ends the thread."""
        await self._batcher.close()

    def _run(self, questions: list[_Question]) -> list[list[LabelScore]]:
        batch = np.stack([question.image for question in questions])
        top_k = max(question.top_k for question in questions)
        answers = classify(self._loaded, batch, top_k)
        return [
            answer[: question.top_k] for answer, question in zip(answers, questions, strict=True)
        ]


# The first that serves a model's card answers with the model.
PREDICTORS = (ImageClassifier,)
