"""Parts held out of a set of pairs by its sentences, on both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.errors import InvalidSetting
from training.data.messages import counted
from training.data.splits import PARTS, TEST, VALIDATION
from training.tasks.translation.data.same_sentence import linked_pairs, shuffled
from training.tasks.translation.recipe import PairData


def held_out(
    rows: NDArray[np.intp],
    sources: NDArray[np.uint64],
    targets: NDArray[np.uint64],
    part: int,
    data: PairData,
) -> NDArray[np.intp]:
    """Chooses pairs for the test or the validation part.

    Pairs that share a sentence, or are linked by others that do, go together. So no sentence of the
    part, in either language, stands in a pair that stays.

    Args:
        rows: The pairs to choose from.
        sources: uint64, `sentence_ids` of every pair.
        targets: The same.
        part: `TEST` or `VALIDATION`.
        data: Says how many different source sentences to choose, and by which seed.

    Returns:
        The rows that are chosen, ascending.

    Raises:
        InvalidSetting: There are too few.
    """
    if not len(rows):
        raise InvalidSetting(f"data: {data.dataset} has no pairs to hold {PARTS[part]} ones out of")
    groups, names = linked_pairs(sources[rows], targets[rows])
    members = np.unique(np.stack([groups.astype(np.uint64), sources[rows]], axis=1), axis=0)[:, 0]
    sizes = np.bincount(members.astype(np.int64), minlength=len(names))
    wanted = _wanted(int(sizes.sum()), part, data)
    chosen = np.zeros(len(names), np.bool_)
    for group in shuffled(names, data.split_seed).tolist():
        if sizes[group] <= wanted:
            chosen[group] = True
            wanted -= sizes[group]
        if not wanted:
            break
    if chosen.all() or not chosen.any():
        raise InvalidSetting(
            f"data: the {counted(int(sizes.sum()), 'different sentence')} in {data.dataset} cannot"
            f" be parted into {', '.join(PARTS)}: expected more pairs, or fewer to hold out"
        )
    return rows[chosen[groups]]


def _wanted(sentences: int, part: int, data: PairData) -> int:
    counts = {TEST: data.test_examples, VALIDATION: data.validation_examples}
    fractions = {TEST: data.test_fraction, VALIDATION: data.validation_fraction}
    count = counts[part]
    if count is None:
        return max(1, round(fractions[part] * sentences))
    if count >= sentences:
        raise InvalidSetting(
            f"data.{PARTS[part]}_examples: {data.dataset} has"
            f" {counted(sentences, 'different sentence')} to choose from; expected fewer than that,"
            f" received {count:,}"
        )
    return count


def first_of_each(
    rows: NDArray[np.intp], sources: NDArray[np.uint64]
) -> tuple[NDArray[np.intp], list[list[int]]]:
    """Puts pairs of the same source together.

    Returns:
        The first row of each source, ascending, and for each of them the rows that follow.
    """
    further: dict[int, list[int]] = {}
    firsts: dict[int, int] = {}
    for row in np.sort(rows).tolist():
        first = firsts.setdefault(int(sources[row]), row)
        further.setdefault(first, [])
        if row != first:
            further[first].append(row)
    return np.array(list(further), np.intp), list(further.values())
