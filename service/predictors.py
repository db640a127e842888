"""From encoded inputs to answers: one class for each task, over one batcher for each model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from models.answers import LabelScore, top_labels
from models.loading import LoadedModel
from models.preprocessing import decode_image, image_to_array
from models.settings import available_cores
from service.batching import Batcher
from service.settings import ServiceSettings

# Larger images are decoded in a thread, so that the event loop is never held up for long.
_SMALL_FILE = 16 * 1024
_SMALL_PIXELS = 256 * 256
# A runtime prepares itself for each new batch size; the first of them should not cost a caller.
_WARM_UP_SECONDS = 1.0


class Predictor(Protocol):
    """What the registry asks of every task's predictor."""

    task: ClassVar[str]

    def __init__(
        self, loaded: LoadedModel, settings: ServiceSettings, observe: Callable[[int], None]
    ) -> None: ...

    async def warm_up(self) -> None: ...

    async def close(self) -> None: ...


class _Question(NamedTuple):
    image: NDArray[np.uint8]
    top_k: int


class ImageClassifier:
    """Labels images with one model."""

    task: ClassVar[str] = "image_classification"

    def __init__(
        self, loaded: LoadedModel, settings: ServiceSettings, observe: Callable[[int], None]
    ) -> None:
        self._loaded = loaded
        self._card = loaded.card
        self._max_pixels = settings.max_image_pixels
        self._sizes = range(1, min(settings.max_batch_size, settings.max_queue) + 1)
        self._batcher = Batcher(
            self._run,
            name=loaded.card.name,
            max_batch_size=settings.max_batch_size,
            max_queue=settings.max_queue,
        )
        self._observe = observe
        self._decoders = ThreadPoolExecutor(min(4, available_cores()), "decoder")

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
            [_Question(await self._decode(image), top_k) for image in images]
        )

    async def warm_up(self) -> None:
        """Runs batches of every size, as far as a second goes, powers of two first."""
        blank = _Question(np.zeros(self._card.input.shape, np.uint8), 1)
        deadline = time.monotonic() + _WARM_UP_SECONDS
        for size in sorted(self._sizes, key=lambda size: (size.bit_count() != 1, size)):
            await self._batcher.submit([blank] * size)
            if time.monotonic() > deadline:
                break
        self._batcher.observe = self._observe  # real batches only

    async def close(self) -> None:
        """Ends the threads."""
        self._decoders.shutdown(wait=False, cancel_futures=True)
        await self._batcher.close()

    async def _decode(self, data: bytes) -> NDArray[np.uint8]:
        if is_quickly_decoded(data):
            return self._to_array(data)
        return await asyncio.get_running_loop().run_in_executor(
            self._decoders, self._to_array, data
        )

    def _to_array(self, data: bytes) -> NDArray[np.uint8]:
        return image_to_array(decode_image(data, self._max_pixels), self._card.input)

    def _run(self, questions: list[_Question]) -> list[list[LabelScore]]:
        batch = np.stack([question.image for question in questions])
        outputs = self._loaded.runner({self._card.input.kind: batch})
        top_k = max(question.top_k for question in questions)
        answers = top_labels(outputs[self._card.outputs[0].name], self._card.labels, top_k)
        return [
            answer[: question.top_k] for answer, question in zip(answers, questions, strict=True)
        ]


def is_quickly_decoded(data: bytes) -> bool:
    """Whether an image takes less time to decode than a thread takes to start on it.

    A PNG says its size in its first bytes. A small JPEG cannot be a large picture by much. A WebP
    of a hundred bytes can hold 16,383 x 16,383 pixels, so it never counts as quick.
    """
    if len(data) > _SMALL_FILE:
        return False
    if data.startswith(b"\x89PNG"):
        width = int.from_bytes(data[16:20], "big")
        return width * int.from_bytes(data[20:24], "big") <= _SMALL_PIXELS
    return data.startswith(b"\xff\xd8")


PREDICTORS: dict[str, type[Predictor]] = {kind.task: kind for kind in (ImageClassifier,)}
