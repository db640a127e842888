"""Batches of texts: those of like length together, so that little of a batch is padding.

Every batch is padded to one of the tokenizer's bucket lengths, so that there are few shapes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.tasks.text_classification.predict import by_length
from models.texts.tokenizers import Ids, Tokenizer
from training.data.texts.id_rows import IdRows
from training.fitting.batches import Batch, Batches, EvenBatches
from training.tasks.text_classification.tokenized import TokenizedSplit

# Batches whose texts are sorted by length together: the more, the less padding and the less chance.
_SORTED_TOGETHER = 32
MOST_TEXTS = 256  # of a batch that is only predicted


class TextBatches(EvenBatches):
    """Batches in which each text is near the others in length; see `EvenBatches`.

    Args:
        ids: Of the texts.
        targets: float32 `[examples, classes]`.
        tokenizer: Whose ids they are.
        batch_size: Texts in a batch.
        seed: Decides the order.
        class_weights: float32 `[classes]`, or None for no weights at all.

    Yields:
        int32 ids `[batch, bucket length]` and targets `[batch, classes]`; with class weights also
        float32 weights `[batch]`.
    """

    free_length = True

    def __init__(
        self,
        ids: IdRows,
        targets: NDArray[np.float32],
        tokenizer: Tokenizer,
        batch_size: int,
        seed: int,
        *,
        class_weights: NDArray[np.float32] | None = None,
    ) -> None:
        self._ids, self._targets, self._tokenizer = ids, targets, tokenizer
        self._class_weights = class_weights
        super().__init__(len(targets), batch_size, seed)

    def arranged(self, order: NDArray[np.intp], random: np.random.Generator) -> NDArray[np.intp]:
        lengths, size = self._ids.lengths, self._batch_size
        sorted_ones = [
            some[np.argsort(lengths[some], kind="stable")]
            for some in np.split(
                order, range(size * _SORTED_TOGETHER, len(order), size * _SORTED_TOGETHER)
            )
        ]
        batches = np.concatenate(sorted_ones).reshape(-1, size)
        return random.permutation(batches).ravel()

    def batch(self, chosen: NDArray[np.intp], random: np.random.Generator) -> Batch:
        del random
        inputs = self._tokenizer.pad([self._ids[row] for row in chosen])
        targets = self._targets[chosen]
        if self._class_weights is None:
            return inputs, targets
        return inputs, targets, targets @ self._class_weights


class TextValidationBatches(Batches):
    """All texts once, short ones first; see `TextBatches`."""

    free_length = True

    def __init__(self, ids: IdRows, targets: NDArray[np.float32], tokenizer: Tokenizer) -> None:
        super().__init__()
        self._ids, self._targets, self._tokenizer = ids, targets, tokenizer
        self._batches = by_length(tokenizer, ids.lengths.tolist(), MOST_TEXTS)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Batch:
        chosen = self._batches[index]
        return self._tokenizer.pad([self._ids[row] for row in chosen]), self._targets[chosen]


def log_count_ratios(
    part: TokenizedSplit,
    classes: int,
    tokens: int,
    alpha: float,
    features: Callable[[Ids], Ids] | None = None,
) -> NDArray[np.float32]:
    """How much more often each id stands in texts of a class (Wang and Manning 2012, section 2.1).

    Args:
        part: To count in; an id counts once a text.
        classes: Number of labels.
        tokens: All ids are below it.
        alpha: Added to each count.
        features: What is counted in place of a text's ids, from them, int32 `[any length]`; 0 is
            padding there too.

    Returns:
        float32 `[tokens, classes]`, each class against all the others; of two classes only the
        second, `[tokens, 1]`. 0 for padding.
    """
    counts = np.zeros((classes, tokens), np.float64)
    for row, label in enumerate(part.labels):
        ids = part.ids[row]
        counts[label, np.unique(features(ids) if features else ids)] += 1
    counts[:, 0] = 0
    columns = [1] if classes == 2 else range(classes)
    ratios = np.empty((tokens, len(columns)), np.float32)
    total = counts.sum(axis=0)
    for place, column in enumerate(columns):
        own, others = counts[column] + alpha, total - counts[column] + alpha
        ratios[:, place] = np.log(own / own.sum()) - np.log(others / others.sum())
    ratios[0] = 0
    return ratios
