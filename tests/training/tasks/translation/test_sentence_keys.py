"""Which sentences count as the same, and which pairs stay together for that."""

from __future__ import annotations

import numpy as np
import pytest

from training.tasks.translation.data.same_sentence import linked_pairs, sentence_ids, sentence_key


@pytest.mark.parametrize(
    "other", ["Etes-vous pret?", "ÊTES VOUS PRÊT", "e\u0302tes-vous pre\u0302t\u00a0?"]
)
def test_accents_capitals_and_signs_do_not_tell_sentences_apart(other: str) -> None:
    assert sentence_key(other) == sentence_key("Êtes-vous prêt ?")
    assert sentence_key("Êtes-vous prêts ?") != sentence_key(other)


def test_pairs_that_share_a_sentence_on_either_side_are_one_group() -> None:
    sources = sentence_ids(["a", "b", "b", "c", "d", "e"])
    targets = sentence_ids(["x", "x", "y", "z", "w", "d"])  # the last one's is a source too
    groups, names = linked_pairs(sources, targets)
    together = [sorted(np.flatnonzero(groups == group).tolist()) for group in range(len(names))]
    assert sorted(together) == [[0, 1, 2], [3], [4, 5]]
