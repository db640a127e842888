"""BLEU of the validation part after each epoch, with a few translations to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import keras
import numpy as np

from models.tasks.translation.predict import by_length
from models.texts.subwords import Ids, Subwords, normalized
from training.tasks.translation.data.encoded_pairs import EncodedSplit
from training.tasks.translation.metrics import bleu

# Sentences that are translated after each epoch, greedily: enough for a figure that orders epochs.
MOST_SENTENCES = 1000
BATCH = 64
_SHOWN = 2


class Decoder(Protocol):
    """From int32 ids `[batch, length]` to those of the best translations, `[batch, length]`."""

    def __call__(self, ids: Ids, /) -> Ids: ...

    def refresh(self) -> None:
        """Takes the weights that the network has now."""


class ValidationBleu(keras.callbacks.Callback):  # type: ignore[misc]
    """Adds `val_bleu` to the history, and shows some translations.

    It belongs before what changes the weights back after validation, and before the record.

    Args:
        decoder: Of the network that is trained.
        split: The validation part.
        subwords: Whose ids they are.
        show: Takes a line.
    """

    def __init__(
        self,
        decoder: Decoder,
        split: EncodedSplit,
        subwords: Subwords,
        show: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._decoder, self._subwords, self._show = decoder, subwords, show
        count = min(len(split), MOST_SENTENCES)
        self._part = split.take(np.linspace(0, len(split) - 1, count).astype(np.intp))
        # The same sentences each time: from all over the part.
        self._shown = np.linspace(0, count - 1, _SHOWN + 2).astype(int)[1:-1]

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        del epoch
        if logs is not None and not self.model.stop_training:
            logs["val_bleu"] = self._bleu

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        del logs
        if self.model.stop_training:
            return  # Ctrl-C: whoever pressed it waits, and the epoch does not count
        pairs = self._part.pairs
        rows = [self._part.sources[row] for row in range(len(pairs))]
        self._decoder.refresh()
        translations = translated(self._decoder, self._subwords, rows, BATCH)
        self._bleu = bleu(translations, pairs.references)
        for place in self._shown:
            # In what is normalised there are no controls, which a terminal would obey.
            said = (normalized(text) for text in (pairs.sources[place], translations[place]))
            self._show(f"  {'  →  '.join(said)}")


def translated(
    decoder: Decoder, subwords: Subwords, rows: Sequence[Ids], batch_size: int
) -> list[str]:
    """The translations of sentences, asked in batches of like length, in the sentences' order.

    There is none of a sentence that is longer than the model is made for.
    """
    translations = [""] * len(rows)
    for places in by_length(rows, subwords.longest, batch_size):
        width = len(rows[places[-1]])
        batch = np.zeros((len(places), width), np.int32)
        for line, place in zip(batch, places, strict=True):
            line[: len(rows[place])] = rows[place]
        for place, ids in zip(places, decoder(batch), strict=True):
            translations[place] = subwords.decode(ids)
    return translations
