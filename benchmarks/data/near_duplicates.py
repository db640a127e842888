"""Near-duplicates between a translator's training and test parts, and BLEU without them.

    python -m benchmarks.data.near_duplicates translator-en-fr models/zoo/translator-en-fr/1

A test sentence is a near-duplicate if replacing one word turns it into a training sentence,
ignoring case and punctuation: `I can hear you.` and `I can see you.` A split by content does not
separate these, and everyday sentences are full of them. Prints, for each data set with a test part,
how many there are, and the metrics of all sentences, without the near-duplicates, and of them
alone. The recipe's data has to be there; see docs/data.md.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.artifact.loading import load_model
from models.settings import ModelSettings
from training.contract.interface import Signature
from training.data.catalogue import load_dataset
from training.recipe.loading import load_recipe
from training.tasks.translation.data.pair_dataset import PairSplit
from training.tasks.translation.files import FILES
from training.tasks.translation.metrics import signatures, translation_metrics
from training.tasks.translation.recipe import PairData

_WORDS = re.compile(r"[\w']+")

Words = tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe")
    parser.add_argument("model", type=Path, help="an exported model's folder")
    options = parser.parse_args()
    recipe = load_recipe(options.recipe)
    if not isinstance(recipe.data, PairData):
        raise SystemExit(f"{options.recipe}: expected a recipe of a translator")
    settings = ModelSettings.read()
    model = load_model(options.model, settings)
    dataset = load_dataset(recipe.data)
    signature = Signature.of_model(model)
    translations = FILES.test_part(dataset, signature).answers(
        lambda ids: model.runner({model.card.input.kind: ids})[model.card.outputs[0].name]
    )
    near = near_duplicates(dataset.train.sources, dataset.test.sources)
    print(f"signature: {signatures(dataset.test.references)['bleu']}")
    for number, name in enumerate(dataset.origins):
        own = dataset.test.origins == number
        if own.any():
            _tell(name, translations, dataset.test, own, near)


def near_duplicates(train: Iterable[str], test: Sequence[str]) -> NDArray[np.bool_]:
    """bool `[test]`: which become one of the training sentences when one word is replaced."""
    known = {gap for words in {_words(text) for text in train} for gap in _with_a_gap(words)}
    found = (any(gap in known for gap in _with_a_gap(_words(text))) for text in test)
    return np.fromiter(found, np.bool_, len(test))


def _words(text: str) -> Words:
    return tuple(_WORDS.findall(text.lower()))


def _with_a_gap(words: Words) -> Iterator[Words]:
    """The words with each of them left out in turn; the empty string, no word, is in its place."""
    for place in range(len(words)):
        yield (*words[:place], "", *words[place + 1 :])


def _tell(
    name: str,
    translations: NDArray[np.object_],
    test: PairSplit,
    own: NDArray[np.bool_],
    near: NDArray[np.bool_],
) -> None:
    count, share = int((own & near).sum()), (own & near).sum() / own.sum()
    print(f"{name}: {count:,} of {own.sum():,} sentences ({share:.1%}) are near-duplicates")
    references = test.references
    for label, chosen in (("all", own), ("without", own & ~near), ("only them", own & near)):
        rows = np.flatnonzero(chosen).tolist()
        if not rows:
            continue
        metrics = translation_metrics(
            [translations[row] for row in rows], [references[row] for row in rows]
        )
        told = "  ".join(f"{metric} {value:.3f}" for metric, value in metrics.items())
        print(f"  {label:<10} {len(rows):>6,}  {told}")


if __name__ == "__main__":
    main()
