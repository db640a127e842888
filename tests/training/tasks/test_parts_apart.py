"""What two parts must not share, where sets give their parts or are learned from together."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.pairs import (
    check_apart,
    load_pairs,
    pair,
    pairs,
    pairs_of,
    tabbed,
    write_multi30k,
)
from tests.helpers.texts import load_texts, parts_of, sentence, write, write_mr, write_sst2


def test_a_pair_leaves_training_for_either_of_its_sentences(tmp_path: Path) -> None:
    source, target = pair(3000)  # the test part's first
    given = [*pairs(12), (source, "Autre chose."), ("Something else.", target)]
    dataset = load_pairs("multi30k", write_multi30k(tmp_path, train=given))
    assert (source, target) in pairs_of(dataset.test)
    assert pairs_of(dataset.train) == pairs(12)


def test_pairs_of_one_translation_are_held_out_together_and_none_is_lost(tmp_path: Path) -> None:
    lines = [(pair(number)[0], pair(number // 2)[1]) for number in range(40)]
    path = write(tmp_path / "pairs.tsv", tabbed(lines))
    for seed in range(3):
        dataset = load_pairs("pairs", path, split_seed=seed)
        check_apart(dataset)
        found = [
            p for part in (dataset.train, dataset.validation, dataset.test) for p in pairs_of(part)
        ]
        assert sorted(found) == sorted(lines)


def test_no_validation_text_holds_a_training_text_of_another_set(data_directory: Path) -> None:
    write_sst2(data_directory / "sst2")  # it learns from the sentences 0 to 19
    longer = [f"{sentence(n)} and {sentence(800 + n, 'long')}" for n in range(20)]
    own = [sentence(900 + n) for n in range(20)]
    write_mr(data_directory / "mr", longer[:10] + own[:10], longer[10:] + own[10:])
    for seed in range(3):
        train, validation, _ = parts_of(load_texts("sst2", also=["mr"], split_seed=seed))
        assert {*own} & {*validation}
        assert not any(text in other for text in train for other in validation)
